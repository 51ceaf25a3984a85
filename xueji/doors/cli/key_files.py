"""A public key in a file that somebody was given, with which papers and dossiers are verified offline."""

from __future__ import annotations

from pathlib import Path

import click

from xueji.ground.keys.signatures import ALGORITHMS, ED25519


def read_key(path: Path, *, nodes: bool = False) -> bytes:
    """32 raw bytes, or their 64 hexadecimal digits; with ``nodes`` also an SM2 key (64 bytes, 128 digits) or a node's
    public file (its newest key).

    Raises ``click.BadParameter`` for anything else, and ``Refused`` for a public file that is not whole.
    """
    content = path.read_bytes()
    if nodes and content.lstrip().startswith(b"{"):
        from xueji.duties.exchange.identity import read_public, read_public_file

        return read_public(read_public_file(path)).current.signing
    sizes = [one.public for one in (ALGORITHMS if nodes else (ED25519,))]
    try:
        key = bytes.fromhex(content.decode("ascii").strip())
    except ValueError:
        key = content
    for one in (key, content):  # digits first: those of an Ed25519 key are as long as an SM2 key
        if len(one) in sizes:
            return one
    forms = "32 字节（SM2 为 64 字节）、其十六进制，或节点的公开身份文件" if nodes else "32 字节，或 64 位十六进制"
    raise click.BadParameter(f"公钥文件应为 {forms}。")
