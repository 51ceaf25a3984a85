"""The state tables' rows of many pupils, read at once: what the journals are held against in a register check."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeVar
from uuid import UUID

from django.db.models import Model, QuerySet

from xueji.registry.register.models import EarlierFields, Registration, Spell, Student

_Row = TypeVar("_Row", bound=Model)


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
    pupils, chain = list(set(students)), list(set(registrations))
    earlier: dict[UUID, list[EarlierFields]] = defaultdict(list)
    for before in _of(EarlierFields, "student_id", pupils):
        earlier[before.student_id].append(before)
    spells: dict[UUID, list[Spell]] = defaultdict(list)
    for spell in _of(Spell, "student", pupils):
        spells[spell.registration_id].append(spell)
    return StateRows(
        {one.id: one for one in _of(Student, "id", pupils).defer("sensitive")},
        earlier,
        {one.id: one for one in _of(Registration, "id", chain)},
        spells,
    )


def _of(model: type[_Row], column: str, wanted: list[UUID]) -> QuerySet[_Row]:
    """The rows of many ids. One array instead of a parameter an id, which thousands of would be read one by one."""
    condition = f"{model._meta.db_table}.{column} = ANY (%s::uuid[])"
    return model._default_manager.extra(where=[condition], params=[wanted])  # noqa: S610  # names of the code alone
