"""代办: a holder gives the post to a colleague for a period; the bureau names somebody for a vacant one.

Whoever acts so is trained and holds a post of the own; four eyes is by person in every case (invariant 11), so a
colleague never ends up deciding what he entered.
"""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.db.models.functions import Greatest, Least

from xueji.ground.accounts.models import Post, PostHolding, Substitution
from xueji.ground.accounts.services.acts import READ_ONLY
from xueji.ground.accounts.services.authority import require_kept
from xueji.ground.accounts.staffing import staffing_of
from xueji.pure.kernel.environment import environment, today
from xueji.pure.kernel.types import Actor, Capacity, Refused, Role

_BASIS = "通知一.3"


def delegate(*, actor: Actor, account: UUID, up_to: date, started_on: date | None = None) -> Substitution:
    """委托: the actor's own post is done by a trained colleague from a day up to and including ``up_to``.

    ``Refused`` where the actor does not hold the post, where the colleague is not of the same organisation or not
    trained, and where the post is given away for these days already.
    """
    if actor.capacity is not Capacity.HOLDER:
        raise Refused("accounts.not_holder", "这个岗位是别人交您代办的，不能再转交。请由任职人本人委托。", _BASIS)
    if actor.role in READ_ONLY:
        raise Refused("accounts.not_delegable", "这个岗位不办理学籍业务，不能委托他人代办。", _BASIS)
    post = _post(actor.post)
    if post.organisation_id != actor.organisation:
        raise Refused(
            "accounts.delegate_at_home", "您现在是代其他学校办理。请先换到本单位的岗位，再委托他人代办。", _BASIS
        )
    started, ended = _period(started_on, up_to)
    if account == actor.person or not _trained(account, actor.organisation):
        raise Refused(
            "accounts.not_a_trained_colleague",
            "只能委托本单位在任、已登记培训日期的其他人员。请重新选择，或先请主管教育局登记其培训日期。",
            _BASIS,
        )
    return _give(actor, post, account, Capacity.DELEGATED, started, ended)


def name_substitute(
    *, actor: Actor, post: UUID, account: UUID, up_to: date, started_on: date | None = None
) -> Substitution:
    """代办: the bureau names a trained person of its jurisdiction for a vacant post, up to and including ``up_to``.

    Ends by itself on the day on which the post gets a holder. ``Refused`` where the post has one in that time, or for
    longer than the rulebook's ``substitute_days``.
    """
    found = _post(post)
    require_kept(actor, [(found.organisation_id, Role(found.role))])
    if Role(found.role) in READ_ONLY:
        raise Refused("accounts.not_delegable", "这个岗位不办理学籍业务，不需要指定代办人。", _BASIS)
    started, ended = _period(started_on, up_to)
    longest = staffing_of(found.organisation_id).limits.get("substitute_days")
    if longest is not None and (ended - started).days > longest:
        raise Refused(
            "accounts.substitute_too_long",
            f"一次代办最长 {longest} 天，请把截止日期改早，并尽快安排经培训的人员任职。",
            _BASIS,
        )
    held = PostHolding.objects.filter(post=found, started_on__lt=ended)
    if held.filter(Q(ended_on__isnull=True) | Q(ended_on__gt=started)).exists():
        raise Refused("accounts.post_not_vacant", "这个岗位在这段时间有人担任，只有空缺的岗位才指定代办人。", _BASIS)
    if account == actor.person or not _trained(account, None):
        raise Refused(
            "accounts.substitute_not_trained",
            "代办人应当是本辖区在任、已登记培训日期的人员，且不能是您本人。请重新选择。",
            _BASIS,
        )
    return _give(actor, found, account, Capacity.SUBSTITUTE, started, ended)


def end_substitution(*, actor: Actor, substitution: UUID) -> Substitution:
    """Take the post back from today on: by its holder, or by whoever keeps it. What was done stays done."""
    with transaction.atomic():
        found = Substitution.objects.select_for_update().filter(pk=substitution).first()
        if found is None:
            raise Refused("accounts.unknown", "没有这条代办记录，或不在您管理的范围内。请刷新后重试。", _BASIS)
        if found.ended_on <= today():
            raise Refused("accounts.substitution_over", "这条代办已经到期，不需要收回。", _BASIS)
        found.ended_on = max(found.started_on, today())
        found.save(update_fields=["ended_on"])
        return found


def end_with_vacancy(post: UUID, day: date) -> None:
    """A holder begins: whoever stood in for the vacancy ends on that day."""
    standing = Substitution.objects.filter(post=post, capacity=Capacity.SUBSTITUTE, ended_on__gt=day)
    standing.update(ended_on=Greatest(F("started_on"), day))


def end_with_holding(post: UUID, day: date) -> None:
    """A holder leaves: what the holder gave away ends too."""
    given = Substitution.objects.filter(post=post, capacity=Capacity.DELEGATED, ended_on__gt=day)
    given.update(ended_on=Greatest(F("started_on"), Least(F("ended_on"), day)))


def _post(post: UUID) -> Post:
    found = Post.objects.filter(pk=post).filter(Q(closed_on__isnull=True) | Q(closed_on__gt=today())).first()
    if found is None:
        raise Refused("accounts.unknown", "没有这个岗位，请刷新后重试。", _BASIS)
    return found


def _period(started_on: date | None, up_to: date) -> tuple[date, date]:
    """First day and first day after."""
    started = started_on or today()
    if started < today() or up_to < started:
        raise Refused(
            "accounts.substitution_dates", "代办从今天或以后的一天开始，截止日期不能早于开始日期，请核对。", _BASIS
        )
    return started, up_to + timedelta(days=1)


def _trained(account: UUID, organisation: UUID | None) -> bool:
    """Whether the person holds a post now (at this organisation) and was trained for it."""
    day = today()
    held = PostHolding.objects.filter(account=account, account__deactivated=False, trained_on__lte=day)
    held = held.filter(locked_on__isnull=True)
    held = held.filter(Q(ended_on__isnull=True) | Q(ended_on__gt=day), started_on__lte=day)
    return (held.filter(post__organisation=organisation) if organisation else held).exists()


def _give(actor: Actor, post: Post, account: UUID, capacity: Capacity, started: date, ended: date) -> Substitution:
    try:
        with transaction.atomic():
            return Substitution.objects.create(
                id=environment().new_id(),
                post=post,
                account_id=account,
                capacity=capacity.value,
                started_on=started,
                ended_on=ended,
                named_by=actor.person,
                named_at=environment().now(),
            )
    except IntegrityError as error:
        raise Refused(
            "accounts.substituted_already", "这个岗位在这段时间已有人代办。请先收回，再重新指定。", _BASIS
        ) from error
