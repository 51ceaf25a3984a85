"""``xueji snapshot``: the register's state as of a day and a cut, as Parquet files that anyone's reader opens."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from xueji.doors.cli.frame import emit, json_option, ready, unreadable


@click.group("snapshot", help="快照：某一日的学籍状态，写成 Parquet 文件（不含姓名、号码、地址）")
def command() -> None:
    """Commands about snapshots."""


@command.command("make", help="生成快照；同一天、同一截点再生成一次，内容完全一致")
@click.option("--as-of", "day", required=True, metavar="DATE", help="哪一天的状态，例如 2008-09-15")
@click.option("--known-at", "known_at", metavar="CUT", help="按以前某个截点所知（截点是以前查询结果中的 cut）")
@click.option(
    "-o", "target", required=True, type=click.Path(path_type=Path, file_okay=False), help="写到哪个目录（须为空）"
)
@json_option
def make(day: str, known_at: str | None, target: Path, as_json: bool) -> None:
    """Prints ``{"date","cut","digest","pupils","files"}``; what is counted is the jurisdiction of whoever asks."""
    try:
        on = date.fromisoformat(day)
    except ValueError:
        unreadable(f"“{day}”不是日期，请写成 2008-09-15。")
    if target.exists() and any(target.iterdir()):
        unreadable(f"目录 {target} 不是空的。请换一个目录，或先把里面的文件移走。")
    ready()
    from xueji.doors.cli.actors import any_actor
    from xueji.ground.accounts.context import acting
    from xueji.registry.register.selectors import present_cut
    from xueji.registry.snapshots import services
    from xueji.registry.snapshots.selectors import cut_of

    with acting(any_actor()):
        made = services.make(on=on, cut=cut_of(known_at) if known_at else present_cut())
        files = services.copy_files(snapshot=made, target=target)
    result = {
        "date": made.on.isoformat(),
        "cut": made.cut,
        "digest": made.digest,
        "pupils": made.pupils,
        "files": files,
    }
    emit(
        result,
        as_json=as_json,
        text=f"{made.on}：在籍 {made.pupils} 人，{files} 个文件，写在 {target}\n截点 {made.cut}\n摘要 {made.digest}",
    )
