"""A public key in a file that somebody was given, with which papers and dossiers are verified offline."""

from __future__ import annotations

from pathlib import Path

import click


def read_key(path: Path, *, nodes: bool = False) -> bytes:
    """32 raw bytes, or their 64 hexadecimal digits; with ``nodes`` also a node's public file (its newest key).

    Raises ``click.BadParameter`` for anything else, and ``Refused`` for a public file that is not whole.
    """
    content = path.read_bytes()
    if len(content) == 32:
        return content
    if nodes and content.lstrip().startswith(b"{"):
        from xueji.duties.exchange.identity import read_public, read_public_file

        return read_public(read_public_file(path)).current.signing
    try:
        key = bytes.fromhex(content.decode("ascii").strip())
    except ValueError:
        key = b""
    if len(key) != 32:
        forms = "32 字节、64 位十六进制，或节点的公开身份文件" if nodes else "32 字节，或 64 位十六进制"
        raise click.BadParameter(f"公钥文件应为 {forms}。")
    return key
