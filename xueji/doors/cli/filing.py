"""``xueji filing``: what districts file with the city each year (clauses A3, B1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from xueji.doors.cli.frame import emit, json_option, ready

if TYPE_CHECKING:
    from xueji.duties.filings.models import Filing


@click.group("filing", help="报备：学校代码备案表、学籍管理人员汇总表")
def command() -> None:
    """Commands about filings."""


kind_option = click.option(
    "--kind", required=True, type=click.Choice(["school_codes", "roster"]), help="学校代码备案表，或学籍管理人员汇总表"
)
org_option = click.option("--org", "code", required=True, metavar="CODE", help="区县教育局的区划代码")
year_option = click.option("--year", type=int, help="年份（默认今年）")


@command.command("make", help="由系统所知生成（报备以前可以重新生成）")
@kind_option
@org_option
@year_option
@json_option
def make(kind: str, code: str, year: int | None, as_json: bool) -> None:
    """Prepare it, as the district's clerk; what should be looked at stands in the answer."""
    _act("make", kind, code, year, as_json)


@command.command("file", help="区县负责人报备，内容从此不变")
@kind_option
@org_option
@year_option
@json_option
def file(kind: str, code: str, year: int | None, as_json: bool) -> None:
    """File it, as the district's head."""
    _act("file", kind, code, year, as_json)


@command.command("acknowledge", help="市局负责人确认")
@kind_option
@org_option
@year_option
@json_option
def acknowledge(kind: str, code: str, year: int | None, as_json: bool) -> None:
    """Acknowledge it, as the city's head."""
    _act("acknowledge", kind, code, year, as_json)


def _act(act: str, kind: str, code: str, year: int | None, as_json: bool) -> None:
    ready()
    from xueji.doors.cli.actors import actor_for, organisation_by_code
    from xueji.duties.filings import services
    from xueji.ground.accounts.context import acting, acting_system
    from xueji.ground.organisations import selectors as organisations
    from xueji.pure.kernel.environment import today
    from xueji.pure.kernel.types import Role

    with acting_system():
        one = organisation_by_code(code)
        place = organisations.city().id if act == "acknowledge" else one.id
    with acting(actor_for(Role.CLERK if act == "make" else Role.HEAD, place)) as actor:
        on = year or today().year
        if act == "make":
            made = services.make(actor=actor, kind=kind, year=on)
        elif act == "file":
            made = services.file_(actor=actor, kind=kind, year=on)
        else:
            made = services.acknowledge(actor=actor, kind=kind, year=on, bureau=one.id)
    _emit(made, code, as_json)


def _emit(made: Filing, code: str, as_json: bool) -> None:
    """``{"kind","year","org","state","rows","digest","findings":[sentence]}``."""
    from xueji.duties.filings.content import findings_of
    from xueji.duties.filings.selectors import STATE_TITLES

    findings = findings_of(made.kind, made.content)
    value = {
        "kind": made.kind,
        "year": made.year,
        "org": code,
        "state": made.state,
        "rows": len(made.content),
        "digest": made.digest,
        "findings": findings,
    }
    text = [f"{code}  {made.year}  {STATE_TITLES[made.state]}  {len(made.content)} 行", f"摘要 {made.digest}"]
    emit(value, as_json=as_json, text="\n".join([*text, *(f"  {one}" for one in findings)]))
