"""``xueji keys``: keys of this node and of those it trusts: shown, exchanged, rotated, revoked (issue 4)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from xueji.doors.cli.frame import emit, json_option, ready

_file = click.Path(path_type=Path, dir_okay=False)


@click.group("keys", help="节点密钥：查看、交换、更换、吊销")
def command() -> None:
    """Commands of the machine's keeper; they work in the system's own name."""


@command.command("show", help="本节点和所信任节点的密钥")
@json_option
def show(as_json: bool) -> None:
    ready()
    from xueji.duties.exchange.selectors import known_keys
    from xueji.ground.accounts.context import acting_system

    with acting_system():
        rows = known_keys()
    text = "\n".join(
        f"{'本节点' if row.own else '已信任'} {row.code} {row.name} {row.key} {row.signing} {row.fingerprint}"
        + (f" 已于 {row.revoked_on} 吊销：{row.reason}" if row.revoked_on else "")
        for row in rows
    )
    emit({"keys": rows}, as_json=as_json, text=text or "还没有密钥，请先运行 xueji node init。")


@command.command("export", help="写出本节点的公开身份文件")
@click.option("-o", "output", required=True, type=_file, help="文件")
@click.option("--address", default="", help="接收数据包的网址，供对方推送")
@json_option
def export(output: Path, address: str, as_json: bool) -> None:
    ready()
    from xueji.duties.exchange import identity
    from xueji.ground.accounts.context import acting_system
    from xueji.ground.keys import node_keys

    with acting_system():
        keys = node_keys.load()
        public = identity.public_file(keys, address=address)
    output.write_text(json.dumps(public, ensure_ascii=False, indent=1), encoding="utf-8")
    key = keys.current.public
    value = {"org": keys.code, "key": key.key_id, "fingerprint": key.fingerprint, "file": str(output)}
    emit(value, as_json=as_json, text=f"已写出 {output}，指纹 {key.fingerprint}。")


@command.command("trust", help="信任另一节点的公开身份文件（首次须用电话核对指纹）")
@click.argument("file", type=_file)
@click.option("--fingerprint", help="对方电话报来的指纹；写明后不一致即拒绝")
@click.option("--replace", is_flag=True, help="对方丢失了密钥：原密钥一律吊销（须写明指纹）")
@json_option
def trust(file: Path, fingerprint: str | None, replace: bool, as_json: bool) -> None:
    ready()
    from xueji.duties.exchange import identity
    from xueji.duties.exchange import trust as trusting
    from xueji.ground.accounts.context import acting_system

    with acting_system():
        done = trusting.trust(identity.read_public_file(file), fingerprint=fingerprint, replace=replace)
    emit(done, as_json=as_json, text=f"已信任{done.name}（{done.code}），指纹 {done.fingerprint}。请与对方核对。")


@command.command("rotate", help="更换本节点的密钥；新密钥由原密钥签名，对方自动认得")
@click.option("--lost", metavar="原因", help="原密钥已丢失或泄露：立即吊销，对方须重新核对指纹")
@click.option(
    "--signing",
    type=click.Choice(["ed25519", "sm2"]),
    help="新密钥的签名算法，默认与原密钥相同；sm2 即国密 SM2（SM3），须装有系统的 openssl（3.0 以上）",
)
@json_option
def rotate(lost: str | None, signing: str | None, as_json: bool) -> None:
    ready()
    from xueji.ground.accounts.context import acting_system
    from xueji.ground.keys import node_keys
    from xueji.ground.keys.signatures import chosen

    with acting_system():
        keys = node_keys.rotate(lost=lost, signing=chosen(signing) if signing else None)
    key = keys.current.public
    value = {
        "org": keys.code,
        "signing": key.algorithm.name,
        "key": key.key_id,
        "serial": key.serial,
        "fingerprint": key.fingerprint,
    }
    after = "请用 keys export 写出新的公开身份文件交给对方，并核对指纹。" if lost else "下一个数据包会带去新密钥。"
    emit(value, as_json=as_json, text=f"已启用新密钥 {key.key_id}，指纹 {key.fingerprint}。{after}")


@command.command("revoke", help="吊销所信任节点的一把密钥，从今天起不再接收用它签名的数据包")
@click.argument("key")
@click.option("--reason", required=True, help="原因")
@json_option
def revoke(key: str, reason: str, as_json: bool) -> None:
    ready()
    from xueji.duties.exchange import trust as trusting
    from xueji.ground.accounts.context import acting_system

    with acting_system():
        done = trusting.revoke(key=key, reason=reason)
    value: dict[str, Any] = {"org": done.peer_id, "key": done.key_id, "revoked_on": done.revoked_on, "reason": reason}
    emit(value, as_json=as_json, text=f"已吊销 {done.peer_id} 的密钥 {done.key_id}。")
