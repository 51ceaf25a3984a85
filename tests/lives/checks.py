"""The register against the model after every act, and what must always hold (design §6: 1, 2, 5, 7)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from typing import Any
from uuid import UUID

from django.db import connection

from tests.lives.lodging import Desk
from tests.lives.model import Life, Registration
from tests.small_city import CITY
from xueji.ground.accounts.context import acting, acting_system, counting
from xueji.ground.journals import selectors as journals
from xueji.pure.kernel.fold import RegistrationState, fold_student
from xueji.registry.register import selectors as register
from xueji.registry.register import services as register_services
from xueji.registry.statistics import selectors as statistics

#: A registration as it is compared: school, stage, from, to, how it ended, voided, its spells, its number.
Shown = tuple[Any, ...]

_REGISTRATIONS = """
SELECT student_id, id, school, stage, started_on, ended_on, coalesce(how_ended, ''), voided, number
FROM register_registration"""
_SPELLS = "SELECT registration_id, dimension, value, started_on, ended_on FROM register_spell"
_GIVEN = "SELECT number, state FROM register_number WHERE state <> 'reserved'"


@dataclass
class Checks:
    """``digits``: which 19 digits a number of the model turned out to be; ``since`` the window of the flows."""

    desk: Desk
    since: date
    digits: dict[int, str] = field(default_factory=dict)
    known: dict[UUID, list[Shown]] = field(default_factory=dict)

    def compare(self) -> None:
        """Every registration with its spells is the model's; each number one pupil's, well formed, never reused."""
        words = {str(one): code for code, one in self.desk.world.city.organisations.items()}
        words |= {str(one): _word(group) for group, one in self.desk.groups.items()}
        with acting(self.desk.world.city.head(CITY)), connection.cursor() as cursor:
            cursor.execute(_SPELLS)
            spells: dict[UUID, set[tuple[Any, ...]]] = {}
            for registration, what, value, *days in cursor.fetchall():
                spells.setdefault(registration, set()).add((what, words.get(value, value), *days))
            cursor.execute(_REGISTRATIONS)
            shown: dict[UUID, list[Shown]] = {student: [] for student in self.desk.students}
            for student, registration, school, *row in cursor.fetchall():
                held = frozenset(spells.get(registration, ()))
                shown[student].append((words[str(school)], *row[:-1], held, row[-1]))
            cursor.execute(_GIVEN)
            given = dict(cursor.fetchall())
        assert shown.keys() == set(self.desk.students), "somebody is registered whom the model does not know"
        for student, life in zip(self.desk.students, self.desk.model.lives, strict=True):
            self._one(life, shown[student])
        self._numbers(given)
        self._outside(words)
        touched = [student for student, found in shown.items() if self.known.get(student) != found]
        self.known = shown
        self._folded(touched)

    def _outside(self, words: dict[str, str]) -> None:
        """The guests from outside and the deferred children are the model's."""
        with acting(self.desk.world.city.head(CITY)):
            known = {one.child: one for one in register.outside_children(None)}
        assert known.keys() == set(self.desk.outside)
        for child, one in zip(self.desk.outside, self.desk.model.outside, strict=True):
            held = known[child]
            says = (words[str(held.school)], held.standing == "guest", held.started_on, held.until, held.ended_on)
            assert says == (one.school, one.guest, one.since, one.until, one.ended)

    def _one(self, life: Life, shown: list[Shown]) -> None:
        wanted = sorted((_of_model(one) for one in life.registrations), key=repr)
        found = sorted((one[:-1] for one in shown), key=repr)
        assert found == wanted, f"{life.name}: the register says\n  {found}\nthe model\n  {wanted}"
        live = sorted((one[2], one[3]) for one in shown if not one[5])
        assert all(end is not None and end <= begin for (_, end), (begin, _) in pairwise(live)), life  # invariant 1
        numbers = {_of_model(one): one.number for one in life.registrations}
        for one in shown:
            self._number(numbers[one[:-1]], one[-1], life)

    def _number(self, number: int, digits: str, life: Life) -> None:
        if len({_of_model(one) for one in life.registrations}) < len(life.registrations):
            return  # two that look the same: which is which cannot be told
        assert bool(number) == bool(digits), life
        if number:
            assert self.digits.setdefault(number, digits) == digits, f"{life.name}: {digits} is another's number"
            assert len(digits) == 19, digits

    def _numbers(self, given: dict[str, str]) -> None:
        """Invariant 2: no number twice, none forgotten; a retired one stays findable."""
        digits = list(self.digits.values())
        assert len(set(digits)) == len(digits), "a number was given twice"
        assert set(digits) <= given.keys()
        running = (one.number for life in self.desk.model.lives for one in life.standing if one.ended is None)
        borne = {self.digits[one] for one in running if one in self.digits}
        assert {one for one in digits if given[one] == "given"} == borne, "given is what a running registration bears"

    def _folded(self, students: Iterable[UUID]) -> None:
        """Invariant 5 of whom the last act concerned: the state is what his entries say."""
        with acting_system():
            for student, entries in journals.entries_of_students(list(students), decrypt=False).items():
                folded = fold_student(entries)
                says = sorted((_of_fold(one) for one in folded.registrations.values()), key=repr)
                holds = sorted(((*row[1:4], row[4] or "", row[5], row[-1]) for row in self.known[student]), key=repr)
                assert says == holds, (says, holds)

    def balance(self) -> None:
        """Invariant 5 of all: rebuilt from the journals nothing differs. Invariant 7: the flows balance."""
        with acting_system():
            rebuilt = register_services.rebuild()
        assert not rebuilt.differed, rebuilt
        city = self.desk.world.city
        schools = [city.id(code) for code in self.desk.model.bureaus]
        with acting(city.head(CITY)), counting():
            lines = statistics.flow_of((self.since, self.desk.world.today), None, schools)
        assert lines["balanced"].all(), lines.filter(~lines["balanced"])


def _of_model(one: Registration) -> Shown:
    spells = frozenset((what, _word(value), begin, end) for what, value, begin, end in one.spells())
    return one.school, one.stage, one.began, one.ended, one.how, one.void, spells


def _word(value: object) -> str:
    return " ".join(str(part) for part in value) if isinstance(value, tuple) else str(value)


def _of_fold(one: RegistrationState) -> tuple[Any, ...]:
    return one.stage, one.started_on, one.ended_on, one.how_ended or "", one.voided, one.number
