"""``xueji reconcile``: do two nodes hold the same book, to the pupil and the field (issue 4 "Reconciliation")?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from xueji.doors.cli.frame import emit, frame, json_option, negative, ready, unreadable

if TYPE_CHECKING:
    from xueji.duties.exchange.reconcile import Reconciled
    from xueji.duties.exchange.reconcile.authors import EntryName


@click.command("reconcile", help="与另一节点或一个数据包核对：逐级比对摘要，不一致时指出学校、学生和项目")
@click.option("--with", "other", required=True, help="另一节点的数据目录、网址（https://…），或一个数据包文件")
@click.option("--deep", is_flag=True, help="打开每一处加密内容核对")
@json_option
def command(other: str, deep: bool, as_json: bool) -> None:
    """Exit 1 where they differ. The outcome is kept for the page ``/manage/exchange/``."""
    path = Path(other)
    by_url = other.startswith(("https://", "http://"))
    if not by_url and not path.exists():
        unreadable(f"没有找到 {other}：请写另一节点的数据目录、https:// 开头的网址，或数据包文件。")
    ready()
    found = _with_url(other, deep) if by_url else _with_home(path, deep) if path.is_dir() else _with_file(path, deep)
    lines = [
        f"{one.organisation} 学生 {one.number or one.student or '—'}：{one.field}；"
        f"本节点 {_entry(one.here_entry)}，对方 {_entry(one.there_entry)}"
        for one in found.differences
    ]
    text = (
        f"{found.organisations} 个单位的学籍簿和学籍一致。"
        if found.equal
        else f"发现 {len(lines)} 处不一致：\n" + "\n".join(lines)
    )
    value = {"equal": found.equal, "organisations": found.organisations, "differences": found.differences}
    emit(value, as_json=as_json, text=text)
    if not found.equal:
        negative()


def _entry(entry: EntryName | None) -> str:
    if entry is None:
        return "没有记录"
    return (
        f"{entry.organisation} 第 {entry.sequence} 条 {entry.kind} {entry.effective_on}（{entry.author or '系统'} 记）"
    )


def _with_home(path: Path, deep: bool) -> Reconciled:
    from xueji.duties.exchange.reconcile import HereSide, HomeSide, keep, reconcile
    from xueji.ground.accounts.context import acting_system

    with frame().reach(path) as conninfo:
        there = HomeSide(path, conninfo)
        try:
            with acting_system():
                found = reconcile(HereSide(), there, deep=deep)
                keep(found, other=there.code or "", way="home", deep=deep)
        finally:
            there.close()
    return found


def _with_url(address: str, deep: bool) -> Reconciled:
    from xueji.duties.exchange.reconcile import HereSide, RemoteSide, keep, reconcile
    from xueji.ground.accounts.context import acting_system

    with acting_system():
        there = RemoteSide(address)
        try:
            found = reconcile(HereSide(), there, deep=deep)
            keep(found, other=there.code or "", way="url", deep=deep)
        finally:
            there.close()
    return found


def _with_file(path: Path, deep: bool) -> Reconciled:
    from xueji.duties.exchange.envelope import open_head
    from xueji.duties.exchange.reconcile import keep, reconcile_package
    from xueji.ground.accounts.context import acting_system

    with acting_system():
        found = reconcile_package(path, deep=deep)
        keep(found, other=open_head(path).head.sender, way="package", deep=deep)
    return found
