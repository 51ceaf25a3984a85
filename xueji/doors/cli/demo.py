"""``xueji demo``: an invented Nanjing of 2008, played through the same services as a user's work."""

from __future__ import annotations

import json
import os
import sys
import traceback
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
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
@click.option("--nodes", is_flag=True, help="市教育局和 13 个区县各建一个节点，以数据包往来，最后逐一核对")
@click.option("--node", hidden=True, help="由 --nodes 启动的区县节点")
@click.option("--districts", hidden=True, default=13, type=click.IntRange(4, 13), help="只建前几个区县")
@json_option
def command(
    pupils: int, no_serve: bool, reset: bool, nodes: bool, node: str | None, districts: int, as_json: bool
) -> None:
    """Prints the contract of issue 2 "Commands": totals of round 2008, journal verified, digest, log-ins.

    With ``--nodes`` also ``reconciled`` and ``nodes`` (issue 4).
    """
    if (nodes or node) and os.environ.get("DATABASE_URL"):
        raise Refused("demo.nodes-embedded", "多节点演示每个节点用自己的内置数据库，请不要设置 DATABASE_URL。")
    with _unhurried():
        if node:
            _take_instructions(ready(), node, pupils, districts)
            return
        frame().prepare_demo(frame().home, BUSINESS_DATE, reset)
        outcome = _with_nodes(pupils, districts) if nodes else _alone(pupils, districts)
    emit(outcome, as_json=as_json, text=_text(outcome))
    if not no_serve:
        raise click.exceptions.Exit(frame().serve(ready()))


@contextmanager
def _unhurried() -> Iterator[None]:
    """No commit waits for the disk: what a power cut spoils of an invented city is made again."""
    given = "PGOPTIONS" in os.environ
    if not given:
        os.environ["PGOPTIONS"] = "-c synchronous_commit=off"
    try:
        yield
    finally:
        if not given:
            del os.environ["PGOPTIONS"]


def _alone(pupils: int, districts: int) -> dict[str, Any]:
    home = ready()
    from xueji.doors.demo.run import run_demo

    return run_demo(home, pupils, say, districts)


def _with_nodes(pupils: int, districts: int) -> dict[str, Any]:
    home = _ready_with_nodes(districts)
    from xueji.doors.demo.nodes import run_nodes

    return run_nodes(home, pupils, say, frame().reach, districts)


def _ready_with_nodes(districts: int) -> Path:
    """Bring the city's home up, while the districts' homes are made."""
    from xueji.doors.demo.city import districts_of_2008

    codes = [code for code, _ in districts_of_2008()[:districts]]
    prepare, home = frame().prepare_nodes, frame().home
    say(f"建立市节点和 {len(codes)} 个区县节点的数据库……")
    with ThreadPoolExecutor(1) as pool:
        made = pool.submit(prepare, home, codes, BUSINESS_DATE)
        ready()
        made.result()
    return ready()


def _take_instructions(home: Path, code: str, pupils: int, districts: int) -> None:
    """Be a node: a line of JSON in, a line of JSON out, until the other side closes."""
    from xueji.doors.demo.city import districts_of_2008, plan_city
    from xueji.doors.demo.node_play import SEED, NodePlay

    whole = plan_city(districts_of_2008()[:districts], pupils, SEED)
    play = NodePlay(home, code, whole, pupils, lambda sentence: None)
    for line in sys.stdin:
        try:
            answer = {"value": play.do(json.loads(line))}
        except Exception as error:
            traceback.print_exc()
            answer = {"trouble": f"{type(error).__name__}: {error}"}
        emit(answer, as_json=True)


def _nodes_text(outcome: dict[str, Any]) -> list[str]:
    if "nodes" not in outcome:
        return []
    return [
        f"{outcome['nodes']} 个节点，跨节点转学 {outcome['transfers_between_nodes']} 人，逐处核对："
        f"{'全部一致' if outcome['reconciled'] else '有不一致，见“管理 › 节点与数据包 › 核对”'}。",
        "各区县节点在数据目录的 nodes/区划代码 下，可用 --home 打开。",
    ]


def _text(outcome: dict[str, Any]) -> str:
    lines = [
        f"演示城市已建好：{outcome['schools']} 所学校，{outcome['pupils']} 名学生（2008年9月15日在籍）。",
        f"2008 年集中上报：{outcome['totals']}，三级一致：{'是' if outcome['totals_agree'] else '否'}。",
        f"学籍簿 {outcome['journal_entries']} 条，核验：{'通过' if outcome['journal_verified'] else '未通过'}。",
        *_nodes_text(outcome),
        "",
        "可以登录的账号（密码都相同，仅供演示）：",
    ]
    shown = [one for one in outcome["logins"] if one["org"] in {"320100", "320102"}] + outcome["logins"][-3:]
    lines += [f"  {one['login']:<16} {one['password']}  {one['post']}  {one['org']}" for one in shown]
    lines += ["", "值得打开的学生："]
    lines += [f"  {one['child']}（{one['school']}）：{one['title']}" for one in outcome.get("stories", [])]
    return "\n".join(lines)
