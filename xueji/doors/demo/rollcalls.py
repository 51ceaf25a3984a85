"""The roll-call of autumn 2008 in the invented city: nearly all there, a few late or ill, one child nobody can find."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from xueji.doors.demo.city import SchoolPlan
from xueji.doors.demo.rosters import Stage
from xueji.doors.demo.transfers import at
from xueji.ground.accounts.context import acting
from xueji.pure.kernel.environment import SeededEnvironment
from xueji.pure.kernel.types import Role
from xueji.registry.rollcall import selectors, services
from xueji.registry.rollcall.types import Called

TERM = "2008-autumn"
#: Every so many schools have a child who is ill, or who comes a week later.
_EVERY = 4


def autumn(stage: Stage, clock: SeededEnvironment) -> None:
    """Lists on the 5th, called on the 8th, closed on the 12th by the deputy heads; one school is late with it."""
    clock.move_to(at(date(2008, 9, 5)))
    rolls = {school.code: _open(stage, school) for school in stage.city.schools}
    clock.move_to(at(date(2008, 9, 8)))
    missing = stage.city.schools[0].code
    for index, school in enumerate(stage.city.schools):
        _call(stage, school, rolls[school.code], index)
    clock.move_to(at(date(2008, 9, 12)))
    for school in stage.city.schools:
        if school.code != missing:
            _close(stage, school, rolls[school.code])


def _open(stage: Stage, school: SchoolPlan) -> UUID:
    with acting(stage.founded.actor(school.code, Role.REGISTRAR)) as actor:
        return services.open_roll(actor=actor, school=stage.founded.organisations[school.code], term=TERM)


def _call(stage: Stage, school: SchoolPlan, roll: UUID, index: int) -> None:
    with acting(stage.founded.actor(school.code, Role.REGISTRAR)) as actor:
        lines = [one for one in selectors.lines([roll]) if one.standing == "in_school"]
        if lines and index == 0:
            gone = lines[-1].id
            services.enter(actor=actor, roll=roll, called=[Called(gone, "absent")])
            for day, way, result in ((3, "phone", "三次无人接听"), (5, "visit", "邻居说全家已外出，去向不明")):
                services.log_contact(
                    actor=actor, line=gone, attempted_on=date(2008, 9, day), way=way, reached=False, who="班主任",
                    result=result,
                )  # fmt: skip
        elif lines and index % _EVERY == 1:
            services.enter(actor=actor, roll=roll, called=[Called(lines[0].id, "excused", reason="水痘，月中返校")])
        elif lines and index % _EVERY == 2:
            services.enter(actor=actor, roll=roll, called=[Called(lines[0].id, "here", date(2008, 9, 5))])
        for group in selectors.class_counts(roll):
            services.enter_rest_here(actor=actor, roll=roll, class_group=group)


def _close(stage: Stage, school: SchoolPlan, roll: UUID) -> None:
    """A school without pupils has nothing to close."""
    with acting(stage.founded.actor(school.code, Role.DEPUTY_HEAD)) as actor:
        if selectors.lines_count([roll]):
            services.close(actor=actor, roll=roll)
