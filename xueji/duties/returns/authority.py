"""Who may do what with a return: a school's own people, its competent bureau's, the city's."""

from __future__ import annotations

from uuid import UUID

from xueji.duties.returns.models import Return
from xueji.duties.returns.selectors import bureau_of, division_under, due_of, round_of
from xueji.ground.accounts.services.acts import can_act
from xueji.ground.organisations import selectors as organisations
from xueji.ground.organisations.models import Organisation
from xueji.pure.kernel.rulebook import Round
from xueji.pure.kernel.types import Actor, Level, Refused, Role

BASIS = "通知三.5"

#: act → roles at a school, roles at a bureau.
POSTS: dict[str, tuple[tuple[Role, ...], tuple[Role, ...]]] = {
    "make": ((Role.REGISTRAR, Role.DEPUTY_HEAD), (Role.CLERK, Role.HEAD)),
    "explain": ((Role.REGISTRAR, Role.DEPUTY_HEAD), (Role.CLERK, Role.HEAD)),
    "certify": ((Role.DEPUTY_HEAD,), (Role.HEAD,)),
    "submit": ((Role.REGISTRAR, Role.DEPUTY_HEAD), (Role.CLERK, Role.HEAD)),
    "review": ((), (Role.CLERK, Role.HEAD)),
    "accept": ((), (Role.HEAD,)),
    "ask_reopening": ((Role.REGISTRAR, Role.DEPUTY_HEAD), (Role.CLERK, Role.HEAD)),
    "examine_reopening": ((), (Role.CLERK,)),
    "reopen": ((), (Role.HEAD,)),
}
_ACT_TITLES = {
    "make": "生成", "explain": "说明", "certify": "确认", "submit": "上报", "review": "审核", "accept": "接受",
    "ask_reopening": "申请重新打开", "examine_reopening": "审核", "reopen": "重新打开",
}  # fmt: skip


def require(actor: Actor, organisation: Organisation, act: str) -> None:
    """``Refused`` unless the actor's post may do ``act`` for ``organisation`` itself."""
    can_act(actor)
    # What a closed organisation still owes is done by whoever keeps its records.
    keeper = organisations.keeper_of(organisation)
    at_school, at_bureau = POSTS[act]
    allowed = at_school if keeper.level == Level.SCHOOL else at_bureau
    if actor.organisation != keeper.id or actor.role not in allowed:
        raise Refused(
            "return.not_yours",
            f"您的岗位不能{_ACT_TITLES[act]}{organisation.name}的上报数据。请由该单位相应岗位的人员办理。",
            "通知一.2",
        )


def require_reviewer(actor: Actor, above: Organisation | None, act: str) -> None:
    """``Refused`` unless the actor sits at the organisation that reviews (clause A2)."""
    can_act(actor)
    reviewer = organisations.keeper_of(above).id if above else None
    if reviewer is None or actor.organisation != reviewer or actor.role not in POSTS[act][1]:
        raise Refused("return.not_reviewer", "上报数据由主管教育局审核，您的岗位不能办理。", "通知一.2")


def require_another_person(actor: Actor, made: Return) -> None:
    """Four eyes: who made the figures does not vouch for them (persons are compared, not posts)."""
    if made.made_by == actor.person:
        raise Refused(
            "return.four_eyes", "数据由您本人生成，不能再由您确认。请由本单位另一位负责人确认。", "通知一.2、一.3"
        )


def above_of(organisation: Organisation, on_round: Round) -> Organisation | None:
    """Who reviews an organisation's return: a school's competent bureau, a district's city; None above the city."""
    if organisation.level == Level.SCHOOL:
        return bureau_of(organisation, on_round.reference_date)
    return organisations.by_id(organisation.parent) if organisation.parent else None


def placed(round_code: str, organisation: UUID) -> tuple[Round, Organisation, Organisation | None]:
    """The round, the organisation and who reviews it."""
    one = organisations.by_id(organisation)
    above = above_of(one, round_of(round_code))
    return round_of(round_code, division_under(one, above)), one, above


__all__ = ["BASIS", "POSTS", "above_of", "due_of", "placed", "require", "require_another_person", "require_reviewer"]
