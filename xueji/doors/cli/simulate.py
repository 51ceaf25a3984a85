"""``xueji simulate``: some school years of an invented city, every kind of change at its rate, through the services."""

from __future__ import annotations

from datetime import date
from typing import Any

import click

from xueji.doors.cli.frame import emit, frame, json_option, ready, say

LEAST = 500
BEGINS = date(2007, 9, 3)


@click.command("simulate", help="模拟几个学年：按各种变动的发生率，用真实的服务逐件办理，并列出增减表")
@click.option("--pupils", default=20_000, show_default=True, type=click.IntRange(min=LEAST), help="期初在籍人数")
@click.option("--years", default=3, show_default=True, type=click.IntRange(1, 15), help="学年数")
@click.option("--returns", is_flag=True, help="每年秋季同时办理集中上报")
@click.option("--reset", is_flag=True, help="清空已有的演示数据重新开始")
@click.option("--districts", hidden=True, default=13, type=click.IntRange(4, 13), help="只建前几个区县")
@json_option
def command(pupils: int, years: int, returns: bool, reset: bool, districts: int, as_json: bool) -> None:
    """Prints ``{"pupils","years","changes":{kind: n},"flow_identity","seconds_per_1000","table", …}``.

    ``changes`` counts entries, ``kinds`` how often each kind of the rulebook was brought to its end, ``undone`` the
    registrations that never were by how they had begun, ``refused`` the rules that spoke against something,
    ``hindered`` the acts on schools and districts for which no school was found.
    """
    frame().prepare_demo(frame().home, BEGINS, reset)
    home = ready()
    from xueji.doors.demo.simulating import Simulation

    outcome = Simulation(home, pupils, years, say, districts, returns).run()
    emit(outcome, as_json=as_json, text=_text(outcome))
    if not outcome["flow_identity"]:
        raise SystemExit(1)


def _text(outcome: dict[str, Any]) -> str:
    lines = [f"{kind}：{count:,}" for kind, count in outcome["changes"].items()]
    agreed = "平衡" if outcome["flow_identity"] else "不平衡，请查看增减表"
    return "\n".join(
        [*lines, f"增减：{agreed}", f"每千件用时 {outcome['seconds_per_1000']} 秒", f"增减表：{outcome['table']}"]
    )
