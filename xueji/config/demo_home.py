"""Making a demo home, and emptying one. A home with real data is never touched."""

from __future__ import annotations

import shutil
from datetime import date

import psycopg
from psycopg import sql

from xueji.config.databases import database_url, owner_conninfo, owner_parameters
from xueji.config.home import Home
from xueji.config.postgres import EmbeddedServer
from xueji.pure.kernel.types import Refused


def _holds_register(home: Home) -> bool:
    """Whether anything was ever written into a journal."""
    try:
        with psycopg.connect(owner_conninfo(home)) as connection:
            row = connection.execute("SELECT to_regclass('journals_entry') IS NOT NULL").fetchone()
            if not row or not row[0]:
                return False
            row = connection.execute("SELECT EXISTS (SELECT FROM journals_entry)").fetchone()
    except psycopg.OperationalError:
        return False
    return bool(row and row[0])


def make_demo_home(home: Home, business_date: date, *, reset: bool) -> None:
    """Make ``home`` an empty demo home whose clock stands on ``business_date``.

    Raises ``Refused`` when it holds a register, unless ``reset`` is given and it is a demo home.
    """
    home.prepare()
    for name in ("owner", "application"):
        home.secret("app_role.json", name)
    server = None if database_url() else EmbeddedServer(home).enter()
    try:
        if _holds_register(home):
            if not reset:
                remedy = "要打开它，请用 xueji serve；如要重建演示城市，请加 --reset；或用 --home 指定别的目录。"
                raise Refused("demo.not-empty", f"数据目录 {home.path} 里已有学籍，没有改动。{remedy}")
            if not home.is_demo:
                remedy = "请用 --home 指定别的目录。"
                raise Refused("demo.real-home", f"数据目录 {home.path} 不是演示目录，不能清空。{remedy}")
        if reset and home.is_demo:
            _empty(home)
        home.set_config(demo=True, business_date=business_date.isoformat())
    finally:
        if server is not None:
            server.leave()


def _empty(home: Home) -> None:
    """Drop the database's contents and all that belongs to them; the server and its roles stay."""
    name = owner_parameters(home)["dbname"]
    with psycopg.connect(owner_conninfo(home), autocommit=True) as connection:
        others = connection.execute(
            "SELECT count(*) FROM pg_stat_activity "
            "WHERE datname = %s AND pid <> pg_backend_pid() AND backend_type = 'client backend'",
            [name],
        ).fetchone()
        if others and others[0]:
            raise Refused("demo.in-use", "演示城市正在使用中（可能已在运行 xueji serve）。请先停止，再重建。")
        connection.execute(sql.SQL("DROP SCHEMA public CASCADE"))
        connection.execute(sql.SQL("CREATE SCHEMA public"))
    for folder in (home.files, home.snapshots, home.demo_files, home.anchor.parent, home.path / "exchange"):
        shutil.rmtree(folder, ignore_errors=True)
    for file in ("master.json", "signing.json", "blind.json", "web.json", "node.json"):
        (home.keys / file).unlink(missing_ok=True)
    home.prepare()
