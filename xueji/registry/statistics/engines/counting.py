"""What an engine counts, and which engines there are."""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from xueji.pure.kernel.types import Refused
from xueji.registry.snapshots.layout import MANIFEST
from xueji.registry.statistics.engines import embedded, spark

#: Coded columns by which the stock is counted, as far as the snapshot has them.
STOCK_BY = ("bureau", "stage", "grade", "birth_month", "hukou_type", "attendance_mode", "migrant_worker_child")

Line = tuple[str, ...]
Lines = tuple[Line, ...]

_COUNT: Mapping[str, Callable[[Path, Sequence[str]], Mapping[str, Lines]]] = {
    "embedded": embedded.lines_of,
    "spark": spark.lines_of,
}
ENGINES = tuple(_COUNT)


@dataclass(frozen=True)
class Counted:
    """The tables of one snapshot, each a sorted tuple of lines of text.

    ``totals``: school, cohort, grade, sex, then 在籍, 在校 and what lies between; ``by_<column>``: value, sex, 在籍,
    在校; ``classes``: stage, size, how many of that size. ``seconds``: how long the engine took, with its start.
    """

    engine: str
    tables: Mapping[str, Lines]
    seconds: float

    @cached_property
    def digest(self) -> str:
        """SHA-256 (hex) of all lines of all tables: the same for every engine."""
        whole = hashlib.sha256()
        for name in sorted(self.tables):
            for line in (f"# {name}", *("|".join(cells) for cells in self.tables[name])):
                whole.update(f"{line}\n".encode())
        return whole.hexdigest()

    @property
    def pupils(self) -> int:
        """How many are registered."""
        return sum(int(cells[2]) for cells in self.tables["by_stage"])

    @property
    def lines(self) -> int:
        """How many lines all tables have."""
        return sum(map(len, self.tables.values()))


def count(folder: Path, engine: str) -> Counted:
    """Count the snapshot in ``folder`` by an engine.

    Raises ``Refused`` ``statistics.no_snapshot`` where there is none, ``statistics.engine_missing`` where the engine
    cannot run on this machine.
    """
    try:
        columns = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))["columns"]
    except (OSError, ValueError, KeyError):
        raise Refused(
            "statistics.no_snapshot",
            f"目录 {folder} 里没有快照（缺少 {MANIFEST} 或内容不全）。请用“xueji snapshot make”生成到这里，再统计。",
        ) from None
    lacking = missing(engine)
    if lacking is not None:
        raise Refused("statistics.engine_missing", lacking)
    begun = time.perf_counter()
    tables = _COUNT[engine](folder, [column for column in STOCK_BY if column in columns])
    return Counted(engine, tables, time.perf_counter() - begun)


def missing(engine: str, environment: Mapping[str, str] | None = None) -> str | None:
    """What this machine lacks to run an engine, as a sentence with its remedy; None where it can run."""
    return spark.missing(os.environ if environment is None else environment) if engine == "spark" else None
