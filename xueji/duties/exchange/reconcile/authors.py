"""Whose entries stand behind a difference: the pupil by number, and of each side the entry that it comes from.

No value is told: kind, dates, author and number of the entry. Of what differs in the state it is the last entry of the
pupil that touches the field, else his last one.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from uuid import UUID

from xueji.duties.exchange.reconcile.entries import Asked, Row
from xueji.pure.kernel.types import Refused

if TYPE_CHECKING:
    from xueji.duties.exchange.reconcile.comparing import Difference

NAMED = 2_000  # differences whose entries are looked up; so many are kept for the page
_ENTRY = re.compile(r"entry (\d+)")


@dataclass(frozen=True, slots=True)
class EntryName:
    """An entry as it stands on one side. ``organisation``: code of the school or bureau in whose journal it is,
    ``author`` of the one that wrote it, '' for the system; ``sequence`` in that journal; days as YYYY-MM-DD."""

    organisation: str
    sequence: int
    kind: str
    effective_on: str
    recorded_on: str
    author: str


def authored(here: Asked, there: Asked, found: Sequence[Difference], tree: Mapping[UUID, Row]) -> list[Difference]:
    """The differences with the pupils' numbers and the entries of each side."""
    first, rest = list(found[:NAMED]), list(found[NAMED:])
    if not first:
        return rest
    ids = {str(row[1]): key for key, row in tree.items()}
    students = sorted({UUID(one.student) for one in first if one.student})
    numbers: dict[UUID, str] = dict(_rows(there, "numbers", {"students": students})) | dict(
        _rows(here, "numbers", {"students": students})
    )
    sides = [_Entries(side, first, students, ids) for side in (here, there)]
    codes = {key: str(row[1]) for key, row in tree.items()}
    made = [
        replace(
            one,
            number=numbers.get(UUID(one.student), "") if one.student else "",
            here_entry=sides[0].of(one, codes),
            there_entry=sides[1].of(one, codes),
        )
        for one in first
    ]
    return made + rest


class _Entries:
    """The entries of one side that the differences speak of."""

    def __init__(
        self, side: Asked, found: Sequence[Difference], students: Sequence[UUID], ids: Mapping[str, UUID]
    ) -> None:
        wanted: defaultdict[UUID, set[int]] = defaultdict(set)
        for one in found:
            sequence = _sequence(one)
            if sequence is not None and one.organisation in ids:
                wanted[ids[one.organisation]].add(sequence)
        self.ids = ids
        self.single: dict[tuple[UUID, int], Row] = {}
        for organisation, sequences in wanted.items():
            for row in _rows(side, "authors", {"organisation": organisation, "sequences": sorted(sequences)}):
                self.single[row[0], row[1]] = row
        lives: defaultdict[UUID, list[Row]] = defaultdict(list)
        for row in _rows(side, "lives", {"students": list(students)}) if students else []:
            lives[row[2]].append(row)
        self.lives = {student: sorted(rows, key=lambda row: row[3] or 0) for student, rows in lives.items()}

    def of(self, one: Difference, codes: Mapping[UUID, str]) -> EntryName | None:
        """The entry behind a difference; None where this side has none."""
        sequence = _sequence(one)
        if sequence is not None:
            row = self.single.get((self.ids[one.organisation], sequence)) if one.organisation in self.ids else None
        else:
            rows = self.lives.get(UUID(one.student), []) if one.student else []
            touched = [row for row in rows if one.field.partition(".")[0] in row[8]]
            row = next(reversed(touched or rows), None)
        if row is None:
            return None
        writer = UUID(row[7]) if row[7] else None
        by = codes.get(writer, str(writer)) if writer and writer.int else ""
        return EntryName(codes.get(row[0], str(row[0])), row[1], row[4], row[5], row[6], by)


def _sequence(one: Difference) -> int | None:
    found = _ENTRY.match(one.field)
    return int(found[1]) if found else None


def _rows(side: Asked, question: str, values: Mapping[str, Any]) -> list[Row]:
    """What a side answers; nothing where it is of a version that does not know the question."""
    try:
        return side.rows(question, values)
    except Refused as refused:
        if refused.code == "exchange.question":
            return []
        raise
