"""The state tables' rows of many pupils, read at once: what the journals are held against in a register check."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from xueji.registry.register.models import EarlierFields, Registration, Spell, Student


@dataclass(frozen=True, slots=True)
class StateRows:
    """By student: his row and what he was before; by registration: its row, its spells. Who is unseen is missing."""

    students: Mapping[UUID, Student]
    earlier: Mapping[UUID, Sequence[EarlierFields]]
    registrations: Mapping[UUID, Registration]
    spells: Mapping[UUID, Sequence[Spell]]

    def known(self, student: Student, on: date) -> Student | EarlierFields:
        """Name and fields as of a day: what a later entry brings already stands in the tables."""
        if student.fields_from <= on:
            return student
        found = (one for one in self.earlier.get(student.id, ()) if one.started_on <= on < one.ended_on)
        return next(found, student)

    def values(self, registration: UUID, on: date) -> dict[str, str | None]:
        """The value of each dimension of a registration on a day."""
        return {
            spell.dimension: spell.value
            for spell in self.spells.get(registration, ())
            if spell.started_on <= on and (spell.ended_on is None or on < spell.ended_on)
        }


def state_rows(students: Iterable[UUID], registrations: Iterable[UUID]) -> StateRows:
    """Four queries, however many pupils."""
    pupils, chain = set(students), set(registrations)
    earlier: dict[UUID, list[EarlierFields]] = defaultdict(list)
    for before in EarlierFields.objects.filter(student__in=pupils):
        earlier[before.student_id].append(before)
    spells: dict[UUID, list[Spell]] = defaultdict(list)
    for spell in Spell.objects.filter(student__in=pupils, registration__in=chain):
        spells[spell.registration_id].append(spell)
    rows = Student.objects.defer("sensitive").in_bulk(pupils)
    return StateRows(rows, earlier, Registration.objects.in_bulk(chain), spells)
