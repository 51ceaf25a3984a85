"""Claims and rows, sealed under the application's own data key (design §3)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from xueji.ground.keys import data_keys
from xueji.ground.keys.sealing import open_json, seal_json
from xueji.registry.applications.models import Application, Line


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


def _place(owner: UUID) -> bytes:
    return b"applications" + owner.bytes
