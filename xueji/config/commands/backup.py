"""``xueji backup FILE --keys FILE2`` and what it asks for."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from xueji.config.archive import write_archive
from xueji.config.home import Home
from xueji.config.keyfile import lock_keys
from xueji.config.sheet import write_sheet
from xueji.doors.cli.frame import emit, json_option, ready, say, unreadable
from xueji.duties.maintenance.upkeep import BACKUP, note
from xueji.pure.kernel.environment import environment

PASSPHRASE = "XUEJI_PASSPHRASE"  # noqa: S105  (the variable's name)


def asked_passphrase(*, twice: bool) -> str:
    """The passphrase from ``XUEJI_PASSPHRASE`` or from the keyboard."""
    given = os.environ.get(PASSPHRASE)
    if given is not None:
        return given
    if not sys.stdin.isatty():
        unreadable(f"没有口令：请在终端中运行，或用环境变量 {PASSPHRASE} 给出。")
    again = "再输入一次" if twice else False
    return str(click.prompt("密钥文件的口令", hide_input=True, confirmation_prompt=again, err=True))


def _writable(path: Path) -> Path:
    path = path.expanduser().absolute()
    if not path.parent.is_dir() or not os.access(path.parent, os.W_OK):
        unreadable(f"不能写入 {path}：目录不存在，或没有写入权限。")
    return path


@click.command("backup", help="备份：数据库、文件、锚记录成一个文件，密钥成另一个文件")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--keys", "keyfile", required=True, type=click.Path(path_type=Path, dir_okay=False), help="密钥备份文件")
@json_option
def command(file: Path, keyfile: Path, as_json: bool) -> None:
    file, keyfile = _writable(file), _writable(keyfile)
    if file == keyfile:
        unreadable("数据备份与密钥备份不能是同一个文件。")
    home = Home(ready())
    passphrase = asked_passphrase(twice=True)
    halves = lock_keys(home.keys, keyfile, passphrase)
    done = write_archive(home, file)
    note(home.path, BACKUP, environment().now(), entries=done.entries, bytes=done.bytes)
    sheet = write_sheet(keyfile, halves, done.fingerprint, environment().now())
    say(f"密钥恢复单在 {sheet}：请打印后分交两人保管，然后删除该文件。数据备份与密钥备份请分开存放。")
    emit(
        {"file": file, "keys": keyfile, "recovery_sheet": sheet, "entries": done.entries, "bytes": done.bytes},
        as_json=as_json,
        text=f"已备份 {done.entries} 条变动记录到 {file}（{done.bytes / 1e6:.1f} MB），密钥在 {keyfile}。",
    )
