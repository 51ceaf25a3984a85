"""``xueji return``: the state of a round, and the acts on a return (clause C5)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from xueji.doors.cli.frame import emit, json_option, negative, ready

if TYPE_CHECKING:
    from xueji.duties.returns.models import Return
    from xueji.duties.returns.selectors import BoardLine
    from xueji.ground.organisations.models import Organisation
    from xueji.pure.kernel.types import Actor


@click.group("return", help="集中上报：查看进度，生成、确认、上报、审核")
def command() -> None:
    """Commands about returns."""


round_option = click.option("--round", "round_code", required=True, metavar="ROUND", help="上报批次，例如 2008")
org_option = click.option("--org", "code", required=True, metavar="CODE", help="学校代码，或教育局的区划代码")


@command.command("status", help="一个批次里各单位的上报情况")
@round_option
@json_option
def status(round_code: str, as_json: bool) -> None:
    """Prints ``{"round","city","organisations":[{"code","state","registered","due","late"}]}``; ``city`` is the
    state of the city's own return, the organisations are those on the board of whoever asks."""
    ready()
    from xueji.doors.cli.actors import any_actor
    from xueji.duties.returns import selectors
    from xueji.ground.accounts.context import acting
    from xueji.ground.organisations import selectors as organisations

    with acting(any_actor()) as actor:
        top = selectors.board(round_code, actor.organisation)
        city = selectors.current(round_code, organisations.city().id)
    lines = [line for line in _lines(top) if line.level != "city"]
    rows = [
        {
            "code": line.code,
            "state": line.state,
            "registered": line.registered,
            "due": line.due,
            "late": line.late,
        }
        for line in lines
    ]
    state = city.state if city else selectors.OPEN
    titles = selectors.STATE_TITLES
    text = [f"{round_code}：全市{titles[state]}"]
    for line in lines:
        late = "  迟报" if line.late else ""
        text.append(f"{line.code}  {titles[line.state]}  在籍 {line.registered or '-'}  应于 {line.due} 前{late}")
    emit({"round": round_code, "city": state, "organisations": rows}, as_json=as_json, text="\n".join(text))


def _lines(top: BoardLine) -> Iterator[BoardLine]:
    yield top
    for child in top.children:
        yield from _lines(child)


reason_option = click.option("--reason", default="", help="须核实的问题的说明（写给还没有说明的各项）")
note_option = click.option("--reason", default="", help="随办理写下的审核意见")


@command.command("make", help="生成数据（已确认以前可以重新生成）")
@round_option
@org_option
@reason_option
@json_option
def make(round_code: str, code: str, reason: str, as_json: bool) -> None:
    """Make, or make anew; the findings stand in the answer. ``--reason`` explains the queries that have none yet."""
    _act("make", round_code, code, as_json, explain_after=reason)


@command.command("certify", help="确认：负责人对数字负责，从此不再变动")
@round_option
@org_option
@reason_option
@json_option
def certify(round_code: str, code: str, reason: str, as_json: bool) -> None:
    """Certify what was made by another person; ``--reason`` first explains the queries that have none yet."""
    _act("certify", round_code, code, as_json, explain_before=reason)


@command.command("submit", help="上报给上一级")
@round_option
@org_option
@json_option
def submit(round_code: str, code: str, as_json: bool) -> None:
    """Submit what was certified."""
    _act("submit", round_code, code, as_json)


@command.command("accept", help="上一级接受已上报的数据")
@round_option
@org_option
@note_option
@json_option
def accept(round_code: str, code: str, reason: str, as_json: bool) -> None:
    """Accept, as the bureau above; ``--reason`` is noted on the return."""
    _act("accept", round_code, code, as_json, note_before=reason)


@command.command("send-back", help="上一级退回修改")
@round_option
@org_option
@click.option("--reason", required=True, help="退回原因和需要修改的地方")
@json_option
def send_back(round_code: str, code: str, reason: str, as_json: bool) -> None:
    """Send back with reasons, as the bureau above."""
    _act("send_back", round_code, code, as_json, reason=reason)


@command.command("validate", help="按现在的情况校验，不写入任何数据")
@round_option
@org_option
@json_option
def validate(round_code: str, code: str, as_json: bool) -> None:
    """What the return would say now, with its findings; nothing is written. ``state`` is that of the stored return."""
    ready()
    from xueji.doors.cli.actors import organisation_by_code
    from xueji.duties.returns import selectors, services
    from xueji.ground.accounts.context import acting, acting_system

    with acting_system():
        one = organisation_by_code(code)
    with acting(_actor("make", round_code, one)) as actor:
        found = services.validate(actor=actor, round_code=round_code, organisation=one.id)
        made = selectors.current(round_code, one.id)
    state = made.state if made else selectors.OPEN
    _emit(round_code, code, state, found.sum("registered"), found.digest, found.findings, as_json)


