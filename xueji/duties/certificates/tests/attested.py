"""Leavers and their orders, for the tests of attestation."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from tests.small_city import JUNIOR, PRIMARY, QINHUAI, SmallCity
from xueji.duties.certificates import services
from xueji.duties.certificates.models import Certificate
from xueji.duties.certificates.services import AttestResult, Requested
from xueji.ground.accounts.context import acting, acting_system
from xueji.registry.register.tests.lives import Child, Lives

DIPLOMA, COMPLETION, LETTER = "graduation_certificate", "completion_certificate", "graduation_attestation_letter"
LEFT_ON = date(2008, 7, 1)


def leaver(lives: Lives, *, how: str = "graduation", **changed: Any) -> Child:
    """A pupil of the last grade of the primary school who left in the summer."""
    changed.setdefault("enrolment_month", "2002-09")
    child = lives.open(intake_year=2002, **changed)
    lives.close(child, how, LEFT_ON)
    return child


def ask(city: SmallCity, students: Sequence[UUID], *, kind: str = DIPLOMA, **more: Any) -> Requested:
    """The registrar's request."""
    with acting(city.registrar()) as actor:
        return services.request(actor=actor, kind=kind, students=students, **more)


def step(city: SmallCity, order: UUID, act: str, **more: Any) -> AttestResult:
    """One step by whose it is."""
    whose = {"decide": city.deputy_head(PRIMARY), "examine": city.clerk(QINHUAI), "approve": city.head(QINHUAI)}
    with acting(whose[act]) as actor:
        return services.agree(actor=actor, order=order, act=act, **more)


def attest(city: SmallCity, students: Sequence[UUID], *, kind: str = DIPLOMA, **more: Any) -> AttestResult:
    """From the request to the head's yes."""
    order = ask(city, students, kind=kind, **more).order
    step(city, order, "decide")
    rows = range(1, 9) if "archive" in more else ()
    step(city, order, "examine", paper_seen=rows)
    return step(city, order, "approve")


def paper(number: str) -> Certificate:
    """A paper by its number."""
    with acting_system():
        return Certificate.objects.get(number=number)


def stock(city: SmallCity, first: str, last: str, school: str = PRIMARY) -> None:
    """Blanks that a school wrote down."""
    with acting(city.registrar(school)) as actor:
        services.receive_blanks(actor=actor, kind=DIPLOMA, first=first, last=last)


def junior_leaver(lives: Lives, **changed: str) -> Child:
    """A pupil of the junior school who left in the same summer."""
    child = lives.open(JUNIOR, stage="junior", intake_year=2005, enrolment_month="2005-09", **changed)
    lives.close(child, "graduation", LEFT_ON)
    return child


def attest_at(city: SmallCity, school: str, students: Sequence[UUID]) -> None:
    """What a school other than the primary one asks for."""
    with acting(city.registrar(school)) as actor:
        order = services.request(actor=actor, kind=DIPLOMA, students=students).order
    with acting(city.deputy_head(school)) as actor:
        services.agree(actor=actor, order=order, act="decide")
    for act in ("examine", "approve"):
        step(city, order, act)
