"""``xueji certificate attest`` and ``void``: 验印, and a paper that is taken out of force (clauses B3, C2, D3)."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

import click

from xueji.doors.cli.frame import emit, frame, json_option, ready

_GROUNDS = ("misprint", "withdrawn")


@dataclass(frozen=True, slots=True)
class KnownPupil:
    """Whose number it is, and at which school it was given."""

    number: str
    student: UUID
    school: UUID
    registration: UUID | None


def known_number(text: str) -> KnownPupil:
    """The pupil of a registration number; ``Refused`` for one that nobody bears."""
    from xueji.ground.accounts.context import acting_system
    from xueji.pure.kernel.types import Refused
    from xueji.registry.register.selectors import numbers_in_use

    number = text.strip()
    with acting_system():
        known = numbers_in_use([number]).get(number)
    if known is None or known.student is None:
        raise Refused("certificate.no_such_number", f"没有学籍号 {text}。请核对 19 位学籍号。", "通知二.2")
    return KnownPupil(number, known.student, known.school, known.registration)


@click.command("attest", help="办理一件验印申请：学校审核、教育局核对、负责人验印")
@click.argument("order", type=click.UUID, required=False)
@click.option("--number", "registration_number", metavar="N", help="按 19 位学籍号找到在办的申请")
@click.option("--leave-out", type=int, multiple=True, help="剔除这些行（可重复），须同时写 --reason")
@click.option("--reason", default="", help="剔除的理由")
@click.option("--paper-seen", type=int, multiple=True, help="已核对纸质档案原件的行（可重复）")
@json_option
def attest(
    order: UUID | None,
    registration_number: str | None,
    leave_out: tuple[int, ...],
    reason: str,
    paper_seen: tuple[int, ...],
    as_json: bool,
) -> None:
    """Prints ``{"order","state","act","acts","left_out","certificates"}``: ``left_out`` by row why it was not attested.

    With ``--as`` the account's own step is carried out; in a demo home all steps that are left, each by its post.
    """
    ready()
    from xueji.doors.cli.actors import actor_for
    from xueji.duties.certificates import services
    from xueji.ground.accounts.context import acting, acting_system
    from xueji.pure.kernel.types import Refused, Role
    from xueji.registry.cases.selectors import case_of

    wanted = order or _order_of(registration_number)
    acts: list[str] = []
    left_out: dict[int, str] = {}
    done = None
    while True:
        with acting_system():
            case = case_of(wanted)
            step = case.current if case is not None and case.kind == services.CASE else None
        if step is None:
            break
        with acting(actor_for(Role(step.role), step.organisation)) as actor:
            more = {row: reason for row in leave_out if row not in left_out} if step.needs_check else {}
            done = services.agree(actor=actor, order=wanted, act=step.act, leave_out=more, paper_seen=paper_seen)
        acts.append(done.act)
        left_out |= done.left_out
        if frame().login is not None:
            break
    if done is None:
        raise Refused("case_not_open", "没有这件验印申请，或它现在没有等待办理的环节（已办结、已退回或已撤回）。")
    value = {
        "order": done.order,
        "state": done.state,
        "act": done.act,
        "acts": acts,
        "left_out": {str(row): why for row, why in sorted(left_out.items())},
        "certificates": list(done.certificates),
    }
    lines = [f"已办理，现在的状态：{done.state}；验印 {len(done.certificates)} 份，未予验印 {len(left_out)} 人。"]
    lines += [f"第 {row} 行：{why}" for row, why in sorted(left_out.items())]
    emit(value, as_json=as_json, text="\n".join(lines))


def _order_of(registration_number: str | None) -> UUID:
    """The request under way in which a pupil stands."""
    from xueji.duties.certificates.selectors import open_order_of
    from xueji.ground.accounts.context import acting_system
    from xueji.pure.kernel.types import Refused

    if not registration_number:
        raise Refused("certificate.no_order", "请写明验印申请的编号，或用 --number 写明学籍号。")
    known = known_number(registration_number)
    with acting_system():
        found = open_order_of(known.registration) if known.registration else None
    if found is None:
        raise Refused("certificate.no_order", f"学籍号 {known.number} 没有在办的验印申请。请先提出申请。")
    return found


@click.command("void", help="作废一份证书或证明")
@click.argument("certificate", metavar="编号")
@click.option("--reason", required=True, help="作废原因")
@click.option(
    "--ground", type=click.Choice(_GROUNDS), help="经验印的证书：misprint 印制有误（可重新验印），withdrawn 撤销"
)
@json_option
def void(certificate: str, reason: str, ground: str | None, as_json: bool) -> None:
    """Prints ``{"certificate","number","kind","ground","voided_on"}``. In a demo home the post whose act it is acts by
    default."""
    ready()
    from xueji.doors.cli.actors import actor_for
    from xueji.duties.certificates import services
    from xueji.duties.certificates.models import Certificate
    from xueji.ground.accounts.context import acting, acting_system
    from xueji.ground.organisations import selectors as organisations
    from xueji.pure.kernel.environment import today
    from xueji.pure.kernel.types import Refused, Role

    with acting_system():
        found = Certificate.objects.filter(number=certificate.strip()).first()
        keeper = organisations.keeper_of(organisations.by_id(found.school)).id if found is not None else None
    if found is None or keeper is None:
        raise Refused("certificate.not_found", f"没有编号为 {certificate} 的证书或证明。请核对编号。")
    if found.bureau is not None and ground == "withdrawn":
        whose, roles = found.bureau, [Role.HEAD]
    else:
        alone = [Role.REGISTRAR, Role.DEPUTY_HEAD, Role.CLERK, Role.HEAD]
        whose, roles = keeper, [Role.DEPUTY_HEAD, Role.HEAD] if found.bureau else alone
    with acting(actor_for(roles, whose)) as actor:
        made = services.void(actor=actor, certificate=found.id, reason=reason, ground=ground or "")
    value = {
        "certificate": made.id, "number": made.number, "kind": made.kind, "ground": made.void_ground,
        "voided_on": today(),
    }  # fmt: skip
    emit(value, as_json=as_json, text=f"已作废 {made.number}。")
