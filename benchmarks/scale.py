"""What a node costs a million pupils: bytes and rows in the database, bytes of a snapshot, seconds to count it.

    python -m benchmarks.scale                                 a town of 20 schools × 300 pupils, thrown away afterwards
    python -m benchmarks.scale --schools 200 --pupils 1000     a larger one
    python -m benchmarks.scale --home DIR                      a home that is there: a demo, a city after some years

Each figure a pupil is told with what a million pupils make of it. Fixed costs (an empty database, code tables) are told
apart, so that a small town's figures serve. The snapshot is counted by every engine that this machine can run; their
tables must be the same, and the line that says what an engine lacks is printed where one cannot run. docs/scale.md
says what the figures mean. Nothing listens or sends but on 127.0.0.1.
"""

from __future__ import annotations

import argparse
import os
import shutil
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from benchmarks import town
from benchmarks.report import Figure, Report, machine, tell

PART = "scale"
MILLION = 1_000_000
ROOT = Path(__file__).resolve().parent.parent

# A table with its indexes and what is stored beside it; how many rows its statistics say after ANALYZE.
_TABLES = """
SELECT c.relname, pg_total_relation_size(c.oid), pg_indexes_size(c.oid), c.reltuples::bigint
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND n.nspname = 'public' ORDER BY 2 DESC
"""


@dataclass(frozen=True)
class Table:
    """A table of the database: bytes with indexes, bytes of the indexes alone, rows."""

    name: str
    bytes: int
    index_bytes: int
    rows: int


def measure(home: Path, report: Report, day: date) -> None:
    """All figures of the home in force."""
    tables, whole = _tables()
    by_name = {table.name: table for table in tables}
    pupils = by_name["register_student"].rows
    if not pupils:
        raise SystemExit("the home has no pupils")
    own = sum(table.bytes for table in tables)
    _tell_each(report, "entries in the journals", by_name["journals_entry"].rows, pupils, "rows")
    _tell_each(report, "rows of all tables", sum(table.rows for table in tables), pupils, "rows")
    _tell_each(report, "the database's tables with their indexes", own, pupils, "B")
    for name, starts in (("the journals", "journals_"), ("the register", "register_"), ("the work", "applications_")):
        part = [table for table in tables if table.name.startswith(starts)]
        _tell_each(report, f"of these, {name}", sum(table.bytes for table in part), pupils, "B")
    _tell_each(report, "of these, indexes", sum(table.index_bytes for table in tables), pupils, "B")
    for table in tables[:6]:
        _tell_each(report, f"table {table.name}", table.bytes, pupils, "B", f"{table.rows:,} rows")
    report.add(Figure(PART, "an empty database (fixed)", (whole - own) / 1e6, "MB"))
    for name in ("files", "anchor"):
        _tell_each(report, f"the home's {name}", _size(home / name), pupils, "B")
    _snapshot(home, report, day, pupils)


def _tell_each(report: Report, name: str, count: float, pupils: int, unit: str, note: str = "") -> None:
    each = count / pupils
    large = f"{each * MILLION / 1e9:,.2f} GB a million" if unit == "B" else f"{each:,.2f} million a million"
    report.add(Figure(PART, name, each, f"{unit} a pupil", note=", ".join(filter(None, (large, note)))))


def _tables() -> tuple[list[Table], int]:
    """Every table, largest first, and the bytes of the whole database."""
    from django.db import connections

    with connections["owner"].cursor() as cursor:
        cursor.execute("ANALYZE")
        cursor.execute(_TABLES)
        tables = [Table(*row) for row in cursor.fetchall()]
        cursor.execute("SELECT pg_database_size(current_database())")
        return tables, int(cursor.fetchone()[0])


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _snapshot(home: Path, report: Report, day: date, pupils: int) -> None:
    """The snapshot of a day: seconds, bytes, and its statistics by each engine."""
    from xueji.ground.accounts.context import acting_system
    from xueji.registry.register.selectors import present_cut
    from xueji.registry.snapshots import services

    begun = time.perf_counter()
    with acting_system():
        made = services.make(on=day, cut=present_cut())
    report.add(Figure(PART, "making the snapshot", _a_million(time.perf_counter() - begun, pupils), "s a million"))
    _tell_each(report, "the snapshot's files", _size(made.path), made.pupils or pupils, "B", f"{made.pupils:,} pupils")
    _count(made.path, report)


def _count(folder: Path, report: Report) -> None:
    from xueji.registry.statistics import engines

    digests: dict[str, str] = {}
    for engine in engines.ENGINES:
        lacking = engines.missing(engine)
        if lacking is not None:
            print(lacking)
            continue
        counted = engines.count(folder, engine)
        digests[engine] = counted.digest
        note = f"{counted.pupils:,} pupils, {counted.lines:,} lines, digest {counted.digest[:16]}"
        report.add(Figure(PART, f"statistics by {engine}, with its start", counted.seconds, "s", note=note))
    print(_verdict(digests))
    if len(set(digests.values())) > 1:
        raise SystemExit(1)


def _verdict(digests: Mapping[str, str]) -> str:
    if len(digests) < 2:
        return f"Counted by {', '.join(digests)} alone: nothing to compare with."
    same = len(set(digests.values())) == 1
    return f"The tables of {' and '.join(digests)} are {'the same' if same else 'NOT the same'}."


def _a_million(seconds: float, pupils: int) -> float:
    return seconds * MILLION / pupils


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.scale", description="What a node costs a million pupils"
    )
    parser.add_argument("--home", type=Path, help="measure this home instead of a town made for it")
    parser.add_argument("--schools", type=int, default=20)
    parser.add_argument("--pupils", type=int, default=300, help="pupils a school")
    parser.add_argument("--day", type=date.fromisoformat, default=town.SHOWN_ON, help="of the snapshot")
    parser.add_argument("--out", type=Path, default=ROOT / "var" / "scale.json")
    return parser.parse_args()


def main() -> None:
    """Make a town or take a home, measure, print the table."""
    chosen = _arguments()
    report = Report(small=False, machine=machine())
    if chosen.home is not None:
        from xueji.config.main import bring_up

        home = chosen.home.absolute()
        os.environ["XUEJI_HOME"] = str(home)
        bring_up(home)
        measure(home, report, chosen.day)
    else:
        (ROOT / "var").mkdir(exist_ok=True)
        home = Path(tempfile.mkdtemp(prefix="scale-", dir=ROOT / "var"))
        os.environ["XUEJI_HOME"] = str(home)
        try:
            stage = town.open_town(home, chosen.schools)
            tell(f"{town.fill(stage, chosen.pupils, leave=0)} pupils registered")
            measure(home, report, chosen.day)
        finally:
            _leave(home)
    report.write(chosen.out)
    print(report.table())


def _leave(home: Path) -> None:
    """Stop the home's server, which stops when nobody uses it, and take the home away."""
    import atexit

    from django.db import connections

    connections.close_all()
    atexit._run_exitfuncs()
    shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    main()
