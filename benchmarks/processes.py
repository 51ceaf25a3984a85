"""Processor time and memory of process trees, from /proc."""

from __future__ import annotations

import os
from pathlib import Path

_TICK = os.sysconf("SC_CLK_TCK")


def children_of(pid: int) -> list[int]:
    """This process and all that descend from it."""
    parents: dict[int, list[int]] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            parent = _parent(int(folder.name))
            if parent is not None:
                parents.setdefault(parent, []).append(int(folder.name))
    found, waiting = [], [pid]
    while waiting:
        one = waiting.pop()
        found.append(one)
        waiting.extend(parents.get(one, []))
    return found


def _fields(pid: int) -> list[str]:
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return []
    return text.rpartition(")")[2].split()


def _parent(pid: int) -> int | None:
    values = _fields(pid)
    return int(values[1]) if values else None


def processor_seconds(pid: int) -> float:
    """User and system time of a tree, with that of children which ended."""
    total = 0
    for one in children_of(pid):
        values = _fields(one)
        if values:
            total += sum(int(value) for value in values[11:15])
    return total / _TICK


def memory_mb(pid: int) -> float:
    """Proportional memory (PSS: shared pages are counted once over all sharers) of a tree, in MB."""
    total = 0
    for one in children_of(pid):
        try:
            text = Path(f"/proc/{one}/smaps_rollup").read_text(encoding="utf-8")
        except OSError:
            continue
        total += sum(int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:"))
    return total / 1024


def resident_mb(pid: int) -> float:
    """Resident memory (RSS) of a tree, in MB; shared pages count in every process."""
    page = os.sysconf("SC_PAGE_SIZE")
    total = 0
    for one in children_of(pid):
        try:
            total += int(Path(f"/proc/{one}/statm").read_text(encoding="utf-8").split()[1]) * page
        except OSError:
            continue
    return total / 2**20


def postmaster(data: Path) -> int | None:
    """Process id of the database server whose data lie there."""
    try:
        return int((data / "postmaster.pid").read_text(encoding="utf-8").split()[0])
    except OSError:
        return None
