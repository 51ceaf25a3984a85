"""Entries of one journal that are not alike on both sides, named by pupil and field."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias
from uuid import UUID

Row: TypeAlias = tuple[Any, ...]
Found: TypeAlias = tuple[UUID | None, str, str, str]
MISSING = "entry"


class Asked(Protocol):
    """What can be asked by the name of a question (``digests.QUESTIONS``)."""

    def rows(self, question: str, values: Mapping[str, Any] | None = None) -> list[Row]: ...


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a journal, ends included: sequences and block numbers."""

    sequences: range
    blocks: range


def differing_entries(here: Asked, there: Asked, organisation: UUID, span: Span | None = None) -> Iterator[Found]:
    """(student, field, here, there) of entries that differ, are missing on one side, or whose chain does.

    ``field`` names the field of the record where the operations show it; else the column of the entry. ``span``: only
    this stretch is compared.
    """
    asked = {"organisation": organisation}
    rows = [
        {at: digest for at, digest in _pairs(side, "entries", organisation).items() if not span or at in span.sequences}
        for side in (here, there)
    ]
    unequal = sorted(one for one in rows[0].keys() | rows[1].keys() if rows[0].get(one) != rows[1].get(one))
    columns = [{row[0]: row for row in side.rows("columns", {**asked, "sequences": unequal})} for side in (here, there)]
    for sequence in unequal:
        yield from _named(sequence, columns[0].get(sequence), columns[1].get(sequence))
    if not unequal:
        blocks = [_pairs(side, "blocks", organisation) for side in (here, there)]
        for block in sorted(blocks[0].keys() | blocks[1].keys()):
            if (not span or block in span.blocks) and blocks[0].get(block) != blocks[1].get(block):
                yield None, f"block {block}", blocks[0].get(block, ""), blocks[1].get(block, "")


def _pairs(side: Asked, sql: str, organisation: UUID) -> dict[int, str]:
    return {row[0]: row[1] for row in side.rows(sql, {"organisation": organisation})}


def _named(sequence: int, here: Row | None, there: Row | None) -> Iterator[Found]:
    row = here or there
    if row is None:
        return
    if here is None or there is None:
        yield row[1], f"{MISSING} {sequence}", here[7] if here else "", there[7] if there else ""
        return
    student = here[1] or there[1]
    before = f"{MISSING} {sequence}."
    for field, one, other in _columns(here, there):
        yield student, before + field, one, other


def _columns(here: Row, there: Row) -> Iterator[tuple[str, str, str]]:
    yield from _operations(here[2], there[2])
    one, other = json.loads(here[3]), json.loads(there[3])
    for name in one:
        if one[name] != other[name]:
            yield name, _digest(one[name]), _digest(other[name])
    for name, at in (("basis", 4), ("commitment", 5), ("sensitive", 6), ("content_digest", 7)):
        if here[at] != there[at]:
            yield sealed_fields(here[2]) if name == "sensitive" else name, here[at] or "", there[at] or ""


def _operations(here: str, there: str) -> Iterator[tuple[str, str, str]]:
    """Where only values of fields differ, the fields; else the operations as a whole."""
    if here == there:
        return
    try:
        one, other = _fields(json.loads(here)), _fields(json.loads(there))
    except (ValueError, TypeError, AttributeError):
        one, other = {}, {}
    changed = [code for code in sorted(one.keys() | other.keys()) if one.get(code) != other.get(code)]
    for code in changed:
        yield code, _digest(one.get(code)), _digest(other.get(code))
    if not changed:
        yield "operations", _digest(here), _digest(there)


def _fields(operations: list[dict[str, Any]]) -> dict[str, Any]:
    """What the operations set, by field or by place."""
    found: dict[str, Any] = {}
    for number, operation in enumerate(operations):
        if operation["op"] == "set_fields":
            found.update(operation.get("fields", {}))
        elif operation["op"] == "set_spell":
            found[operation["dimension"]] = operation.get("value")
        else:
            found.update({f"{operation['op']}.{name}": value for name, value in operation.items() if name != "op"})
            found[f"operation {number}"] = operation["op"]
    return found


def sealed_fields(operations: str) -> str:
    """The sealed part by the names of the fields in it, as far as the operations say them."""
    try:
        codes = [code for one in json.loads(operations) for code in one.get("sensitive", ())]
    except (ValueError, TypeError, AttributeError):
        codes = []
    return f"sensitive({','.join(codes)})" if codes else "sensitive"


def _digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, ensure_ascii=False, sort_keys=True).encode()).hexdigest()
