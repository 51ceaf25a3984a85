"""``xueji demo``: an invented Nanjing of 2008, played through the same services as a user's work."""

from __future__ import annotations

from datetime import date
from typing import Any

import click

from xueji.doors.cli.frame import emit, frame, json_option, ready, say

LEAST = 500
BUSINESS_DATE = date(2008, 11, 3)


@click.command("demo", help="建立演示城市（虚构的学校和学生），用真实的服务逐日办理")
@click.option("--pupils", default=20_000, show_default=True, type=click.IntRange(min=LEAST), help="2008-09-15 在籍人数")
@click.option("--no-serve", is_flag=True, help="建好后不启动网页")
@click.option("--reset", is_flag=True, help="清空已有的演示数据重新建立")
@json_option
def command(pupils: int, no_serve: bool, reset: bool, as_json: bool) -> None:
    """Prints the contract of issue 2 "Commands": totals of round 2008, journal verified, digest, log-ins."""
    frame().prepare_demo(frame().home, BUSINESS_DATE, reset)
    home = ready()
    from xueji.doors.demo.run import run_demo

    outcome = run_demo(home, pupils, say)
    emit(outcome, as_json=as_json, text=_text(outcome))
    if not no_serve:
        raise click.exceptions.Exit(frame().serve(home))


def _text(outcome: dict[str, Any]) -> str:
    lines = [
        f"演示城市已建好：{outcome['schools']} 所学校，{outcome['pupils']} 名学生（2008年9月15日在籍）。",
        f"2008 年集中上报：{outcome['totals']}，三级一致：{'是' if outcome['totals_agree'] else '否'}。",
        f"学籍簿 {outcome['journal_entries']} 条，核验：{'通过' if outcome['journal_verified'] else '未通过'}。",
        "",
        "可以登录的账号（密码都相同，仅供演示）：",
    ]
    shown = [one for one in outcome["logins"] if one["org"] in {"320100", "320102"}] + outcome["logins"][-3:]
    lines += [f"  {one['login']:<16} {one['password']}  {one['post']}  {one['org']}" for one in shown]
    lines += ["", "值得打开的学生："]
    lines += [f"  {one['child']}（{one['school']}）：{one['title']}" for one in outcome.get("stories", [])]
    return "\n".join(lines)