@command.command("remake", help="从学籍簿重新生成已有的上报，看是否与原来逐字节一致")
@round_option
@org_option
@click.option("-o", "target", type=click.Path(path_type=Path, dir_okay=False), help="把重新生成的内容写到文件")
@json_option
def remake(round_code: str, code: str, target: Path | None, as_json: bool) -> None:
    """Prints ``{"round","org","version","digest","again","same"}``; exit 1 where the journals say something else.
    Stored snapshots are not looked at."""
    ready()
    from xueji.doors.cli.actors import any_actor, organisation_by_code
    from xueji.duties.returns import selectors, services
    from xueji.ground.accounts.context import acting, acting_system
    from xueji.pure.kernel.types import Refused

    with acting_system():
        one = organisation_by_code(code)
    with acting(any_actor()):
        made = selectors.current(round_code, one.id)
        if made is None:
            raise Refused("return.none", f"{one.name}在批次“{round_code}”没有上报。请核对批次和代码。", "通知三.5")
        found = services.again(made)
    if target is not None:
        target.write_bytes(found.said)
    same = found.digest == made.digest
    value = {
        "round": round_code,
        "org": code,
        "version": made.version,
        "digest": made.digest,
        "again": found.digest,
        "same": same,
    }
    words = "与原来一致" if same else "与原来不一致，请立即运行“xueji journal verify”核验"
    emit(value, as_json=as_json, text=f"{code}  {round_code}  第 {made.version} 次：{words}\n摘要 {found.digest}")
    if not same:
        negative()


def _act(
    act: str,
    round_code: str,
    code: str,
    as_json: bool,
    *,
    explain_before: str = "",
    explain_after: str = "",
    note_before: str = "",
    **more: Any,
) -> None:
    """One act by the post whose act it is, with what is said before or after it in the same transaction."""
    ready()
    from xueji.doors.cli.actors import organisation_by_code
    from xueji.duties.returns import services
    from xueji.ground.accounts.context import acting, acting_system

    with acting_system():
        one = organisation_by_code(code)
    if act == "send_back":
        _ask_first(round_code, one, str(more["reason"]))
    with acting(_actor(act, round_code, one)) as actor:
        whose: dict[str, Any] = {"actor": actor, "round_code": round_code, "organisation": one.id}
        if explain_before:
            services.explain_all(**whose, text=explain_before)
        if note_before:
            services.note(**whose, texts={"": note_before})
        made: Return = getattr(services, act)(**whose, **more)
        if explain_after:
            services.explain_all(**whose, text=explain_after)
    _emit(round_code, code, made.state, made.registered, made.digest, made.findings, as_json)


def _ask_first(round_code: str, one: Organisation, reason: str) -> None:
    """What was accepted is opened again by decision: the bureau's clerk asks before its head decides."""
    from xueji.duties.returns import selectors, services
    from xueji.duties.returns.models import ReturnState
    from xueji.ground.accounts.context import acting

    with acting(_actor("examine_reopening", round_code, one)) as clerk:
        made = selectors.current(round_code, one.id)
        if made is not None and made.state == ReturnState.ACCEPTED and selectors.reopening_of(made) is None:
            services.ask_reopening(actor=clerk, round_code=round_code, organisation=one.id, reason=reason)


def _actor(act: str, round_code: str, one: Organisation) -> Actor:
    """The post whose act it is: the organisation's own, or for a review the bureau's above."""
    from xueji.doors.cli.actors import actor_for
    from xueji.duties.returns.authority import POSTS, placed
    from xueji.ground.accounts.context import acting_system
    from xueji.pure.kernel.types import Level

    key = {"send_back": "review"}.get(act, act)
    at_school, at_bureau = POSTS[key]
    if key in ("review", "accept", "examine_reopening"):
        with acting_system():
            _, _, above = placed(round_code, one.id)
        return actor_for(at_bureau[::-1], (above or one).id)
    return actor_for(at_school if one.level == Level.SCHOOL else at_bureau, one.id)


def _emit(
    round_code: str,
    code: str,
    state: str,
    registered: int,
    digest: str,
    findings: Sequence[Mapping[str, Any]],
    as_json: bool,
) -> None:
    """``{"round","org","state","registered","digest","findings":[{row,column,columns,code,severity,message}]}``."""
    from xueji.duties.returns.selectors import STATE_TITLES

    rows = [
        {
            "row": item["row"],
            "column": None,
            "columns": [],
            "code": item["code"],
            "severity": item["severity"],
            "message": item["message"],
        }
        for item in findings
    ]
    value = {
        "round": round_code,
        "org": code,
        "state": state,
        "registered": registered,
        "digest": digest,
        "findings": rows,
    }
    text = [f"{code}  {round_code}  {STATE_TITLES[state]}  在籍 {registered}", f"摘要 {digest}"]
    text += [f"  {item['message']}" for item in findings]
    emit(value, as_json=as_json, text="\n".join(text))
