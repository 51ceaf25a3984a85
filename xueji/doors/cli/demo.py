"""``xueji demo``: an invented Nanjing of 2008, played through the same services as a user's work."""

from __future__ import annotations

import json
import os
import sys
import traceback
from datetime import date
from pathlib import Path
from typing import Any

import click

from xueji.doors.cli.frame import emit, frame, json_option, ready, say
from xueji.pure.kernel.types import Refused

LEAST = 500
BUSINESS_DATE = date(2008, 11, 3)


@click.command("demo", help="建立演示城市（虚构的学校和学生），用真实的服务逐日办理")
@click.option("--pupils", default=20_000, show_default=True, type=click.IntRange(min=LEAST), help="2008-09-15 在籍人数")
@click.option("--no-serve", is_flag=True, help="建好后不启动网页")
@click.option("--reset", is_flag=True, help="清空已有的演示数据重新建立")
@click.option("--nodes", is_flag=True, hidden=True, help="市教育局和 13 个区县各建一个节点，以数据包往来")
@click.option("--node", hidden=True, help="由 --nodes 启动的区县节点")
@click.option("--districts", hidden=True, default=13, type=click.IntRange(4, 13), help="只建其中几个区县的节点")
@json_option
def command(
    pupils: int, no_serve: bool, reset: bool, nodes: bool, node: str | None, districts: int, as_json: bool
) -> None:
    """Prints the contract of issue 2 "Commands": totals of round 2008, journal verified, digest, log-ins.

    With ``--nodes`` also ``reconciled`` and ``nodes`` (issue 4).
    """
    if (nodes or node) and os.environ.get("DATABASE_URL"):
        raise Refused("demo.nodes-embedded", "多节点演示每个节点用自己的内置数据库，请不要设置 DATABASE_URL。")
    frame().prepare_demo(frame().home, BUSINESS_DATE, reset)
    home = ready()
    if node:
        _take_instructions(home, node, pupils, districts)
        return
    if nodes:
        from xueji.doors.demo.nodes import run_nodes

        outcome = run_nodes(home, pupils, say, frame().reach, districts)
    else:
        from xueji.doors.demo.run import run_demo

        outcome = run_demo(home, pupils, say)
    emit(outcome, as_json=as_json, text=_text(outcome))
    if not no_serve:
        raise click.exceptions.Exit(frame().serve(home))


def _take_instructions(home: Path, code: str, pupils: int, districts: int) -> None:
    """Be a node: a line of JSON in, a line of JSON out, until the other side closes."""
    from xueji.doors.demo.city import plan_city
    from xueji.doors.demo.node_play import SEED, NodePlay
    from xueji.doors.demo.run import districts_of_2008

    whole = plan_city(districts_of_2008()[:districts], pupils, SEED)
    play = NodePlay(home, code, whole, pupils, lambda sentence: None)
    for line in sys.stdin:
        try:
            answer = {"value": play.do(json.loads(line))}
        except Exception as error:
            traceback.print_exc()
            answer = {"trouble": f"{type(error).__name__}: {error}"}
        emit(answer, as_json=True)


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
