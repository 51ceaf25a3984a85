"""Reads of electronic seals. Row-level security of the caller applies."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from uuid import UUID

from django.db.models import Case, IntegerField, Q, QuerySet, Value, When

from xueji.duties.certificates.seal_models import Seal, SealState
from xueji.ground.organisations import selectors as organisations
from xueji.pure.kernel.seals import Standing, standing_on
from xueji.pure.kernel.types import Actor, Level


def seals(actor: Actor, *, state: str = "") -> QuerySet[Seal]:
    """The seals that a post looks at (``in_hand``): what waits first, then the newest."""
    waiting = Case(When(state=SealState.PROPOSED, then=Value(0)), default=Value(1), output_field=IntegerField())
    found = Seal.objects.order_by(waiting, "-proposed_at", "id")
    if actor.level is not Level.CITY:
        own = Q(organisation=actor.organisation)
        if actor.level is Level.DISTRICT:
            below = organisations.schools_of(actor.organisation).values("id")
            own |= Q(bureau=actor.organisation) | Q(organisation__in=below)
        found = found.filter(own)
    return found.filter(state=state) if state else found


def seal(wanted: UUID) -> Seal | None:
    """One seal, or None where there is none in sight."""
    return Seal.objects.filter(pk=wanted).first()


def in_hand(actor: Actor, found: Seal) -> bool:
    """Whether the post looks at a seal and its picture: whose it is, and its bureau. A school that prints papers of
    its bureau reads the bureau's seal for that alone."""
    if actor.organisation == found.organisation or actor.level is Level.CITY:
        return True
    if actor.level is Level.SCHOOL:
        return False
    return actor.organisation in (found.bureau, organisations.competent_bureau(found.organisation))


def which_are_seals(ids: Iterable[UUID]) -> set[UUID]:
    """Which of these are seals."""
    return set(Seal.objects.filter(pk__in=set(ids)).values_list("pk", flat=True))


def renamed(found: Iterable[Seal], day: date) -> set[UUID]:
    """Approved seals whose organisation has another name by now: they are not used any more."""
    rows = [one for one in found if one.state == SealState.APPROVED]
    called = organisations.names({one.organisation for one in rows}, day) if rows else {}
    return {one.pk for one in rows if called.get(one.organisation) != one.named}


def standing_of(one: Seal, day: date) -> Standing | None:
    """How an approved seal stands on a day; None for any other."""
    return standing_on(one.starts_on, one.ends_on, day) if one.state == SealState.APPROVED else None
