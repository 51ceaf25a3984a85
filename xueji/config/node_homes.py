"""The homes of a demo of many nodes: one database is migrated, the others are copies of its files.

Migrating each would take as long as the year that is played on them.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from xueji.config.binaries import ServerUnavailable
from xueji.config.demo_home import make_demo_home
from xueji.config.home import Home, write_private
from xueji.config.postgres import EmbeddedServer
from xueji.pure.kernel.types import Refused

_ROLES = "app_role.json"
#: A district has a thirteenth of the city: fourteen servers must fit on a modest machine.
_SMALLER = {"shared_buffers": "'32MB'", "maintenance_work_mem": "'32MB'", "max_wal_size": "'256MB'"}


def make_node_homes(folder: Path, names: Sequence[str], business_date: date, *, smaller: bool = True) -> None:
    """Empty demo homes of these names in ``folder``, each with a server and a migrated database of its own.

    Demo homes that stand there are removed. They all have the database passwords of the first. ``smaller``: with
    servers that leave room for a dozen others; else as any home's. Raises ``Refused`` where something else stands
    there, or one of them is in use.
    """
    for old in sorted(folder.iterdir()) if folder.exists() else []:
        _remove(Home(old))
    first, *others = (Home(folder / name) for name in names)
    make_demo_home(first, business_date, reset=True)
    environment = {name: value for name, value in os.environ.items() if name != "XUEJI_HOME"}
    command = [sys.executable, "-m", "xueji", "--home", str(first.path), "migrate"]
    subprocess.run(command, stdout=subprocess.DEVNULL, env=environment, check=True)
    source = EmbeddedServer(first)
    if smaller:
        with open(source.location.data / "postgresql.conf", "a", encoding="utf-8") as stream:
            stream.write("".join(f"{name} = {value}\n" for name, value in _SMALLER.items()))
    for home in others:
        home.prepare()
        shutil.copyfile(first.keys / _ROLES, home.keys / _ROLES)
        (home.keys / _ROLES).chmod(0o600)
        write_private(home.config_file, first.config())
        EmbeddedServer(home).take_over(source)


def _remove(home: Home) -> None:
    if not home.is_demo:
        raise Refused("demo.real-home", f"{home.path} 不是演示目录，没有改动。请用 --home 指定别的目录。")
    try:
        EmbeddedServer(home).discard()
    except ServerUnavailable as error:
        raise Refused("demo.in-use", str(error)) from None
    shutil.rmtree(home.path)
