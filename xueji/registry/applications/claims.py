"""Claims and rows, sealed under the application's own data key (design §3)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from xueji.ground.keys import data_keys
from xueji.ground.keys.sealing import open_json, seal_json
from xueji.registry.applications.models import Application, Line, LineState


@dataclass(frozen=True, slots=True)
class ReadyRow:
    """A row of a roster that may be registered, with its values in clear; ``line`` is its id."""

    line: UUID
    row_no: int
    student: UUID
    continued: bool
    cleared: frozenset[UUID]
    values: Mapping[str, str]


def seal_claim(application: UUID, claim: Mapping[str, str]) -> bytes:
    """The claim of an application as one blob."""
    return seal_json(data_keys.ensure([application])[application], dict(claim), _place(application))


def open_claim(application: Application) -> dict[str, str]:
    """What the applicant stated, in clear."""
    if application.claim is None:
        return {}
    key = data_keys.get([application.id])[application.id]
    claim: dict[str, str] = open_json(key, bytes(application.claim), _place(application.id))
    return claim


def open_claims(blobs: Mapping[UUID, bytes]) -> dict[UUID, dict[str, str]]:
    """The claims of many applications by id, in clear; the keys are read at once."""
    keys = data_keys.get(blobs)
    return {one: open_json(keys[one], bytes(blob), _place(one)) for one, blob in blobs.items()}


def seal_rows(application: UUID, rows: Sequence[tuple[UUID, Mapping[str, str]]]) -> list[bytes]:
    """The blobs of many rows (line id, values), in order."""
    key = data_keys.ensure([application])[application]
    return [seal_json(key, dict(values), _place(line)) for line, values in rows]


def open_rows(application: UUID, lines: Iterable[Line]) -> dict[UUID, dict[str, str]]:
    """The values of many rows of one application by line id, in clear."""
    found = list(lines)
    if not found:
        return {}
    key = data_keys.get([application])[application]
    return {line.id: open_json(key, bytes(line.claim), _place(line.id)) for line in found}


def open_rows_of_many(applications: Sequence[UUID]) -> Iterator[tuple[UUID, UUID, dict[str, str]]]:
    """(school, student, values) of every row of several applications: one read of rows, one of keys."""
    found = Line.objects.filter(application__in=list(applications))
    rows = list(found.values_list("application", "id", "school", "student", "claim"))
    keys = data_keys.get({row[0] for row in rows}) if rows else {}
    for application, line, school, student, claim in rows:
        yield school, student, open_json(keys[application], bytes(claim), _place(line))


def ready_rows(application: UUID) -> list[ReadyRow]:
    """The rows of a roster that are ready, in the order of the file: one read, each opened once."""
    found = list(
        Line.objects.filter(application=application, state=LineState.READY)
        .order_by("row_no")
        .values_list("id", "row_no", "student", "continued", "cleared", "claim")
    )
    if not found:
        return []
    key = data_keys.get([application])[application]
    return [
        ReadyRow(
            line, row_no, student, continued, frozenset(map(UUID, cleared)), open_json(key, bytes(claim), _place(line))
        )
        for line, row_no, student, continued, cleared, claim in found
    ]


def _place(owner: UUID) -> bytes:
    return b"applications" + owner.bytes
