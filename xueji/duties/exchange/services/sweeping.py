"""Files of packages go when they are not needed any more, or the disk would fill.

A package that was answered or superseded is never sent again: a later one holds all that was not acknowledged. What
was written down of it stays.
"""

from __future__ import annotations

import time
from contextlib import suppress
from pathlib import Path

from xueji.duties.exchange.models import Package, PackageState
from xueji.duties.exchange.services.arriving import inbox
from xueji.duties.exchange.services.exporting import SUFFIX, outbox
from xueji.ground.accounts.context import acting_system

_ABANDONED = 86_400  # seconds after which a file that is still being written was left by a process that ended


def sweep() -> int:
    """Take away the files of packages that were answered or superseded, and what killed processes left; how many."""
    swept = 0
    names = {path.name: path for path in outbox().glob(f"[!.]*{SUFFIX}")} if outbox().exists() else {}
    if names:
        with acting_system():
            done = Package.objects.filter(direction="out").exclude(state=PackageState.MADE)
            numbers = {_number(name) for name in names}
            rows = set(done.filter(number__in=numbers).values_list("peer", "number"))
        for name, path in names.items():
            if (name.rpartition("-")[0], _number(name)) in rows:
                swept += _gone(path)
    for folder in (outbox(), inbox()):
        for path in folder.glob(".*") if folder.exists() else ():
            with suppress(FileNotFoundError):
                if time.time() - path.stat().st_mtime > _ABANDONED:
                    swept += _gone(path)
    return swept


def _number(name: str) -> int:
    digits = name.removesuffix(SUFFIX).rpartition("-")[2]
    return int(digits) if digits.isdigit() else 0


def _gone(path: Path) -> int:
    with suppress(FileNotFoundError):
        path.unlink()
        return 1
    return 0
