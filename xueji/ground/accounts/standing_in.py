"""Reads of delegation and 代办: who stands in for whom, which posts are vacant, who could do it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Exists, OuterRef, Q

from xueji.ground.accounts.models import Post, PostHolding, Substitution
from xueji.ground.accounts.selectors import ROLE_TITLES
from xueji.ground.accounts.services.acts import READ_ONLY
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.types import Capacity, Role


@dataclass(frozen=True, slots=True)
class StandIn:
    """A post done by another; ``ended_on`` is the first day on which it is not any more."""

    id: UUID
    post: UUID
    organisation: UUID
    role: Role
    person: UUID
    name: str
    capacity: Capacity
    started_on: date
    ended_on: date
    named_by: UUID


@dataclass(frozen=True, slots=True)
class Candidate:
    """A trained person who holds a post now."""

    person: UUID
    name: str
    organisation: UUID
    title: str


def stand_ins(organisations: Iterable[UUID], on: date | None = None) -> tuple[StandIn, ...]:
    """Those in force on a day or later at these organisations, the first to end first; one query."""
    found = Substitution.objects.filter(
        post__organisation__in=set(organisations), ended_on__gt=on or today()
    ).select_related("post", "account")
    return tuple(
        StandIn(
            one.id,
            one.post_id,
            one.post.organisation_id,
            Role(one.post.role),
            one.account_id,
            one.account.name,
            Capacity(one.capacity),
            one.started_on,
            one.ended_on,
            one.named_by,
        )
        for one in found.order_by("ended_on", "id")
    )


def vacancies(organisations: Iterable[UUID], on: date | None = None) -> tuple[Post, ...]:
    """Posts of the register at these organisations that nobody holds on a day; one query."""
    day = on or today()
    held = PostHolding.objects.filter(
        Q(ended_on__isnull=True) | Q(ended_on__gt=day), post=OuterRef("pk"), started_on__lte=day
    )
    found = Post.objects.filter(
        ~Exists(held), Q(closed_on__isnull=True) | Q(closed_on__gt=day), organisation__in=set(organisations)
    ).exclude(role__in=[role.value for role in READ_ONLY])
    return tuple(found.select_related("organisation").order_by("organisation__code", "role", "id"))


def candidates(organisations: Iterable[UUID], on: date | None = None) -> tuple[Candidate, ...]:
    """Trained persons who hold a post of the register at these organisations; each once an organisation; one query."""
    day = on or today()
    found = PostHolding.objects.filter(
        Q(ended_on__isnull=True) | Q(ended_on__gt=day),
        post__organisation__in=set(organisations),
        account__deactivated=False,
        started_on__lte=day,
        trained_on__lte=day,
        locked_on__isnull=True,
    ).exclude(post__role__in=[role.value for role in READ_ONLY])
    people: dict[tuple[UUID, UUID], Candidate] = {}
    for one in found.select_related("post", "account").order_by("post__organisation__code", "post__role", "id"):
        key = (one.post.organisation_id, one.account_id)
        title = ROLE_TITLES[Role(one.post.role)]
        people.setdefault(key, Candidate(one.account_id, one.account.name, one.post.organisation_id, title))
    return tuple(people.values())
