"""Brings an installation up: home, server, roles, Django, migrations. All entry points come through here."""

from __future__ import annotations

import fcntl
import gc
import io
import os
from collections.abc import Iterator
from contextlib import contextmanager

import django
import psycopg
from django.core.management import call_command

from xueji.config.databases import database_url, owner_conninfo, owner_parameters
from xueji.config.home import Home
from xueji.config.postgres import EmbeddedServer
from xueji.config.roles import prepare_roles
from xueji.config.rulebooks import bring_into_step
from xueji.pure.kernel.environment import FixedDayEnvironment, set_default_environment


@contextmanager
def _alone(home: Home) -> Iterator[None]:
    """While a process makes what a home lacks, the others of this home wait: two that began a new one at the same
    moment (a server and a command) would each make their own secrets and tables. A kill frees the lock."""
    with open(home.run / "start-up.lock", "a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def open_home(home: Home) -> EmbeddedServer | None:
    """Make the home's folders and secrets, and have its server running. None with ``DATABASE_URL``."""
    home.prepare()
    os.environ["XUEJI_HOME"] = str(home.path)
    with _alone(home):
        for file, name in (("app_role.json", "owner"), ("app_role.json", "application"), ("web.json", "secret_key")):
            home.secret(file, name)
        if database_url() is not None:
            _ensure_database(home)
            return None
    return EmbeddedServer(home).enter()


def _ensure_database(home: Home) -> None:
    """Make the database that ``DATABASE_URL`` names where it is missing and the owner may."""
    name = owner_parameters(home)["dbname"]
    try:
        psycopg.connect(owner_conninfo(home)).close()
    except psycopg.OperationalError as error:
        with psycopg.connect(owner_conninfo(home, "postgres"), autocommit=True) as connection:
            if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
                raise error
            connection.execute(psycopg.sql.SQL("CREATE DATABASE {}").format(psycopg.sql.Identifier(name)))


def configure(home: Home) -> None:
    """Load Django for ``home``; a demo home's fixed business date becomes the clock."""
    os.environ["XUEJI_HOME"] = str(home.path)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "xueji.config.settings")
    business_date = home.business_date
    if business_date is not None:
        set_default_environment(FixedDayEnvironment(business_date))
    django.setup()


def migrate(home: Home) -> None:
    """Roles and grants, then all migrations as the owner. Idempotent; says nothing."""
    name = owner_parameters(home)["dbname"]
    with psycopg.connect(owner_conninfo(home), autocommit=True) as connection:
        prepare_roles(connection, name, home.secret("app_role.json", "application"))
    call_command("migrate", database="owner", verbosity=0, interactive=False, stdout=io.StringIO())


def needs_migration(home: Home) -> bool:
    """Whether the database lacks tables or migrations that this version has (cheap: one query)."""
    from django.db import connections
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connections["owner"])
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def settle() -> None:
    """Spare the garbage collector what was loaded for good: it looked through half a million objects again and
    again while rosters were read, a sixth of the processor time."""
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


def start(home: Home | None = None, *, migrated: bool = True, in_step: bool = True) -> Home:
    """Everything a command, server or worker needs. Raises ``ServerUnavailable`` in plain Chinese.

    ``in_step``: the rulebook in force is one that this program can work with, else ``Refused`` (``config.rulebooks``).
    """
    home = home or Home.current()
    open_home(home)
    configure(home)
    if migrated:
        with _alone(home):
            if needs_migration(home):
                migrate(home)
            complete(home)
            if in_step:
                bring_into_step(home)
    settle()
    return home


def complete(home: Home) -> None:
    """Keys of a new home; heads that a crash kept from the anchor. Raises ``Refused`` where keys were lost."""
    from xueji.ground.journals.services import anchor_missing_heads
    from xueji.ground.keys.services import prepare_home_keys

    prepare_home_keys(home)
    anchor_missing_heads()
