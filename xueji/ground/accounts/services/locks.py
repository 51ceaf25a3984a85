"""Trainings recorded in bulk; a lapsed holder locked by the bureau, and let go again (clause A5)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from uuid import UUID

from django.db import transaction

from xueji.ground.accounts.models import PostHolding
from xueji.ground.accounts.services.authority import require_kept
from xueji.ground.accounts.staffing import staffing_of
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.staffing import TrainingState
from xueji.pure.kernel.types import Actor, Refused, Role

_BASIS = "通知一.5"


def record_trainings(*, actor: Actor, days: Mapping[UUID, date | None]) -> int:
    """Write the day of training of many holders (holding → day, None takes it away); returns how many.

    A day ends a lock. ``Refused`` where a holding is out of reach or a day lies ahead; nothing is written then.
    """
    with transaction.atomic():
        found = _held(actor, set(days))
        if any(day is not None and day > today() for day in days.values()):
            raise Refused("accounts.training_date", "培训日期不能晚于今天，请核对。", _BASIS)
        for one in found:
            one.trained_on = days[one.pk]
            if one.trained_on is not None:
                one.locked_on = one.locked_by = None
        PostHolding.objects.bulk_update(found, ["trained_on", "locked_on", "locked_by"], batch_size=500)
        return len(found)


def lock_holder(*, actor: Actor, holding: UUID) -> PostHolding:
    """暂停办理: the bureau's head stops a holder whose training has lapsed, until trained anew.

    ``Refused`` while the yearly return is made (rulebook: ``no_lock``), and for a holder whose training serves.
    """
    if actor.role is not Role.HEAD:
        raise Refused("accounts.lock_post", "暂停办理由教育局负责人决定。", _BASIS)
    place = PostHolding.objects.filter(pk=holding).values_list("post__organisation_id", flat=True).first()
    rules = staffing_of(place or actor.organisation)
    if not rules.locks_hold(today()):
        raise Refused(
            "accounts.no_lock_now",
            "现在是集中上报期间，不得因培训过期暂停学籍岗位。请先提醒参加培训，期满后再决定。",
            _BASIS,
        )
    with transaction.atomic():
        (found,) = _held(actor, {holding})
        if found.ended_on is not None and found.ended_on <= today():
            raise Refused("accounts.holding_over", "这个人已经离任，不需要暂停。", _BASIS)
        state = rules.state_of(Role(found.post.role), found.trained_on, today(), locked=found.locked_on is not None)
        if state is not TrainingState.LAPSED:
            raise Refused("accounts.not_lapsed", "只有培训已过有效期的任职人才能暂停办理，请核对。", _BASIS)
        found.locked_on, found.locked_by = today(), actor.person
        found.save(update_fields=["locked_on", "locked_by"])
        return found


def unlock_holder(*, actor: Actor, holding: UUID) -> PostHolding:
    """恢复办理: the bureau's head takes a lock back."""
    if actor.role is not Role.HEAD:
        raise Refused("accounts.lock_post", "恢复办理由教育局负责人决定。", _BASIS)
    with transaction.atomic():
        (found,) = _held(actor, {holding})
        if found.locked_on is None:
            raise Refused("accounts.not_locked", "这个岗位没有暂停办理，不需要恢复。", _BASIS)
        found.locked_on = found.locked_by = None
        found.save(update_fields=["locked_on", "locked_by"])
        return found


def _held(actor: Actor, holdings: set[UUID]) -> list[PostHolding]:
    seen = list(
        PostHolding.objects.filter(pk__in=holdings).values_list("post__organisation", "post__role", named=False)
    )
    require_kept(actor, [(organisation, Role(role)) for organisation, role in seen])
    found = list(
        PostHolding.objects.select_for_update(of=("self",))
        .select_related("post")
        .filter(pk__in=holdings)
        .order_by("pk")
    )
    if len(found) < len(holdings):
        raise Refused("accounts.unknown", "有任职记录不在您管理的范围内，没有登记。请刷新后重试。", _BASIS)
    return found
