"""What all commands share: the home, who acts, one line of JSON, exit codes (issue 2 "Commands").

A command module ``xueji/doors/cli/<name>.py`` has a click command or group called ``command``::

    @click.group("school", help="学校与代码")
    def command() -> None: ...

    @command.command("list")
    @json_option
    def list_schools(as_json: bool) -> None:
        ready()
        emit(rows, as_json=as_json, text=table)

``ready()`` brings the home up (server, migrations, Django); Django's models are imported after it, inside
functions. Exit codes: 0 done, findings included; 1 a negative answer (``negative()``); 2 bad usage,
unreadable file, or ``Refused``, whose sentence goes to stderr.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, is_dataclass
from datetime import date, datetime
from enum import Enum
from pathlib import Path
from typing import Any, NoReturn
from uuid import UUID

import click

from xueji.pure.kernel.types import Refused

json_option = click.option("--json", "as_json", is_flag=True, help="只在标准输出打印一行 JSON")


def _out_of_reach(home: Path) -> AbstractContextManager[str]:
    raise Refused("cli.reach", f"从这里不能打开另一个数据目录 {home}。请通过 xueji 命令运行。")


def _no_nodes(home: Path | None, names: Sequence[str], business_date: date) -> None:
    raise Refused("cli.nodes", "从这里不能建立多个节点。请通过 xueji 命令运行。")


def _no_day(home: Path | None) -> date | None:
    return None


@dataclass
class Frame:
    """Set by the entry point: what only the wiring can do, and who asks. ``home`` is None for the default one.

    ``bring_up(home)`` starts a home and gives its path. ``serve(home)`` serves it until stopped (this
    process becomes the server). ``prepare_demo(home, business_date, reset)`` makes a home a demo home with its
    fixed day, before ``ready()``; a home with a register is refused, or with ``reset`` emptied first if it is a
    demo home (``Refused`` if not). ``reach(home)`` has another home's database running and gives its owner's
    connection string for the time of a block. ``prepare_nodes(home, names, business_date)`` makes empty demo homes
    of these names below a demo home, in ``nodes``, migrated. ``fixed_day(home)``: a demo home's day, None where there
    is no such home or the real clock runs; reads one file and makes nothing.
    """

    bring_up: Callable[[Path | None], Path]
    serve: Callable[[Path], int]
    prepare_demo: Callable[[Path | None, date, bool], None]
    reach: Callable[[Path], AbstractContextManager[str]] = _out_of_reach
    prepare_nodes: Callable[[Path | None, Sequence[str], date], None] = _no_nodes
    fixed_day: Callable[[Path | None], date | None] = _no_day
    home: Path | None = None
    login: str | None = None
    up: bool = False

    def ready(self) -> Path:
        """Bring the home up once; its path."""
        if not self.up:
            self.home = self.bring_up(self.home)
            self.up = True
        assert self.home is not None
        return self.home


def frame() -> Frame:
    """The frame of the command that runs."""
    found = click.get_current_context().find_object(Frame)
    if found is None:
        raise click.UsageError("请通过 xueji 命令运行。")
    return found


def ready() -> Path:
    """Bring the home up: afterwards Django's models can be imported. The home's path."""
    return frame().ready()


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if isinstance(value, (UUID, Path)):
        return str(value)
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, (set, frozenset, tuple)):
        return list(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")


def emit(value: Any, *, as_json: bool, text: str | None = None) -> None:
    """Print the result: one line of JSON, or ``text`` (without it, the value set out over several lines)."""
    if as_json:
        print(json.dumps(value, ensure_ascii=False, default=_plain), flush=True)  # noqa: T201
    elif text is not None:
        click.echo(text)
    else:
        click.echo(json.dumps(value, ensure_ascii=False, default=_plain, indent=2))


def say(sentence: str) -> None:
    """Tell the person something beside the result (stderr)."""
    click.echo(sentence, err=True)


def negative() -> NoReturn:
    """End with a negative answer, after ``emit``."""
    sys.exit(1)


def unreadable(sentence: str) -> NoReturn:
    """End because a file or value given cannot be used."""
    say(sentence)
    sys.exit(2)
