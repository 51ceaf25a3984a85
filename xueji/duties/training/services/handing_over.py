"""交接: a post passes from its holder to a successor on a day; whatever waits there waits for the successor (A3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from django.db import transaction

from xueji.duties.training.models import Handover
from xueji.ground.accounts import services as accounts
from xueji.ground.accounts.models import PostHolding
from xueji.ground.accounts.selectors import ROLE_TITLES
from xueji.ground.accounts.services import Slip
from xueji.ground.accounts.services.roster import free_login
from xueji.pure.kernel.environment import environment
from xueji.pure.kernel.types import Actor, Refused, Role

BASIS = "通知一.3"


@dataclass(frozen=True, slots=True)
class Successor:
    """Who takes over: a person of the organisation by account, or a new one by name."""

    account: UUID | None = None
    name: str = ""
    trained_on: date | None = None


@dataclass(frozen=True, slots=True)
class HandedOver:
    """The record, and the slip of a new account."""

    handover: Handover
    slip: Slip | None = None


@transaction.atomic
def hand_over(
    *, actor: Actor, holding: UUID, on: date, to: Successor | None, moved: Sequence[dict[str, Any]] = ()
) -> HandedOver:
    """End a holding on a day and begin the successor's on the same; ``to`` None leaves the post vacant.

    A known person's day of training for such a post comes along. ``moved``: what waits at the post (title, count), kept
    as the record of the handover. ``Refused`` as ``end_holding`` and ``appoint`` say.
    """
    ended = accounts.end_holding(actor=actor, holding=holding, ended_on=on)
    post, slip = ended.post, None
    person: UUID | None = None
    if to is not None:
        person, trained = to.account, to.trained_on
        if person is None:
            if not to.name.strip():
                raise Refused("training.no_successor", "请选择接任人，或填写新任人员的姓名。", BASIS)
            login = free_login(post.organisation.code, Role(post.role))
            (slip,) = accounts.open_accounts(actor=actor, persons=[(login, to.name.strip())])
            slip = replace(
                slip, organisation_name=post.organisation.name, post_title=post.title or ROLE_TITLES[Role(post.role)]
            )
            person = slip.account
        else:
            _require_colleague(person, post.organisation_id)
            trained = trained or _trained_before(person, post.role)
        if trained is not None and trained > on:
            raise Refused("training.date", "接任人的培训日期不能晚于接任日期，请先培训后上岗。", "通知一.5")
        if person == ended.account_id:
            raise Refused("training.same_person", "接任人就是离任人，请另选一人。", BASIS)
        accounts.appoint(actor=actor, post=post.pk, account=person, started_on=on, trained_on=trained)
    made = Handover.objects.create(
        id=environment().new_id(),
        post=post.pk,
        organisation=post.organisation_id,
        from_person=ended.account_id,
        to_person=person,
        handed_on=on,
        moved=[{"title": str(one["title"]), "count": int(one["count"])} for one in moved],
        recorded_by=actor.person,
        recorded_at=environment().now(),
    )
    return HandedOver(made, slip)


def _require_colleague(person: UUID, organisation: UUID) -> None:
    if not PostHolding.objects.filter(account=person, post__organisation=organisation).exists():
        raise Refused(
            "training.not_a_colleague", "接任人应当是这个单位的人员；外单位调入的，请填写姓名新开账号。", BASIS
        )


def _trained_before(person: UUID, role: str) -> date | None:
    """The last day of training of the person for such a post."""
    held = PostHolding.objects.filter(account=person, post__role=role, trained_on__isnull=False)
    last = held.order_by("-trained_on").first()
    return last.trained_on if last else None
