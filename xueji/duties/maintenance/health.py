"""How this installation is: version, database, worker and jobs, packages, backups, disk, logs. Nothing of a pupil."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils import timezone

from xueji.duties.maintenance import upkeep
from xueji.duties.maintenance.log_files import LogFile, log_files
from xueji.ground.parameters import selectors as parameters
from xueji.pure.kernel.environment import environment, today

#: A worker that has not shown itself for so long is not there; it does so every ten seconds.
WORKER_SILENT = timedelta(minutes=2)
#: Below this share of free space the disk is to be looked at, below the second it is in danger.
DISK_SOON, DISK_WRONG = 0.2, 0.1


@dataclass(frozen=True, slots=True)
class Check:
    """One line of health: ``state`` as the pages' colours (done, soon, wrong, open)."""

    key: str
    title: str
    state: str
    text: str


@dataclass(frozen=True, slots=True)
class Queue:
    """Packages of a direction and state."""

    direction: str
    state: str
    packages: int
    oldest: datetime | None


@dataclass(frozen=True, slots=True)
class Health:
    """All of it; ``versions`` by title."""

    checks: tuple[Check, ...]
    versions: Mapping[str, str]
    packages: tuple[Queue, ...]
    logs: tuple[LogFile, ...]


_JOBS = """
SELECT (SELECT now() - max(last_heartbeat) FROM procrastinate_workers),
  (SELECT count(*) FROM procrastinate_jobs WHERE status = 'todo' AND (scheduled_at IS NULL OR scheduled_at <= now())),
  (SELECT count(*) FROM procrastinate_jobs WHERE status = 'failed'),
  pg_database_size(current_database()), current_setting('server_version'),
  (SELECT count(*) FROM django_migrations)
"""


def is_alive() -> bool:
    """Whether the database answers: all that the open address tells."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        return bool(cursor.fetchone() == (1,))


def look() -> Health:
    """Look at everything; three statements and a few files."""
    home = Path(settings.XUEJI_HOME)
    with connection.cursor() as cursor:
        cursor.execute(_JOBS)
        silent, waiting, failed, size, server, migrations = cursor.fetchone() or (None, 0, 0, 0, "", 0)
        cursor.execute("SELECT direction, state, packages, oldest FROM maintenance_packages() ORDER BY 1, 2")
        packages = tuple(Queue(*row) for row in cursor.fetchall())
    book = parameters.rulebook(today())
    done, logs = upkeep.last(home), tuple(log_files(home / "logs"))
    checks = (
        _worker(silent, waiting),
        Check("jobs", "失败的后台任务", "wrong" if failed else "done", f"{failed} 件" if failed else "没有"),
        _since("backup", "最近备份", done.get(upkeep.BACKUP), int(book.settings["backup_days"])),
        _since("restore_test", "最近恢复演练", done.get(upkeep.RESTORE_TEST), int(book.settings["restore_test_days"])),
        _disk(home, size),
        _queue(packages, int(book.settings["package_answer_days"])),
        _logs(logs, int(book.settings["log_kept_days"])),
    )
    versions = {
        "程序": _version(),
        "数据库": f"PostgreSQL {server}",
        "数据库结构": f"第 {migrations} 步",
        "规则册": book.version[:12],
    }
    return Health(checks, versions, packages, logs)


def _version() -> str:
    try:
        return version("xueji")
    except PackageNotFoundError:
        return "未安装"


def _worker(silent: timedelta | None, waiting: int) -> Check:
    """``silent``: since its last heartbeat, by the clock of the machine, which both stamped."""
    if silent is None or silent > WORKER_SILENT:
        return Check("worker", "后台任务", "wrong", "没有在运行，请检查服务 xueji 是否启动")
    return Check("worker", "后台任务", "done", f"正在运行，{waiting} 件等待" if waiting else "正在运行")


def _since(key: str, title: str, done: upkeep.Done | None, days: int) -> Check:
    if done is None:
        return Check(key, title, "wrong", "还没有做过")
    if done.values.get("verified") is False:
        return Check(key, title, "wrong", f"{_moment(done.at)}，核验有问题")
    state = "done" if environment().now() - done.at <= timedelta(days=days) else "soon"
    late = "" if state == "done" else f"，已超过 {days} 天"
    return Check(key, title, state, f"{_moment(done.at)}，变动记录 {done.values.get('entries', '—')} 条{late}")


def _disk(home: Path, database: int) -> Check:
    usage = shutil.disk_usage(home)
    free = usage.free / usage.total
    state = "wrong" if free < DISK_WRONG else "soon" if free < DISK_SOON else "done"
    text = f"可用 {_size(usage.free)}（{free:.0%}），数据库 {_size(database)}"
    return Check("disk", "磁盘", state, text)


def _queue(packages: tuple[Queue, ...], days: int) -> Check:
    made = next((one for one in packages if (one.direction, one.state) == ("out", "made")), None)
    if made is None:
        return Check("packages", "数据包", "done", "没有等待回执的")
    late = made.oldest is not None and environment().now() - made.oldest > timedelta(days=days)
    return Check(
        "packages", "数据包", "soon" if late else "progress", f"{made.packages} 个等待回执，最早 {_moment(made.oldest)}"
    )


def _logs(logs: tuple[LogFile, ...], kept_days: int) -> Check:
    if not logs:
        return Check("logs", "运行日志", "open", "还没有日志文件")
    old = [one.day for one in logs if one.day]
    since = f"，最早 {min(old).isoformat()}" if old else ""
    size = sum(one.bytes for one in logs)
    return Check("logs", "运行日志", "done", f"{len(logs)} 个文件，共 {_size(size)}{since}；保留 {kept_days} 天")


def _moment(at: datetime | None) -> str:
    return timezone.localtime(at).strftime("%Y-%m-%d %H:%M") if at else "—"


def _size(count: float) -> str:
    for unit in ("字节", "KB", "MB", "GB"):
        if count < 1000 or unit == "GB":
            return f"{count:.0f} {unit}" if unit in ("字节", "KB") else f"{count:.1f} {unit}"
        count /= 1000
    return ""


def as_json(found: Health) -> dict[str, Any]:
    """For a command or a monitor."""
    return {
        "checks": {one.key: {"state": one.state, "text": one.text} for one in found.checks},
        "versions": dict(found.versions),
    }
