"""Our own thin launcher of an embedded PostgreSQL server (ADR 0001).

One server a home, started by whichever command needs it first, shared by all
processes of the home and stopped by the last that leaves. Two file locks hold
this: ``start.lock`` (exclusive, short: nobody starts while another stops) and
``users.lock`` (shared, for the life of a process). A kill -9 frees the lock with
the process; the next command finds the server running, or starts it again.

Never trust: scram on a socket that only the server's user (and root) may open,
no TCP. As root the server runs as another user (``binaries.system_user``); a directory above
the home is never loosened: where that user cannot reach the home, data and
socket lie in ``/var/lib/xueji/<hash of the home>`` and the home remembers it.
"""

from __future__ import annotations

import atexit
import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg

from xueji.config.binaries import STATE_ROOT, ServerUnavailable, SystemUser, major_of, programs, system_user
from xueji.config.home import Home, write_private

OWNER = "xueji_owner"
DATABASE = "xueji"
PORT = 5432
SOCKET_LIMIT = 107 - len(f"/.s.PGSQL.{PORT}.lock")

# Modest: one machine, a handful of workers. Errors are logged without values, since a statement may
# hold an ID number (design §6.13).
CONFIGURATION = {
    "listen_addresses": "''",
    "unix_socket_permissions": "0700",
    "max_connections": "64",
    "shared_buffers": "'128MB'",
    "work_mem": "'16MB'",
    "maintenance_work_mem": "'128MB'",
    "max_wal_size": "'2GB'",
    "checkpoint_timeout": "'15min'",
    "wal_compression": "on",
    "max_logical_replication_workers": "0",
    "random_page_cost": "1.1",
    "jit": "off",
    "max_parallel_workers_per_gather": "1",
    "password_encryption": "'scram-sha-256'",
    "log_min_messages": "warning",
    "log_min_error_statement": "panic",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    "log_error_verbosity": "terse",
}
#: Tests: no care for loss of power, and room for two parallel runs that each open dozens of connections at once.
FORGETFUL = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_wal_size": "'256MB'",
    "max_connections": "300",
}


@dataclass(frozen=True, slots=True)
class Location:
    """Where the server of a home keeps its data and its socket."""

    data: Path
    socket: Path


def _mark(home: Home) -> str:
    return hashlib.sha256(str(home.path).encode()).hexdigest()[:16]


def _short_socket(home: Home, wanted: Path, user: SystemUser) -> Path:
    """A socket path has 107 bytes; a deep home gets its socket in a short private folder."""
    if len(os.fsencode(str(wanted))) <= SOCKET_LIMIT:
        return wanted
    base = STATE_ROOT if user.uid is not None else Path(os.environ.get("XDG_RUNTIME_DIR") or tempfile.gettempdir())
    return base / f"xueji-{os.geteuid()}-{_mark(home)}"


def locate(home: Home) -> Location:
    """The place of this home's server, chosen once and remembered in ``run/location.json``."""
    note = home.run / "location.json"
    elsewhere: Path | None = None
    if note.exists():
        values = json.loads(note.read_text(encoding="utf-8"))
        if values.get("home") == str(home.path):
            return Location(Path(values["data"]), Path(values["socket"]))
        elsewhere = _left_behind(Path(values["home"]), Path(values["data"]))
    home.prepare()
    user = system_user()
    base = home.path if user.may_enter(home.path) else STATE_ROOT / _mark(home)
    base = elsewhere or base
    location = Location(base / "pg", _short_socket(home, base / "run" / "pg", user))
    write_private(note, {"home": str(home.path), "data": str(location.data), "socket": str(location.socket)})
    return location


def _left_behind(old_home: Path, data: Path) -> Path | None:
    """For a home that was moved: the folder outside it that still holds its data, if they lie outside.

    Raises ``ServerUnavailable`` for a copy: two homes would write into one database.
    """
    if data.is_relative_to(old_home) or not data.exists():
        return None
    if old_home.exists():
        raise ServerUnavailable(
            f"这个数据目录是 {old_home} 的副本，数据库并没有一起复制（在 {data}）。"
            "请改用 xueji backup 和 xueji restore。"
        )
    return data.parent


