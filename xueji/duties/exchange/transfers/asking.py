"""Asking another node for a pupil: by the head of the receiving bureau."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from django.db import IntegrityError, transaction

from xueji.duties.exchange import messages
from xueji.duties.exchange.messages import ASK
from xueji.duties.exchange.models import NodeTransfer, TransferState
from xueji.ground.accounts import services as accounts
from xueji.ground.keys import node_keys
from xueji.ground.keys.services import blind_index
from xueji.ground.organisations import selectors as organisations
from xueji.ground.organisations.models import ClassGroup
from xueji.ground.parameters import selectors as parameters
from xueji.pure.kernel.divisions import county_of
from xueji.pure.kernel.environment import day_of, environment, today
from xueji.pure.kernel.types import Actor, Refused, Role
from xueji.registry.applications.services.facts import place

BASIS = "通知二.2"
_INDEX = "node_transfer"


def ask(*, actor: Actor, class_group: UUID, name: str, number: str, reason: str) -> NodeTransfer:
    """The receiving bureau's head asks the node of the pupil's present school, which its number names.

    To be called in the actor's context; raises ``Refused`` for another post, no reason, a class of another bureau, a
    number of this very node, or one for which it was asked already.
    """
    require_head(actor)
    if not reason.strip():
        raise Refused("reason_missing", "请写明转学理由，对方教育局据此办理。", BASIS)
    group = ClassGroup.objects.filter(id=class_group).first()
    if group is None or organisations.competent_bureau(group.school_id) != actor.organisation:
        raise Refused("class_not_found", "没有找到所选的转入班级，请从本局所属学校的班级中选择。", BASIS)
    keys, sender = node_keys.load(), county_of(number.strip())
    width = parameters.rulebook(today()).numbers["registration_number"].width
    if len(number.strip()) != width or sender == keys.code:
        message = f"请填写外区学生的 {width} 位学籍号；本区学生请按转学办理。"
        raise Refused("exchange.not_elsewhere", message, BASIS)
    day, index = today(), blind_index(_INDEX, number.strip())
    under_way = NodeTransfer.objects.filter(
        asked_for=index, state__in=[TransferState.ASKED, TransferState.IN_TRANSIT]
    ).first()
    if under_way is not None:
        raise _asked_already(day_of(under_way.at))
    to = place(group, parameters.rulebook(day), day)
    case = environment().new_id()
    content = {
        "name": name.strip(),
        "number": number.strip(),
        "reason": reason,
        "school": str(group.school_id),
        "school_name": organisations.by_id(group.school_id).name,
        "class_group": str(group.id),
        "stage": to.stage,
        "grade": to.grade,
    }
    try:
        with transaction.atomic():
            messages.send(case=case, kind=ASK, sender=keys.code, receiver=sender, content=content)
            return NodeTransfer.objects.create(
                id=case, sender=sender, receiver=keys.code, state=TransferState.ASKED, school=group.school_id,
                class_group=group.id, reason=reason, asked_by=_said(actor), at=environment().now(), asked_for=index,
            )  # fmt: skip
    except IntegrityError:  # by somebody else, this very moment
        raise _asked_already(day) from None


def _asked_already(on: date) -> Refused:
    message = f"已于 {on.isoformat()} 向对方教育局提出过这名学生的跨区转学，正在办理。请等对方答复，不要重复提出。"
    return Refused("exchange.asked_already", message, BASIS)


def require_head(actor: Actor) -> None:
    """``Refused`` for every post but a bureau's head who may act."""
    accounts.can_act(actor)
    if actor.role is not Role.HEAD:
        raise Refused("not_your_step", "跨区转学由教育局负责人办理，您现在的岗位不能办理。", BASIS)


def _said(actor: Actor) -> dict[str, str]:
    return {
        "person": str(actor.person),
        "post": str(actor.post),
        "organisation": str(actor.organisation),
        "role": actor.role.value,
        "level": actor.level.value,
    }
