"""The log files of a home: a file a day, kept as long as the rulebook says, then removed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Final

NAME: Final = "xueji.log"
_OLD = re.compile(r"^xueji-(\d{4}-\d{2}-\d{2})\.log$")


@dataclass(frozen=True, slots=True)
class LogFile:
    """A file; ``day`` None for the one that is written now."""

    name: str
    day: date | None
    bytes: int


def log_files(folder: Path) -> list[LogFile]:
    """All of them, the present one first, then the last first."""
    found = []
    for path in folder.glob("xueji*.log") if folder.is_dir() else ():
        old = _OLD.match(path.name)
        if old or path.name == NAME:
            found.append(LogFile(path.name, date.fromisoformat(old[1]) if old else None, path.stat().st_size))
    return sorted(found, key=lambda one: (one.day is not None, -(one.day.toordinal() if one.day else 0)))


def rotate(folder: Path, day: date, kept_days: int) -> list[str]:
    """Put today's file aside under the day's name and remove what is too old; returns what was removed.

    Writers notice that their file has gone and begin a new one (``WatchedFileHandler``). A second run on a day adds
    nothing: the file stays where its name is taken.
    """
    present, aside = folder / NAME, folder / f"xueji-{day.isoformat()}.log"
    if present.exists() and present.stat().st_size and not aside.exists():
        present.rename(aside)
    gone = [one.name for one in log_files(folder) if one.day and one.day < day - timedelta(days=kept_days)]
    for name in gone:
        (folder / name).unlink(missing_ok=True)
    return gone