class EmbeddedServer:
    """The server of one home; ``enter`` and ``leave`` are what other code needs.

    ``durable=False`` (tests only) trades safety against loss of power for speed.
    """

    def __init__(self, home: Home, *, durable: bool = True) -> None:
        self.home = home
        self.durable = durable
        self.user = system_user()
        self.location = locate(home)
        self._users: int | None = None
        self._pid = 0

    def conninfo(self, database: str = DATABASE) -> str:
        """libpq connection string of the owner."""
        return psycopg.conninfo.make_conninfo(
            "",
            host=str(self.location.socket),
            port=PORT,
            user=OWNER,
            password=self.home.secret("app_role.json", "owner"),
            dbname=database,
        )

    @contextmanager
    def _starting(self) -> Iterator[None]:
        with open(self.home.run / "start.lock", "a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def enter(self) -> EmbeddedServer:
        """Be counted as a user of the server; start it (and make its data) where it does not run."""
        if self._users is not None and self._pid == os.getpid():
            return self
        with self._starting():
            users = os.open(self.home.run / "users.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            fcntl.flock(users, fcntl.LOCK_SH)
            try:
                if not self._answers():
                    self._start()
            except BaseException:
                os.close(users)
                raise
            self._users, self._pid = users, os.getpid()
        atexit.register(self.leave)
        return self

    def leave(self) -> None:
        """No longer use the server; the last one that leaves stops it."""
        if self._users is None or self._pid != os.getpid() or not self.home.run.exists():
            return
        with self._starting():
            users, self._users = self._users, None
            os.close(users)
            probe = os.open(self.home.run / "users.lock", os.O_RDWR | os.O_CLOEXEC)
            try:
                fcntl.flock(probe, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                return
            else:
                self._control("stop", "-m", "fast")
            finally:
                os.close(probe)

    def take_over(self, other: EmbeddedServer) -> None:
        """Begin with a copy of the data of another home's server, which must not run; its passwords hold here too."""
        if (other.location.data / "postmaster.pid").exists():
            raise ServerUnavailable(f"{other.home.path} 的数据库正在运行，不能复制。")
        shutil.rmtree(self.location.data, ignore_errors=True)
        self._own_folder(self.location.data, 0o700)
        shutil.copytree(other.location.data, self.location.data, symlinks=True, dirs_exist_ok=True)
        if self.user.uid is not None and self.user.gid is not None:
            for path in (self.location.data, *self.location.data.rglob("*")):
                os.chown(path, self.user.uid, self.user.gid)

    def discard(self) -> None:
        """Remove the data. Raises ``ServerUnavailable`` where somebody uses the server."""
        with self._starting():
            users = os.open(self.home.run / "users.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if self._answers():  # left running by a process that was killed
                    self._control("stop", "-m", "fast")
                shutil.rmtree(self.location.data, ignore_errors=True)
            except BlockingIOError:
                raise ServerUnavailable(f"{self.home.path} 的数据库正在使用中，请先停止。") from None
            finally:
                os.close(users)

    def _answers(self) -> bool:
        if not (self.location.data / "PG_VERSION").exists():
            return False
        with suppress(psycopg.OperationalError):
            psycopg.connect(self.conninfo("postgres"), connect_timeout=5).close()
            return True
        return False

    def _start(self) -> None:
        if not (self.location.data / "PG_VERSION").exists():
            self._initialise()
        self._own_folder(self.location.socket, 0o700)
        log = self.location.data / "server.log"
        arguments = ("start", "-l", str(log), "-o", f"-k {self.location.socket}", "-t", "60")
        # After a kill -9 the dead server's children hold its memory for a moment longer.
        deadline = time.monotonic() + 15
        while not self._control(*arguments):
            if time.monotonic() > deadline:
                raise ServerUnavailable(f"数据库没有启动，请查看 {log}。")
            time.sleep(0.3)
        self._await()
        with psycopg.connect(self.conninfo("postgres"), autocommit=True) as connection:
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
                connection.execute(f"CREATE DATABASE {DATABASE}")

    def _await(self) -> None:
        for _ in range(300):
            if self._answers():
                return
            time.sleep(0.1)
        raise ServerUnavailable(f"数据库已启动但无法连接，请查看 {self.location.data / 'server.log'}。")

    def _control(self, *arguments: str) -> bool:
        """``pg_ctl`` as the server's user; whether it did what it was asked."""
        version = (self.location.data / "PG_VERSION").read_text().strip()
        folder = programs(self.user, int(version))
        command = [str(folder / "pg_ctl"), "-D", str(self.location.data), "-w", *arguments]
        # DEVNULL and not a pipe: the server would keep the pipe open for its whole life.
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=_clean_environment(),
            check=False,
            **self.user.options(),
        )
        return done.returncode == 0

    def _own_folder(self, folder: Path, mode: int) -> None:
        """A folder that belongs to the server's user; those above it (ours) are only passed through."""
        for parent in (folder.parent.parent, folder.parent):
            if not parent.exists():
                parent.mkdir(parents=True)
                parent.chmod(0o711)  # whatever the umask
        folder.mkdir(exist_ok=True, mode=mode)
        if folder.is_symlink():
            raise ServerUnavailable(f"{folder} 是一个链接，不能用作数据库的目录。")
        if self.user.uid is not None and self.user.gid is not None:
            os.chown(folder, self.user.uid, self.user.gid)
        elif folder.stat().st_uid != os.geteuid():
            raise ServerUnavailable(f"{folder} 属于别的用户，不能用作数据库的目录。")
        folder.chmod(mode)

    def _initialise(self) -> None:
        """``initdb``: scram only, UTF-8, order by code point (Chinese order is a stored pinyin key)."""
        folder = programs(self.user)
        data = self.location.data
        shutil.rmtree(data, ignore_errors=True)
        self._own_folder(data, 0o700)
        locale = ["--locale=C.UTF-8"]
        if major_of(folder) >= 17:
            locale = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C.UTF-8"]
        with tempfile.NamedTemporaryFile("w", prefix="xueji-", suffix=".init") as secret:
            secret.write(self.home.secret("app_role.json", "owner"))
            secret.flush()
            if self.user.uid is not None and self.user.gid is not None:
                os.chown(secret.name, self.user.uid, self.user.gid)
            done = subprocess.run(
                [
                    str(folder / "initdb"),
                    "-D",
                    str(data),
                    "-U",
                    OWNER,
                    "-A",
                    "scram-sha-256",
                    "--no-instructions",
                    "--encoding=UTF8",
                    "--pwfile",
                    secret.name,
                    *locale,
                ],
                capture_output=True,
                text=True,
                env=_clean_environment(),
                check=False,
                **self.user.options(),
            )
        if done.returncode != 0:
            shutil.rmtree(data, ignore_errors=True)
            raise ServerUnavailable(f"无法建立数据库目录 {data}：{done.stderr.strip()}")
        values = CONFIGURATION if self.durable else {**CONFIGURATION, **FORGETFUL}
        with open(data / "postgresql.conf", "a", encoding="utf-8") as stream:
            stream.write("".join(f"{name} = {value}\n" for name, value in values.items()))


def _clean_environment() -> dict[str, str]:
    """The process's environment without what would steer the server (PGDATA, PGPORT…)."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    return {**kept, "LC_ALL": "C.UTF-8"}
