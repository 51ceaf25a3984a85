"""``xueji node``: make this home the node of a bureau or a school (issue 4 "Nodes and packages")."""

from __future__ import annotations

import json
from pathlib import Path

import click

from xueji.doors.cli.frame import emit, json_option, ready


@click.group("node", help="节点：在区县、市之间交换数据")
def command() -> None:
    """Commands of the machine's keeper; they work in the system's own name."""


@command.command("init", help="把这个数据目录建成某个教育局的节点，生成密钥和公开身份文件")
@click.option("--level", required=True, type=click.Choice(["school", "district", "city"]), help="级别")
@click.option("--org", required=True, help="教育局的 6 位区划代码，或学校的 11 位代码")
@click.option(
    "--signing",
    type=click.Choice(["ed25519", "sm2"]),
    default="ed25519",
    show_default=True,
    help="签名算法；sm2 即国密 SM2（SM3），须装有系统的 openssl（3.0 以上）",
)
@click.option("-o", "output", type=click.Path(path_type=Path, dir_okay=False), help="公开身份文件（交给对方节点）")
@json_option
def init(level: str, org: str, signing: str, output: Path | None, as_json: bool) -> None:
    """Makes the key file once; the public file may be given away."""
    home = ready()
    from xueji.duties.exchange import identity
    from xueji.ground.accounts.context import acting_system
    from xueji.ground.keys.signatures import chosen

    with acting_system():
        keys = identity.init(level=level, code=org, signing=chosen(signing))
        public = identity.public_file(keys)
    target = output or home / f"node-{org}.json"
    target.write_text(json.dumps(public, ensure_ascii=False, indent=1), encoding="utf-8")
    key = keys.current.public
    value = {
        "level": level,
        "org": org,
        "signing": key.algorithm.name,
        "key": key.key_id,
        "fingerprint": key.fingerprint,
        "file": str(target),
    }
    text = f"已建成节点 {org}。请把 {target} 交给对方节点，并用电话核对指纹：\n{key.fingerprint}"
    emit(value, as_json=as_json, text=text)


@command.command("transfers", help="跨区转学：在途的学生；--all 连同已请求、未同意和已接续的")
@click.option("--all", "every", is_flag=True, help="全部，不只在途")
@json_option
def transfers_of(every: bool, as_json: bool) -> None:
    """Prints ``{"in_transit":n,"transfers":[{"case","state","number","name" (masked),"from","from_school","to",
    "to_school","asked_on","closed_on","opened_on","answer"}]}``."""
    ready()
    from xueji.duties.exchange import transfers
    from xueji.duties.exchange.models import TransferState
    from xueji.ground.accounts.context import acting_system

    with acting_system():
        found = transfers.transfers(state="" if every else TransferState.IN_TRANSIT)
        count = len(transfers.in_transit())
    rows = [
        {
            "case": one.case,
            "state": one.state,
            "number": one.number,
            "name": one.masked_name,
            "from": one.sender,
            "from_school": one.from_school,
            "to": one.receiver,
            "to_school": one.to_school,
            "asked_on": one.asked_on,
            "closed_on": one.closed_on,
            "opened_on": one.opened_on,
            "answer": one.answer,
        }
        for one in found
    ]
    lines = [
        f"{row['number']} {row['name']} {row['from_school'] or row['from']} → {row['to_school']}，"
        f"{TransferState(str(row['state'])).label}，{row['closed_on'] or row['asked_on']}"
        for row in rows
    ]
    emit({"in_transit": count, "transfers": rows}, as_json=as_json, text="\n".join([f"在途 {count} 人。", *lines]))
