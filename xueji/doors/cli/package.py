"""``xueji package``: packages between nodes as files (issue 4 "Nodes and packages")."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path

import click

from xueji.doors.cli.frame import emit, json_option, ready, say

_file = click.Path(path_type=Path, dir_okay=False, exists=True)
REFUSED = 2


@click.group("package", help="数据包：导出、查看、导入")
def command() -> None:
    """Commands of the machine's keeper; they work in the system's own name."""


@command.command("export", help="导出对方尚未确认的全部内容")
@click.option("--to", required=True, help="对方节点的代码")
@click.option("-o", "output", required=True, type=click.Path(path_type=Path, dir_okay=False), help="文件")
@json_option
def export(to: str, output: Path, as_json: bool) -> None:
    ready()
    from xueji.duties.exchange import services
    from xueji.ground.accounts.context import acting_system

    with acting_system():
        made = services.export(to=to, target=output)
    value = {
        "to": made.peer,
        "number": made.number,
        "kind": made.kind,
        "package": made.digest,
        "bytes": made.size,
        "contents": made.contents,
        "file": str(output),
    }
    text = f"已导出第 {made.number} 号数据包 {output}：变动记录 {made.contents['entries']} 条，{made.size} 字节。"
    emit(value, as_json=as_json, text=text)


@command.command("inspect", help="查看数据包的封面与签名，不写入任何内容")
@click.argument("file", type=_file)
@json_option
def inspect(file: Path, as_json: bool) -> None:
    ready()
    from xueji.duties.exchange.selectors import inspected
    from xueji.ground.accounts.context import acting_system

    with acting_system():
        found = inspected(file)
    text = (
        f"第 {found['number']} 号，由 {found['from']} 发给 {found['to']}，{found['made_at']}；"
        f"签名{'有效' if found['signature_valid'] else '无法确认'}，内容{'完整' if found['whole'] else '不完整'}。"
    )
    emit(found, as_json=as_json, text=text)


@command.command("import", help="接收数据包：全部写入，或一点也不写；给出签名回执")
@click.argument("file", type=_file)
@click.option("--receipt", type=click.Path(path_type=Path, dir_okay=False), help="把回执写到这个文件，交还发送方")
@json_option
def take_in(file: Path, receipt: Path | None, as_json: bool) -> None:
    """Exit 2 where the package is refused; the reason stands in the answer and the receipt."""
    ready()
    from xueji.duties.exchange import services

    answer = services.receive(file)
    if receipt is not None and answer.receipt is not None:
        receipt.write_text(json.dumps(answer.receipt, ensure_ascii=False), encoding="utf-8")
    if not answer.accepted:
        emit(asdict(answer), as_json=as_json, text="")
        say(answer.message)
        sys.exit(REFUSED)
    done = "以前已经接收过，没有变化" if answer.again else f"新增变动记录 {answer.counts['entries']} 条"
    emit(asdict(answer), as_json=as_json, text=f"已接收 {answer.sender} 的第 {answer.number} 号数据包：{done}。")


@command.command("push", help="用 HTTPS 推送到期的数据包并取回执；没有的先生成")
@click.option("--now", is_flag=True, help="不等下次推送的时间，马上推送")
@json_option
def push(now: bool, as_json: bool) -> None:
    ready()
    from xueji.duties.exchange.services import arriving, pushing, sweeping

    arriving.take_arrived()
    made = pushing.make_due(now=now)
    answered, later = pushing.push_due(now=now)
    sweeping.sweep()
    text = f"新生成 {made} 个，已回执 {answered} 个，稍后再推送 {later} 个。"
    emit({"made": made, "answered": answered, "later": later}, as_json=as_json, text=text)


@command.command("receipt", help="登记对方的回执文件")
@click.argument("file", type=_file)
@json_option
def receipt_of(file: Path, as_json: bool) -> None:
    ready()
    from xueji.duties.exchange import services
    from xueji.ground.accounts.context import acting_system

    with acting_system():
        noted = services.take_receipt(file)
    value = {"package": noted.digest, "number": noted.number, "state": noted.state} if noted else {"package": None}
    emit(value, as_json=as_json, text="已登记回执。" if noted else "这份回执以前登记过，或不是本节点现有数据包的。")
