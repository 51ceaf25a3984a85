"""``xueji application``: applications and the decisions on them."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

import click

from xueji.doors.cli.frame import emit, json_option, ready

if TYPE_CHECKING:
    from xueji.registry.applications.types import ApplicationView
    from xueji.registry.cases.types import StepView

ACTS = ("proofread", "decide", "examine", "approve", "send-back", "refuse")


@click.group("application", help="申请：校对、审定、审批、退回")
def command() -> None:
    """Commands about applications."""


@command.command("act", help="办理一件申请的当前环节")
@click.argument("application", type=click.UUID)
@click.option("--act", "act_name", type=click.Choice(ACTS), required=True, help="办理什么")
@click.option("--reason", help="退回、不予批准的原因，或办理意见")
@click.option("--row", "rows", type=int, multiple=True, help="最后审批时只批准这些行（可重复），其余不予批准")
@json_option
def act_on(application: UUID, act_name: str, reason: str | None, rows: tuple[int, ...], as_json: bool) -> None:
    """Prints ``{"application","state","registrations"}``. In a demo home the post whose step it is acts by default."""
    ready()
    from xueji.doors.cli.actors import actor_for
    from xueji.ground.accounts.context import acting, acting_system
    from xueji.pure.kernel.types import Refused, Role
    from xueji.registry.applications import services
    from xueji.registry.cases.selectors import case_of

    with acting_system():
        case = case_of(application)
    if case is None:
        raise Refused("not_found", f"没有编号为 {application} 的申请。请核对编号。")
    step = case.current
    if step is None:
        raise Refused("case_not_open", "这件申请现在没有等待办理的环节（已办结、已退回或已撤回）。")
    with acting(actor_for(Role(step.role), step.organisation)) as actor:
        result = services.act(
            actor=actor,
            application=application,
            act=act_name.replace("-", "_"),
            reason=reason,
            lines=set(rows) if rows else None,
        )
    emit(
        {"application": result.application, "state": result.state, "registrations": result.registrations},
        as_json=as_json,
        text=f"已办理，现在的状态：{result.state}；登记学籍 {result.registrations} 人。",
    )


@command.command("list", help="列出申请：类别、学校、状态、等待谁办理")
@click.option("--school", help="只看这所学校（11 位代码）")
@click.option("--state", help="只看这种状态")
@click.option("--limit", type=click.IntRange(1, 10_000), default=200, show_default=True, help="最多列出多少件")
@json_option
def list_applications(school: str | None, state: str | None, limit: int, as_json: bool) -> None:
    """Prints ``[{"application","kind","school","state","rows","registrations","lodged_on","waits_for"}]``."""
    ready()
    from xueji.doors.cli.actors import any_actor, organisation_by_code
    from xueji.ground.accounts.context import acting, acting_system
    from xueji.ground.organisations.selectors import by_ids
    from xueji.registry.applications import selectors

    with acting_system():
        schools = [organisation_by_code(school).id] if school else None
    with acting(any_actor()):
        found = selectors.applications(schools, states=[state] if state else (), limit=limit)
        names = by_ids({one.school for one in found} | {step.organisation for one in found for step in _open(one)})
    rows = [
        {
            "application": one.id,
            "kind": one.kind,
            "school": names[one.school].code,
            "state": one.state,
            "rows": one.rows,
            "registrations": one.registrations,
            "lodged_on": one.lodged_on,
            "waits_for": next(({"organisation": names[s.organisation].code, "act": s.act} for s in _open(one)), None),
        }
        for one in found
    ]
    lines = [f"{row['application']}  {row['kind']}  {row['school']}  {row['state']}  {row['rows']} 行" for row in rows]
    emit(rows, as_json=as_json, text="\n".join(lines) or "还没有申请。")


def _open(one: ApplicationView) -> list[StepView]:
    """The step that is waited for, as a list of one or none."""
    current = one.case.current if one.case is not None else None
    return [current] if current is not None else []
