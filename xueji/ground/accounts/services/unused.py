"""Accounts that nobody uses are closed by themselves (账号停用; clause A6)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce, TruncDate

from xueji.ground.accounts.context import SYSTEM_PERSON, acting_system, identified
from xueji.ground.accounts.models import Account, PostHolding
from xueji.ground.organisations import selectors as organisations
from xueji.ground.parameters import selectors as parameters
from xueji.pure.kernel.environment import LOCAL_ZONE, today
from xueji.pure.kernel.types import Role

_DAYS = "unused_account_days"


def note_use(account: UUID) -> None:
    """The account was used to log in today; written once a day, in the person's own name."""
    with identified(account):
        Account.objects.filter(~Q(used_on=today()) | Q(used_on__isnull=True), pk=account).update(used_on=today())


def deactivate_unused() -> int:
    """Close accounts not used for the rulebook's days (counted from their opening where never used); returns how many.
    A district's layer may close those of its own posts sooner.

    Security administrators stay: they let the others in again. In the system's own name, by the daily job.
    """
    with acting_system():
        keeper = PostHolding.objects.filter(
            Q(ended_on__isnull=True) | Q(ended_on__gt=today()),
            account=OuterRef("pk"),
            post__role=Role.SECURITY_ADMIN.value,
        )
        idle = Account.objects.filter(~Exists(keeper), deactivated=False).annotate(
            last=Coalesce(F("used_on"), TruncDate("created_at", tzinfo=LOCAL_ZONE))
        )
        idle = idle.exclude(pk=SYSTEM_PERSON)
        closed = 0
        for days, posts in _limits():
            some = idle if posts is None else idle.filter(Exists(posts.filter(account=OuterRef("pk"))))
            closed += some.filter(last__lt=today() - timedelta(days=days)).update(deactivated=True)
        return closed


def _limits() -> Iterator[tuple[int, QuerySet[PostHolding] | None]]:
    """The days after which an account is closed: the city's for all, and of each district that says less its own, with
    the posts that it is said of."""
    every = parameters.rulebook(today()).staffing.limits.get(_DAYS)
    if every is not None:
        yield every, None
    for district in organisations.districts():
        own = parameters.rulebook(today(), district.code).staffing.limits.get(_DAYS)
        if own is not None and own != every:
            places = [district.id, *(one.id for one in organisations.schools_of(district.id))]
            yield (
                own,
                PostHolding.objects.filter(
                    Q(ended_on__isnull=True) | Q(ended_on__gt=today()), post__organisation__in=places
                ),
            )


def mark_all_used() -> int:
    """Everybody was here today: the end of a demo's or a simulation's played years. In the system's own name."""
    with acting_system():
        return Account.objects.filter(deactivated=False).update(used_on=today())
