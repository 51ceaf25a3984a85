"""Posts and their holders over time; training (clauses A3, A5)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db import IntegrityError, transaction

from xueji.ground.accounts.models import Post, PostHolding
from xueji.ground.accounts.selectors import ROLE_TITLES
from xueji.ground.accounts.services.authority import require_keeper, require_kept
from xueji.ground.accounts.services.substitutions import end_with_holding, end_with_vacancy
from xueji.ground.organisations.selectors import by_ids
from xueji.pure.kernel.environment import environment, today
from xueji.pure.kernel.types import Actor, Level, Refused, Role

_SCHOOL = frozenset({Role.REGISTRAR, Role.PROOFREADER, Role.DEPUTY_HEAD})
_BUREAU = frozenset(Role) - _SCHOOL
ROLES_AT = {Level.SCHOOL: _SCHOOL, Level.DISTRICT: _BUREAU, Level.CITY: _BUREAU}


@dataclass(frozen=True, slots=True)
class PostDraft:
    """A post to be opened; ``stage`` '' for both 小教 and 中教, ``title`` '' for the role's own."""

    organisation: UUID
    role: Role
    stage: str = ""
    title: str = ""


def open_posts(*, actor: Actor, drafts: Sequence[PostDraft]) -> list[Post]:
    """Open posts in bulk. ``Refused`` for a role that the organisation's level does not have."""
    require_kept(actor, [(draft.organisation, draft.role) for draft in drafts])
    organisations = by_ids(draft.organisation for draft in drafts)
    for draft in drafts:
        found = organisations.get(draft.organisation)
        if found is None or draft.role not in ROLES_AT[Level(found.level)]:
            where = found.name if found else "这个单位"
            raise Refused("accounts.role_level", f"{where}不设“{ROLE_TITLES[draft.role]}”岗位。", "通知一.3")
    return Post.objects.bulk_create(
        [
            Post(
                id=environment().new_id(),
                organisation=organisations[draft.organisation],
                role=draft.role.value,
                stage=draft.stage,
                title=draft.title or ROLE_TITLES[draft.role],
            )
            for draft in drafts
        ]
    )


def appoint(
    *,
    actor: Actor,
    post: UUID,
    account: UUID,
    started_on: date | None = None,
    trained_on: date | None = None,
) -> PostHolding:
    """Give a post a holder from a day on; one at a time. The former holder's time must have been ended."""
    require_keeper(actor)
    found = Post.objects.filter(pk=post).first()
    if found is None:
        raise Refused("accounts.unknown", "没有这个岗位，请刷新后重试。", "通知一.3")
    require_kept(actor, [(found.organisation_id, Role(found.role))])
    if account == actor.person:
        raise Refused("accounts.own_account", "不能任命自己，请由其他管理人员办理。", "通知一.3")
    try:
        with transaction.atomic():
            made = PostHolding.objects.create(
                id=environment().new_id(),
                post_id=post,
                account_id=account,
                started_on=started_on or today(),
                trained_on=trained_on,
            )
            end_with_vacancy(post, made.started_on)
            return made
    except IntegrityError as error:
        raise Refused("accounts.post_taken", "这个岗位在这段时间已有人担任，请先办理交接。", "通知一.3") from error


def end_holding(*, actor: Actor, holding: UUID, ended_on: date | None = None) -> PostHolding:
    """Hand over: the post is held up to but not including this day."""
    with transaction.atomic():
        found = _holding(actor, holding)
        day = ended_on or today()
        if day <= found.started_on:
            raise Refused("accounts.holding_dates", "离任日期应在任职日期之后，请核对。", "通知一.3")
        found.ended_on = day
        found.save(update_fields=["ended_on"])
        end_with_holding(found.post_id, day)
        return found


def record_training(*, actor: Actor, holding: UUID, trained_on: date) -> PostHolding:
    """Register the day on which the holder was trained for the post (clause A5)."""
    with transaction.atomic():
        found = _holding(actor, holding)
        if trained_on > today():
            raise Refused("accounts.training_date", "培训日期不能晚于今天，请核对。", "通知一.5")
        found.trained_on = trained_on
        found.locked_on = found.locked_by = None
        found.save(update_fields=["trained_on", "locked_on", "locked_by"])
        return found


def _holding(actor: Actor, holding: UUID) -> PostHolding:
    require_keeper(actor)
    seen = PostHolding.objects.select_related("post").filter(pk=holding).first()
    if seen is not None:
        require_kept(actor, [(seen.post.organisation_id, Role(seen.post.role))])
    found = PostHolding.objects.select_for_update().filter(pk=holding).first()
    if found is None:
        raise Refused("accounts.unknown", "没有这条任职记录，或不在您管理的范围内。", "通知一.3")
    return found
