"""``xueji restore FILE --keys FILE2``: into an empty home; the journals are verified before it says done."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from xueji.config.archive import holds_data, read_archive, read_manifest
from xueji.config.commands.backup import asked_passphrase
from xueji.config.home import Home, default_home
from xueji.config.keyfile import Halves, read_keyfile, unlock_keys
from xueji.config.startup import configure, migrate, open_home
from xueji.doors.cli.frame import emit, frame, json_option, negative, ready, say, unreadable
from xueji.duties.maintenance.upkeep import RESTORE_TEST, note
from xueji.pure.kernel.environment import environment
from xueji.pure.kernel.types import Refused

RECOVERY = "XUEJI_RECOVERY"


def _asked_halves() -> Halves:
    given = (os.environ.get(RECOVERY) or "").split()
    if len(given) == 2:
        return Halves(*given)
    if not sys.stdin.isatty():
        unreadable(f"没有恢复单字码：请在终端中运行，或用环境变量 {RECOVERY} 给出两半（以空格分开）。")
    first = click.prompt("恢复单第 1 半", hide_input=True, err=True)
    return Halves(str(first), str(click.prompt("恢复单第 2 半", hide_input=True, err=True)))


@click.command("restore", help="从备份恢复到一个空的数据目录")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--keys", "keyfile", required=True, type=click.Path(path_type=Path, dir_okay=False), help="密钥备份文件")
@click.option(
    "--test-of",
    "tested",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="恢复演练：把结果登记到这个数据目录的维护页",
)
@click.option("--recovery", is_flag=True, help="口令遗失时：改用恢复单的两半字码")
@json_option
def command(file: Path, keyfile: Path, recovery: bool, tested: Path | None, as_json: bool) -> None:
    manifest, locked = read_manifest(file), read_keyfile(keyfile)
    if manifest["keys"] != locked["fingerprint"]:
        raise Refused("backup.mismatch", f"{keyfile} 不是这份备份的密钥文件，请换用同一套密钥的备份。")
    if recovery:
        keys = unlock_keys(locked, halves=_asked_halves())
    else:
        keys = unlock_keys(locked, passphrase=asked_passphrase(twice=False))
    path = frame().home
    home = Home(path.expanduser().absolute() if path else default_home())
    open_home(home)
    if holds_data(home):
        raise Refused("backup.not-empty", f"数据目录 {home.path} 里已有数据。请用 --home 指定一个空目录再恢复。")
    read_archive(home, file, manifest)
    for name, content in keys.items():
        _write_key(home.keys / name, content)
    # Roles and default privileges are this server's own; the dump has only what hangs on the group.
    configure(home)
    migrate(home)
    ready()
    _verify(home, manifest["entries"], as_json, tested)


def _write_key(path: Path, content: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write(content)


def _verify(home: Home, entries: int, as_json: bool, tested: Path | None) -> None:
    from xueji.ground.accounts.context import acting_system
    from xueji.ground.journals.selectors import verify

    say("正在核验学籍簿……")
    with acting_system():
        found = verify()
    good = found.verified and found.entries >= entries
    if tested is not None:
        note(tested, RESTORE_TEST, environment().now(), entries=found.entries, verified=good)
    result = {"restored": True, "home": home.path, "entries": found.entries, "verified": found.verified}
    whole = "全部核验无误" if found.verified else "核验发现问题，请运行 xueji journal verify 查看"
    emit(result, as_json=as_json, text=f"已恢复到 {home.path}：{found.entries} 条变动记录，{whole}。")
    if not good:
        negative()
