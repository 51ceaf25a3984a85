"""The test cluster and its template database (used by ``tests.database``)."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg
from psycopg import sql

from xueji.config.databases import owner_conninfo
from xueji.config.home import Home
from xueji.config.postgres import EmbeddedServer
from xueji.config.roles import prepare_roles

ROOT = Path(__file__).resolve().parent.parent
MEMORY = Path("/dev/shm")  # noqa: S108
ROOM_NEEDED = 3 * 2**30


def _place() -> Path:
    """In memory where there is room: a clone is hundreds of small files, ten times faster there."""
    try:
        if shutil.disk_usage(MEMORY).free > ROOM_NEEDED and os.access(MEMORY, os.W_OK):
            return MEMORY / f"xueji-test-{os.geteuid()}-{hashlib.sha256(str(ROOT).encode()).hexdigest()[:8]}"
    except OSError:
        pass
    return ROOT / "var" / "test-home"


TEST_HOME = Home(_place())
# One log-in for all test databases: every clone inherits the template's grants to the group.
ROLE_BASE = "test"
KEPT_TEMPLATES = 2
_held: list[int] = []  # open lock files of the templates that this process clones


def template_name() -> str:
    """Named after all that shapes an empty database."""
    digest = hashlib.sha256()
    files = [*ROOT.glob("xueji/**/migrations/*.py"), *ROOT.glob("xueji/**/*.sql"), ROOT / "xueji/config/roles.py"]
    for sources in ("policies.py", "tables.py", "guards.py", "digests.py"):  # SQL that migrations import
        files += ROOT.glob(f"xueji/**/{sources}")
    for path in sorted(files):
        digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes() + b"\0")
    return f"xueji_template_{digest.hexdigest()[:16]}"


def admin() -> psycopg.Connection:
    """The owner's autocommit connection to the maintenance database."""
    return psycopg.connect(owner_conninfo(TEST_HOME, "postgres"), autocommit=True)


@contextmanager
def _exclusive() -> Iterator[None]:
    with open(TEST_HOME.run / "template.lock", "a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def open_cluster() -> EmbeddedServer | None:
    """The running test cluster; None where ``DATABASE_URL`` names another server."""
    TEST_HOME.prepare()
    with _exclusive():
        for role in ("application", "owner"):
            TEST_HOME.secret("app_role.json", role)
    return None if os.environ.get("DATABASE_URL") else EmbeddedServer(TEST_HOME, durable=False).enter()


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def sweep(connection: psycopg.Connection, current: str) -> None:
    """Drop clones of dead runs and templates of older migrations."""
    names = [row[0] for row in connection.execute("SELECT datname FROM pg_database ORDER BY oid DESC").fetchall()]
    stale = [name for name in names if name.startswith("xueji_test_") and not _alive(int(name.split("_")[2]))]
    templates = [name for name in names if name.startswith("xueji_template_") and name != current]
    for name in [*stale, *[one for one in templates[KEPT_TEMPLATES:] if not _in_use(one)]]:
        with suppress(psycopg.Error):
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name)))


def _use(name: str) -> int:
    """Hold a template for the life of this process, so that no other run sweeps it away."""
    lock = os.open(TEST_HOME.run / f"{name}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    fcntl.flock(lock, fcntl.LOCK_SH)
    return lock


def _in_use(name: str) -> bool:
    path = TEST_HOME.run / f"{name}.lock"
    with open(path, "a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return True
    path.unlink(missing_ok=True)
    return False


def ensure_template() -> str:
    """Make the template where this state of the migrations has none; its name."""
    from django.core.management import call_command

    from tests.database import point_at

    name = template_name()
    with _exclusive(), admin() as connection:
        _held.append(_use(name))
        sweep(connection, name)
        if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            return name
        part = f"{name}_part"
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(part)))
        create = sql.SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8'")
        connection.execute(create.format(sql.Identifier(part)))
        with psycopg.connect(owner_conninfo(TEST_HOME, part), autocommit=True) as inside:
            prepare_roles(inside, part, TEST_HOME.secret("app_role.json", "application"), login=ROLE_BASE)
        point_at(part)
        call_command("migrate", database="owner", verbosity=0, interactive=False)
        point_at("postgres")
        connection.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(part), sql.Identifier(name)))
    return name


def clone(template: str, name: str) -> None:
    """A copy of the template, by file copy inside the server."""
    from xueji.config.databases import login_role

    with admin() as connection:
        create = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY")
        connection.execute(create.format(sql.Identifier(name), sql.Identifier(template)))
        connection.execute(
            sql.SQL("GRANT CONNECT, TEMPORARY ON DATABASE {} TO {}").format(
                sql.Identifier(name), sql.Identifier(login_role(ROLE_BASE))
            )
        )


def close(name: str) -> None:
    """Let nobody connect any more, the server's own vacuum least of all: what is cloned must be at rest."""
    with admin() as connection:
        connection.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS false").format(sql.Identifier(name)))


def drop(name: str) -> None:
    with admin() as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
