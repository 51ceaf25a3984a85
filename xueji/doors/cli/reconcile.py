"""``xueji reconcile``: do two nodes hold the same book, to the pupil and the field (issue 4 "Reconciliation")?"""

from __future__ import annotations

from pathlib import Path

import click

from xueji.doors.cli.frame import emit, frame, json_option, negative, ready


@click.command("reconcile", help="与另一节点核对：逐级比对摘要，不一致时指出学校、学生和项目")
@click.option("--with", "other", required=True, type=click.Path(path_type=Path, exists=True), help="另一节点的数据目录")
@click.option("--deep", is_flag=True, help="打开每一处加密内容核对")
@json_option
def command(other: Path, deep: bool, as_json: bool) -> None:
    """Exit 1 where they differ."""
    ready()
    from xueji.duties.exchange.reconcile import HereSide, HomeSide, reconcile
    from xueji.ground.accounts.context import acting_system

    with frame().reach(other) as conninfo:
        there = HomeSide(other, conninfo)
        try:
            with acting_system():
                found = reconcile(HereSide(), there, deep=deep)
        finally:
            there.close()
    lines = [f"{one.organisation} 学生 {one.student or '—'}：{one.field}" for one in found.differences]
    text = (
        f"{found.organisations} 个单位的学籍簿和学籍一致。"
        if found.equal
        else f"发现 {len(lines)} 处不一致：\n" + "\n".join(lines)
    )
    emit(found, as_json=as_json, text=text)
    if not found.equal:
        negative()
