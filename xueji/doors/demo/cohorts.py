"""The whole city's part of a simulated year: opening load, graduation, promotion, and the entrants of autumn.

Grade 7 comes by rosters, at some schools by an admission list and a division into classes; a few leavings are undone.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from uuid import UUID

from django.db import connection

from xueji.doors.demo.city import CITY_CODE, SchoolPlan
from xueji.doors.demo.names import Names
from xueji.doors.demo.people import OPENING_YEAR, Child, ChildMaker, Place, into_classes, plan_children, share
from xueji.doors.demo.rates import Rates
from xueji.doors.demo.rosters import Stage, load_rosters
from xueji.doors.demo.transfers import at
from xueji.ground.accounts.context import acting
from xueji.pure.kernel.environment import SeededEnvironment, today
from xueji.pure.kernel.types import Actor, Refused, Role
from xueji.registry.applications import services as applications
from xueji.registry.applications.models import Line

_PRIMARY, _JUNIOR = "primary", "junior"
_FIRST_GRADES = {_PRIMARY: 1, _JUNIOR: 7}
_GRADES = 9
UNDO, ADMISSION = "graduation_undo", "admission"


@dataclass
class Turn:
    """Moves the city's cohorts from year to year; remembers the invented children by name and birth date."""

    stage: Stage
    pupils: int
    years: int
    seed: int
    rates: Rates
    rng: random.Random
    _children: dict[tuple[str, date], Child] = field(default_factory=dict)
    _numbers: dict[tuple[str, date], str] = field(default_factory=dict)
    _maker: ChildMaker | None = None

    def open(self) -> None:
        """The opening load of exactly so many pupils, spread over all grades."""
        rosters = plan_children(self.stage.city, self.pupils + _GRADES, self.seed)
        surplus = sum(map(len, rosters.opening.values())) - self.pupils
        for places in rosters.opening.values():
            while surplus > 0 and len(places) > _GRADES:
                places.pop()
                surplus -= 1
        for places in rosters.opening.values():
            for place in places:
                self._children[place.child.name, place.child.birth_date] = place.child
        # Children of later years continue the keys, and never bear name and birth date of an earlier one.
        self._maker = ChildMaker(self.stage.city, Names(self.seed + 1), taken=set(self._children))
        load_rosters(self.stage, "opening", rosters.opening, year=2007)

    def over(self, year: int, clock: SeededEnvironment, summer: Callable[[], None] | None = None) -> None:
        """The turn from ``year`` to the next: leaving in June, promotion in August, entrants in September.

        ``summer``: what happens in July, when the leavers have gone and nobody has moved up yet.
        """
        for school in self.stage.city.schools:
            for level in school.stages:
                clock.move_to(at(date(year + 1, 6, 24)))
                self._leave(school, level, year, clock)
        clock.move_to(at(date(year + 1, 7, 6)))
        self._take_back(year, clock)
        if summer is not None:
            clock.move_to(at(date(year + 1, 7, 20)))
            summer()
        for school in self.stage.city.schools:
            clock.move_to(at(date(year + 1, 8, 27)))
            self._promote(school, year + 1)
        clock.move_to(at(date(year + 1, 9, 3)))
        rosters, listed = self._entrants(year + 1)
        load_rosters(self.stage, "entrants", rosters, year=year + 1)
        for code, places in listed.items():
            self._admit(next(one for one in self.stage.city.schools if one.code == code), places, year + 1)
        clock.move_to(at(date(year + 1, 9, 15)))

    def newcomer(self, school: SchoolPlan, grade: int, year: int) -> Child:
        """A child who comes in between, remembered like all others."""
        return self._new(school, grade, year, 1)[0]

    def _leave(self, school: SchoolPlan, level: str, year: int, clock: SeededEnvironment) -> None:
        registrar = self._actor(school.code, Role.REGISTRAR)
        try:
            with acting(registrar):
                lodged = applications.lodge_leaving(
                    actor=registrar, school=self._id(school.code), stage=level, school_year=year
                )
        except Refused as refused:
            if refused.code == "leaving_nobody":  # a small school may have nobody in its final grade
                return
            raise
        self._act(self._actor(school.code, Role.DEPUTY_HEAD), lodged.application, "decide")
        clock.advance(timedelta(days=8))
        self._act(self._actor(self.stage.bureau_of(school), Role.HEAD), lodged.application, "approve")

    def _take_back(self, year: int, clock: SeededEnvironment) -> None:
        """A few leavings are taken back by the bureau's head; after another examination these pupils leave again."""
        with acting(self._actor(CITY_CODE, Role.HEAD)):
            gone = self._left_in(year + 1)
        schools = {self._id(one.code): one for one in self.stage.city.schools}
        chosen = [one for one in gone if one[0] in schools]
        due = self.rates.due(self.pupils, self.years, year - OPENING_YEAR)[UNDO]
        for held, level, student in self.rng.sample(chosen, min(len(chosen), due)):
            school = schools[held]
            head = self._actor(self.stage.bureau_of(school), Role.HEAD)
            with acting(head):
                applications.undo_graduation(actor=head, students=[student], reason="补考成绩登记有误")
            self._leave(school, level, year, clock)

    def _left_in(self, year: int) -> list[tuple[UUID, str, UUID]]:
        """Who graduated in the summer of a year: school, stage, pupil."""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT school, stage, student_id FROM register_registration WHERE how_ended = 'graduation'"
                " AND NOT voided AND ended_on BETWEEN %s AND %s ORDER BY 3",
                [date(year, 6, 1), today()],
            )
            return [(school, level, student) for school, level, student in cursor.fetchall()]

    def _admit(self, school: SchoolPlan, places: list[Place], year: int) -> None:
        """By an admission list, approved by the bureau; then the school divides its entrants into classes."""
        registrar, deputy = (self._actor(school.code, role) for role in (Role.REGISTRAR, Role.DEPUTY_HEAD))
        with acting(registrar):
            listed = [(self._numbers[_key(place.child)], place.child.name) for place in places]
            lodged = applications.lodge_admission(
                actor=registrar, school=self._id(school.code), school_year=year, listed=listed
            )
            students = Line.objects.filter(application=lodged.application).order_by("row_no")
            assigned = list(zip(students.values_list("student", flat=True), (p.class_no for p in places), strict=True))
        self._act(deputy, lodged.application, "decide")
        self._act(self._actor(self.stage.bureau_of(school), Role.HEAD), lodged.application, "approve")
        with acting(registrar):
            divided = applications.lodge_division(
                actor=registrar, school=self._id(school.code), stage=_JUNIOR, intake_year=year, assigned=assigned
            )
        self._act(deputy, divided.application, "decide")

    def _promote(self, school: SchoolPlan, school_year: int) -> None:
        registrar = self._actor(school.code, Role.REGISTRAR)
        with acting(registrar):
            lodged = applications.lodge_promotion(
                actor=registrar, school=self._id(school.code), school_year=school_year
            )
        self._act(self._actor(school.code, Role.DEPUTY_HEAD), lodged.application, "decide")

    def _entrants(self, year: int) -> tuple[dict[str, list[Place]], dict[str, list[Place]]]:
        """New children for grade 1, the graduates of the primary schools for grade 7; together a ninth each.

        By school those of the rosters, and those of the junior schools that take in by an admission list.
        """
        if self._maker is None:
            raise RuntimeError("the city has not been loaded")
        found: dict[str, list[Place]] = defaultdict(list)
        listed: dict[str, list[Place]] = {}
        by_list = self._by_list()
        for level in (_PRIMARY, _JUNIOR):
            schools = [one for one in self.stage.city.schools if level in one.stages]
            graduates = self._graduates(year) if level == _JUNIOR else []
            total = len(graduates) if level == _JUNIOR else max(len(schools), self.pupils // _GRADES)
            for school, count in zip(schools, share(total, [one.weight for one in schools]), strict=True):
                grade = _FIRST_GRADES[level]
                children = graduates[:count] if level == _JUNIOR else self._new(school, grade, year, count)
                graduates = graduates[count:]
                places = into_classes(children, school, level, grade)
                for place in places:
                    place.child.values["prior_registration_number"] = ""
                if level == _JUNIOR and school.code in by_list and places:
                    listed[school.code] = places
                else:
                    found[school.code].extend(places)
        return found, listed

    def _by_list(self) -> set[str]:
        """The junior schools that take in by an admission list."""
        juniors = [one.code for one in self.stage.city.schools if one.kind == _JUNIOR]
        return set(juniors[: self.rates.share(ADMISSION, len(juniors))])

    def _new(self, school: SchoolPlan, grade: int, year: int, count: int) -> list[Child]:
        if self._maker is None:
            raise RuntimeError("the city has not been loaded")
        made = [self._maker.child(school, grade, year) for _ in range(count)]
        self._children |= {(one.name, one.birth_date): one for one in made}
        return made

    def _graduates(self, year: int) -> list[Child]:
        """The children whom a primary school let go this summer, as the register has them."""
        with acting(self._actor(CITY_CODE, Role.HEAD)), connection.cursor() as cursor:
            cursor.execute(
                "SELECT s.name, s.birth_date, r.number FROM register_registration r"
                " JOIN register_student s ON s.id = r.student_id"
                " WHERE r.stage = %s AND r.how_ended IN ('graduation', 'completion') AND r.ended_on BETWEEN %s AND %s"
                " ORDER BY r.number",
                [_PRIMARY, date(year, 6, 1), today()],
            )
            rows = {(name, born): number for name, born, number in cursor.fetchall()}
        self._numbers = {key: number for key, number in rows.items() if key in self._children}
        return [self._children[key] for key in self._numbers]

    def _act(self, actor: Actor, application: UUID, act: str) -> None:
        with acting(actor):
            applications.act(actor=actor, application=application, act=act)

    def _id(self, code: str) -> UUID:
        return self.stage.founded.organisations[code]

    def _actor(self, code: str, role: Role) -> Actor:
        return self.stage.founded.actor(code, role)


def _key(child: Child) -> tuple[str, date]:
    return child.name, child.birth_date
