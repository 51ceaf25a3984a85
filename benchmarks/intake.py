"""(a) Workbooks from upload to approved registrations, against reading them and COPY of the same values.

The baseline in the same run, by as many processes: the same parser reads the same files, and the same values go by COPY
into a plain table without index or constraint in the same database.
"""

from __future__ import annotations

import cProfile
import multiprocessing
import os
import pstats
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from queue import Empty
from typing import TYPE_CHECKING

from benchmarks import town
from benchmarks.processes import postmaster, processor_seconds
from benchmarks.report import Figure, Report, tell

if TYPE_CHECKING:
    from multiprocessing.queues import Queue
    from multiprocessing.synchronize import Barrier

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


def read_and_copy(paths: Sequence[Path]) -> int:
    """The baseline: parse each workbook, COPY its values into a plain table of text columns."""
    from django.db import connections
    from python_calamine import CalamineWorkbook

    table = f"bench_plain_{os.getpid()}"
    total = 0
    with connections["owner"].cursor() as cursor:
        width = len(town.columns())
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


@dataclass(frozen=True)
class Share:
    """What one process found: (begin, end) of both parts on the machine's clock, rows, processor seconds."""

    plain: tuple[float, float]
    whole: tuple[float, float]
    read: int
    registered: int
    processor: float


def _work(home: Path, schools: int, books: list[tuple[str, Path]], ready: Barrier, answers: Queue[Share]) -> None:
    """One process: warm up with its first workbook, then the baseline, then the whole way, each with the others."""
    stage = town.open_town(home, schools)
    from xueji.doors.demo.rosters import load_workbook

    plans = {school.code: school for school in stage.city.schools}
    warm, rest = books[0], books[1:]
    load_workbook(stage, plans[warm[0]], town.KIND, warm[1])
    read_and_copy([warm[1]])
    ready.wait()
    begun = time.perf_counter()
    read = read_and_copy([path for _, path in rest])
    plain = begun, time.perf_counter()
    ready.wait()
    begun, spent, registered = time.perf_counter(), time.process_time(), 0
    for code, path in rest:
        registered += load_workbook(stage, plans[code], town.KIND, path)
    answers.put(Share(plain, (begun, time.perf_counter()), read, registered, time.process_time() - spent))


def _run(home: Path, schools: int, books: list[tuple[str, Path]], processes: int) -> list[Share]:
    """Deal the workbooks out to processes and wait for all of them."""
    spawn = multiprocessing.get_context("spawn")
    ready, answers = spawn.Barrier(processes), spawn.Queue()
    children = [
        spawn.Process(target=_work, args=(home, schools, books[place::processes], ready, answers))
        for place in range(processes)
    ]
    for child in children:
        child.start()
    shares: list[Share] = []
    while len(shares) < processes:
        try:
            shares.append(answers.get(timeout=5))
        except Empty:
            if any(child.exitcode for child in children):
                for child in children:
                    child.terminate()
                raise RuntimeError("a measuring process failed; its message stands above") from None
    for child in children:
        child.join()
    return shares


def _seconds(spans: Sequence[tuple[float, float]]) -> float:
    return max(end for _, end in spans) - min(begin for begin, _ in spans)


def _server_pid() -> int | None:
    from xueji.config.home import Home
    from xueji.config.postgres import locate

    return postmaster(locate(Home.current()).data)


def measure(stage: Stage, home: Path, report: Report, *, workbooks: int, rows: int, processes: int) -> None:
    """Run the baseline and the whole way in so many processes at once; the figures go to ``report``."""
    begun = time.perf_counter()
    made = [(school.code, path) for school, path in write_workbooks(stage, workbooks + processes, rows)]
    tell(f"wrote {len(made)} workbooks of {rows} rows in {time.perf_counter() - begun:.1f} s")
    server = _server_pid()
    before = processor_seconds(server) if server else 0.0
    shares = _run(home, len(stage.city.schools), made, processes)
    base = (processor_seconds(server) - before) if server else 0.0
    plain, whole = _seconds([one.plain for one in shares]), _seconds([one.whole for one in shares])
    read, registered = sum(one.read for one in shares), sum(one.registered for one in shares)
    ours = sum(one.processor for one in shares)
    how = "one after another" if processes == 1 else f"{processes} at once"
    what = f"{workbooks} workbooks × {rows} rows × {len(town.columns())} columns"
    report.add(
        Figure(PART, f"upload to approved registrations, {how}", registered / whole, "rows/s", 5000, "high", what),
        Figure(PART, f"time over reading and COPY, {how}", whole / plain, "×", 4.0, "low"),
        Figure(PART, f"baseline: read and COPY, {how}", read / plain, "rows/s"),
        Figure(PART, "registered of rows", registered / read * 100, "%", note="the rest is parked as doubtful"),
        Figure(PART, "processor time of the application a 1,000 rows", ours / read * 1000, "s"),
        Figure(PART, "processor time of the database a 1,000 rows", base / len(made) / rows * 1000, "s"),
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


def profile(stage: Stage, *, workbooks: int, rows: int) -> None:
    """Where the time of the whole way goes, to standard error."""
    from xueji.doors.demo.rosters import load_workbook

    made = write_workbooks(stage, workbooks, rows)
    load_workbook(stage, made[0][0], town.KIND, made[0][1])
    found = cProfile.Profile()
    found.enable()
    for school, path in made[1:]:
        load_workbook(stage, school, town.KIND, path)
    found.disable()
    pstats.Stats(found, stream=sys.stderr).sort_stats("tottime").print_stats(45)
