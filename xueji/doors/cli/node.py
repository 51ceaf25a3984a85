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
@click.option("-o", "output", type=click.Path(path_type=Path, dir_okay=False), help="公开身份文件（交给对方节点）")
@json_option
def init(level: str, org: str, output: Path | None, as_json: bool) -> None:
    """Makes the key file once; the public file may be given away."""
    home = ready()
    from xueji.duties.exchange import identity
    from xueji.ground.accounts.context import acting_system

    with acting_system():
        keys = identity.init(level=level, code=org)
        public = identity.public_file(keys)
    target = output or home / f"node-{org}.json"
    target.write_text(json.dumps(public, ensure_ascii=False, indent=1), encoding="utf-8")
    key = keys.current.public
    value = {"level": level, "org": org, "key": key.key_id, "fingerprint": key.fingerprint, "file": str(target)}
    text = f"已建成节点 {org}。请把 {target} 交给对方节点，并用电话核对指纹：\n{key.fingerprint}"
    emit(value, as_json=as_json, text=text)
