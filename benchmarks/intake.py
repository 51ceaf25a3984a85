"""(a) Workbooks from upload to approved registrations, against reading them and COPY of the same values.

The baseline in the same run: the same parser reads the same files, and the same values go by COPY into a plain table
without index or constraint in the same database.
"""

from __future__ import annotations

import cProfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import town
from benchmarks.processes import postmaster, processor_seconds
from benchmarks.report import Figure, Report, tell

if TYPE_CHECKING:
    from xueji.doors.demo.city import SchoolPlan
    from xueji.doors.demo.rosters import Stage

PART = "intake"


def write_workbooks(stage: Stage, count: int, rows: int) -> list[tuple[SchoolPlan, Path]]:
    """The workbooks of ``count`` schools that have no pupil yet."""
    from xueji.doors.demo.workbooks import write_roster

    schools = town.empty_schools(stage)[:count]
    if len(schools) < count:
        raise SystemExit(f"the home has only {len(schools)} schools without pupils; take an empty home")
    wanted = town.columns()
    made = []
    for school, places in town.rosters(stage, rows, schools):
        path = stage.folder / f"bench-{school.code}-{rows}.xlsx"
        write_roster(path, wanted, places, town.KIND)
        made.append((school, path))
    return made


def read_and_copy(paths: list[Path]) -> int:
    """The baseline: parse each workbook, COPY its values into a plain table of text columns."""
    from django.db import connections
    from python_calamine import CalamineWorkbook

    table = "bench_plain"
    total = 0
    with connections["owner"].cursor() as cursor:
        width = len(town.columns())
        cursor.execute(f"DROP TABLE IF EXISTS {table}")
        cursor.execute(f"CREATE TABLE {table} ({', '.join(f'c{i} text' for i in range(width))})")
        for path in paths:
            sheet = CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0)
            rows = sheet.to_python(skip_empty_area=False)[1:]
            with cursor.copy(f"COPY {table} FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
            total += len(rows)
        cursor.execute(f"DROP TABLE {table}")
    return total


def _server_pid() -> int | None:
    from xueji.config.home import Home
    from xueji.config.postgres import locate

    return postmaster(locate(Home.current()).data)


def measure(
    stage: Stage, report: Report, *, workbooks: int, rows: int, profile: cProfile.Profile | None = None
) -> None:
    """Run the baseline and the whole way; the figures go to ``report``."""
    from xueji.doors.demo.rosters import load_workbook

    begun = time.perf_counter()
    made = write_workbooks(stage, workbooks + 1, rows)
    tell(f"wrote {len(made)} workbooks of {rows} rows in {time.perf_counter() - begun:.1f} s")
    # One more before the clock runs: the reader's process, plans and caches of a server that has been up for a while.
    (first, warm), rest = made[0], made[1:]
    load_workbook(stage, first, town.KIND, warm)
    read_and_copy([warm])
    begun = time.perf_counter()
    read = read_and_copy([path for _, path in rest])
    plain = time.perf_counter() - begun
    registered = 0
    server = _server_pid()
    spent = time.process_time(), processor_seconds(server) if server else 0.0
    if profile is not None:
        profile.enable()
    begun = time.perf_counter()
    for school, path in rest:
        registered += load_workbook(stage, school, town.KIND, path)
    whole = time.perf_counter() - begun
    if profile is not None:
        profile.disable()
    ours = time.process_time() - spent[0]
    base = (processor_seconds(server) - spent[1]) if server else 0.0
    what = f"{len(rest)} workbooks × {rows} rows × {len(town.columns())} columns"
    report.add(
        Figure(PART, "upload to approved registrations", registered / whole, "rows/s", 5000, "high", what),
        Figure(PART, "the same over reading and COPY", whole / plain, "×", 4.0, "low", "one run, one machine"),
        Figure(PART, "baseline: read and COPY", read / plain, "rows/s"),
        Figure(
            PART, "registered of rows", registered / read * 100, "%", None, "high", "the rest is parked as doubtful"
        ),
        Figure(PART, "processor time of the process a 1,000 rows", ours / read * 1000, "s"),
        Figure(PART, "processor time of the database a 1,000 rows", base / read * 1000, "s"),
    )


def measure_small(stage: Stage, report: Report, *, schools: int, rows: int = 50) -> None:
    """Small rosters, where the fixed cost counts."""
    from xueji.doors.demo.rosters import load_workbook

    made = write_workbooks(stage, schools + 1, rows)
    load_workbook(stage, made[0][0], town.KIND, made[0][1])
    begun = time.perf_counter()
    for school, path in made[1:]:
        load_workbook(stage, school, town.KIND, path)
    each = (time.perf_counter() - begun) / schools
    report.add(Figure(PART, f"a roster of {rows} rows, upload to approval", each, "s", 0.25, "low"))
