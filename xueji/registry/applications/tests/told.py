"""Lodging and deciding any change of one pupil by the people of the small city, for several test modules."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from uuid import UUID

from tests.small_city import PRIMARY, SmallCity
from xueji.ground.accounts.context import acting
from xueji.pure.kernel.environment import LOCAL_ZONE, SeededEnvironment, today
from xueji.pure.kernel.fold import RegistrationState
from xueji.pure.kernel.types import Actor
from xueji.registry.applications import selectors as applications
from xueji.registry.applications import services
from xueji.registry.applications.services.lodging import school_rulebook
from xueji.registry.applications.tests.support import step
from xueji.registry.applications.tests.ways import papers
from xueji.registry.cases import selectors as cases
from xueji.registry.register import selectors as register


def move(environment: SeededEnvironment, day: date) -> None:
    """The morning of a day."""
    environment.move_to(datetime(day.year, day.month, day.day, 9, tzinfo=LOCAL_ZONE))


def lodge_change(
    city: SmallCity,
    student: UUID,
    kind: str,
    claim: Mapping[str, str],
    *,
    school: str = PRIMARY,
    other: str | None = None,
) -> UUID:
    """Lodge with every paper that the rulebook needs, as the school's registrar; the application."""
    with acting(city.registrar(school)) as actor:
        change = school_rulebook(city.id(school), today()).change(kind)
        return services.lodge_change(
            actor=actor,
            kind=kind,
            school=city.id(school),
            student=student,
            claim=claim,
            evidence=papers(actor, [paper.key for paper in change.evidence]),
            other_school=city.id(other) if other else None,
        ).application


def decide(city: SmallCity, application: UUID, *, school: str = PRIMARY) -> list[Actor]:
    """Every step by whom it waits for, until it is approved; those who acted, in order."""
    acted: list[Actor] = []
    for _ in range(12):
        with acting(city.registrar(school)):
            view = applications.application(application)
        assert view is not None
        waiting = view.case.current if view.case else None
        if waiting is None:
            assert view.state == "approved"
            return acted
        actor = next(
            one
            for one in city.actors.values()
            if one.organisation == waiting.organisation and one.role.value == waiting.role
        )
        step(actor, application, waiting.act)
        acted.append(actor)
    raise AssertionError("the application has more steps than any kind")


def done(
    city: SmallCity,
    student: UUID,
    kind: str,
    claim: Mapping[str, str],
    *,
    school: str = PRIMARY,
    other: str | None = None,
) -> list[Actor]:
    """Lodged and decided at once."""
    return decide(city, lodge_change(city, student, kind, claim, school=school, other=other), school=school)


def standing(city: SmallCity, student: UUID, code: str = PRIMARY) -> RegistrationState | None:
    """The registration in force, as a school sees it."""
    with acting(city.registrar(code)):
        record = register.student_record(student)
    return record.in_force if record else None


def told(city: SmallCity, actor: Actor) -> list[str]:
    """The codes of the notices that a post reads."""
    with acting(actor):
        return [one.code for one in cases.notices(actor)]
