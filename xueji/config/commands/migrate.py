"""``xueji migrate``: make or bring up the database."""

from __future__ import annotations

import click

from xueji.config.home import Home
from xueji.config.startup import migrate
from xueji.doors.cli.frame import emit, json_option, ready


@click.command("migrate", help="建立或升级数据库（命令与服务启动时也会自动进行）")
@json_option
def command(as_json: bool) -> None:
    path = ready()
    migrate(Home(path))
    emit({"migrated": True, "home": path}, as_json=as_json, text="数据库已是最新。")
