"""``xueji snapshot``: the register's state as of a day and a cut, as Parquet files that anyone's reader opens."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import click

from xueji.doors.cli.frame import emit, json_option, negative, ready, say, unreadable

ENGINES = ("embedded", "spark")  # registry.statistics.engines, which is read only when something is counted


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


@command.command("count", help="只凭快照的文件统计：在籍在校、各项分布、班额；换一个引擎，结果应逐字相同")
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False), metavar="DIR")
@click.option(
    "--engine",
    "engines",
    multiple=True,
    default=("embedded",),
    envvar="XUEJI_ENGINE",
    type=click.Choice(ENGINES),
    help="embedded（内置）或 spark（可选组件 scale）；可以写两个，互相核对",
)
@click.option("--lines", "with_lines", is_flag=True, help="列出统计的每一行")
@json_option
def count(folder: Path, engines: tuple[str, ...], with_lines: bool, as_json: bool) -> None:
    """Prints ``{"engines": [{"engine","digest","pupils","lines","seconds"}], "equal": bool}``; 1 where two differ.

    Needs no home. An engine that this machine cannot run is told on stderr and left out; none at all is a refusal.
    """
    from xueji.pure.kernel.types import Refused
    from xueji.registry.statistics import engines as counting

    lacking = {engine: counting.missing(engine) for engine in engines}
    for sentence in filter(None, lacking.values()):
        say(sentence)
    counted = [counting.count(folder, engine) for engine in dict.fromkeys(engines) if lacking[engine] is None]
    if not counted:
        raise Refused("statistics.no_engine", "所选的引擎在本机都不能用，没有统计。")
    result: dict[str, Any] = {
        "engines": [
            {
                "engine": one.engine,
                "digest": one.digest,
                "pupils": one.pupils,
                "lines": one.lines,
                "seconds": round(one.seconds, 2),
            }
            for one in counted
        ],
        "equal": len({one.digest for one in counted}) == 1,
    }
    words = [
        f"{one.engine}：在籍 {one.pupils} 人，{one.lines} 行，{one.seconds:.2f} 秒，摘要 {one.digest}"
        for one in counted
    ]
    if with_lines:
        result["tables"] = counted[0].tables
        words += [f"{name}\t" + "\t".join(cells) for name, lines in counted[0].tables.items() for cells in lines]
    emit(result, as_json=as_json, text="\n".join(words))
    if not result["equal"]:
        say("两个引擎的统计不一致。请核对快照的文件是否完整。")
        negative()
