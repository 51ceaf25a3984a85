"""The whole city's part of a simulated year: opening load, graduation, promotion, and the entrants of autumn."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta
from uuid import UUID

from django.db import connection

from xueji.doors.demo.city import CITY_CODE, SchoolPlan
from xueji.doors.demo.names import Names
from xueji.doors.demo.people import Child, ChildMaker, Place, into_classes, plan_children, share
from xueji.doors.demo.rosters import Stage, load_rosters
from xueji.doors.demo.transfers import at
from xueji.ground.accounts.context import acting
from xueji.pure.kernel.environment import SeededEnvironment, today
from xueji.pure.kernel.types import Actor, Refused, Role
from xueji.registry.applications import services as applications

_PRIMARY, _JUNIOR = "primary", "junior"
_FIRST_GRADES = {_PRIMARY: 1, _JUNIOR: 7}
_GRADES = 9


@dataclass
class Turn:
    """Moves the city's cohorts from year to year; remembers the invented children by name and birth date."""

    stage: Stage
    pupils: int
    seed: int
    _children: dict[tuple[str, date], Child] = field(default_factory=dict)
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

    def over(self, year: int, clock: SeededEnvironment) -> None:
        """The turn from ``year`` to the next: leaving in June, promotion in August, entrants in September."""
        for school in self.stage.city.schools:
            for level in school.stages:
                clock.move_to(at(date(year + 1, 6, 24)))
                self._leave(school, level, year, clock)
        for school in self.stage.city.schools:
            clock.move_to(at(date(year + 1, 8, 27)))
            self._promote(school, year + 1)
        clock.move_to(at(date(year + 1, 9, 3)))
        load_rosters(self.stage, "entrants", self._entrants(year + 1), year=year + 1)
        clock.move_to(at(date(year + 1, 9, 15)))

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

    def _promote(self, school: SchoolPlan, school_year: int) -> None:
        registrar = self._actor(school.code, Role.REGISTRAR)
        with acting(registrar):
            lodged = applications.lodge_promotion(
                actor=registrar, school=self._id(school.code), school_year=school_year
            )
        self._act(self._actor(school.code, Role.DEPUTY_HEAD), lodged.application, "decide")

    def _entrants(self, year: int) -> dict[str, list[Place]]:
        """New children for grade 1, the graduates of the primary schools for grade 7; together a ninth each."""
        if self._maker is None:
            raise RuntimeError("the city has not been loaded")
        found: dict[str, list[Place]] = defaultdict(list)
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
                found[school.code].extend(places)
        return found

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
                "SELECT s.name, s.birth_date FROM register_registration r"
                " JOIN register_student s ON s.id = r.student_id"
                " WHERE r.stage = %s AND r.how_ended IN ('graduation', 'completion') AND r.ended_on BETWEEN %s AND %s"
                " ORDER BY r.number",
                [_PRIMARY, date(year, 6, 1), today()],
            )
            rows = cursor.fetchall()
        return [self._children[row] for row in rows if row in self._children]

    def _act(self, actor: Actor, application: UUID, act: str) -> None:
        with acting(actor):
            applications.act(actor=actor, application=application, act=act)

    def _id(self, code: str) -> UUID:
        return self.stage.founded.organisations[code]

    def _actor(self, code: str, role: Role) -> Actor:
        return self.stage.founded.actor(code, role)
