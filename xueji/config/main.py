"""Entry point of the command ``xueji``: gives the command line what only the wiring knows."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import NoReturn

import click

from xueji.config.binaries import ServerUnavailable
from xueji.config.home import Home, default_home
from xueji.config.postgres import EmbeddedServer
from xueji.doors.cli.frame import Frame, say
from xueji.doors.cli.main import build, run
from xueji.pure.kernel.types import Refused

#: Exit code of a fault of the programme itself (EX_SOFTWARE of sysexits.h).
FAULT = 70

WIRING_COMMANDS: dict[str, tuple[str, str]] = {
    "serve": ("xueji.config.commands.serve", "启动网页与后台任务"),
    "migrate": ("xueji.config.commands.migrate", "建立或升级数据库"),
    "backup": ("xueji.config.commands.backup", "备份数据与密钥"),
    "restore": ("xueji.config.commands.restore", "从备份恢复"),
}

#: Commands that a home whose rulebook is out of step needs.
AS_IT_IS = frozenset({"rulebook", "backup"})


def bring_up(path: Path | None) -> Path:
    """Start the home of a command: server, migrations, Django, and leave to work in the system's name."""
    from xueji.config.startup import start

    context = click.get_current_context(silent=True)
    asked = context.find_root().invoked_subcommand if context else None
    home = start(_home(path), in_step=asked not in AS_IT_IS)
    from xueji.ground.accounts.context import permit_system

    permit_system()
    return home.path


def _home(path: Path | None) -> Home:
    return Home(path.expanduser().absolute() if path else default_home())


def serve_home(path: Path) -> NoReturn:
    """Serve a home on the usual address: this process becomes ``xueji serve``, and what it had loaded is gone.

    The database server runs on meanwhile; the new programme enters it as its own.
    """
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, "-m", "xueji", "--home", str(path), "serve"])  # noqa: S606


def prepare_demo(path: Path | None, business_date: date, reset: bool) -> None:
    """Make a home a demo home, empty and with its fixed day."""
    from xueji.config.demo_home import make_demo_home

    make_demo_home(_home(path), business_date, reset=reset)


def prepare_nodes(path: Path | None, names: Sequence[str], business_date: date) -> None:
    """Make empty demo homes of these names below a demo home, migrated."""
    from xueji.config.node_homes import make_node_homes

    make_node_homes(_home(path).path / "nodes", names, business_date)


def fixed_day(path: Path | None) -> date | None:
    """A demo home's day. Nothing is made: a paper is verified on machines that have no home."""
    return _home(path).business_date


@contextmanager
def reach(path: Path) -> Iterator[str]:
    """The connection string of another home's owner; its embedded server runs at least as long as the block."""
    home = Home(path.expanduser().absolute())
    if not home.config_file.exists() and not (home.run / "location.json").exists():
        raise Refused("cli.no-home", f"{path} 不是数据目录，请核对路径。")
    server = EmbeddedServer(home).enter()
    try:
        yield server.conninfo()
    finally:
        server.leave()


def main() -> None:
    """Run ``xueji``; ends the process with the command's exit code."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(encoding="utf-8", errors="backslashreplace")
    try:
        code = run(build(WIRING_COMMANDS), Frame(bring_up, serve_home, prepare_demo, reach, prepare_nodes, fixed_day))
    except ServerUnavailable as error:
        say(str(error))
        code = 2
    except KeyboardInterrupt:
        code = 130
    except Exception:  # 1 would say "no", 2 "refused" to a script: a fault of ours is neither
        traceback.print_exc()
        say("程序出错，没有办完。请把以上内容交给系统管理员。")
        code = FAULT
    sys.exit(code)


if __name__ == "__main__":
    main()
