"""(d) Thirty workbooks at once while pages are used; (e) memory of the server at rest."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import pages, town
from benchmarks.client import Act, run
from benchmarks.intake import write_workbooks
from benchmarks.processes import memory_mb, postmaster
from benchmarks.report import Figure, Report, tell

if TYPE_CHECKING:
    from benchmarks.server import Served
    from xueji.doors.demo.city import SchoolPlan
    from xueji.doors.demo.rosters import Stage

PART = "rush"
_LONGEST = 600.0


def _unfinished(schools: list[SchoolPlan], stage: Stage) -> int:
    from xueji.ground.accounts.context import acting_system
    from xueji.registry.intake.models import Upload

    ids = [stage.founded.organisations[school.code] for school in schools]
    with acting_system():
        return len(ids) - Upload.objects.filter(school__in=ids, state__in=["checked", "unreadable"]).count()


def measure(served: Served, stage: Stage, people: pages.People, report: Report, *, workbooks: int, rows: int) -> None:
    """Upload all through the page at the same moment; the pages are used until the worker has checked the last."""
    made = write_workbooks(stage, workbooks, rows)
    senders = pages.browsers(served, [pages.login_of(stage, school.code, _registrar()) for school, _ in made])
    for sender in senders:
        sender.get("/pupils/intake/")
    users = pages.browsers(served, [login for login, _ in people.schools])
    acts: list[Act] = [
        pages.listing() if place % 2 else pages.pupil(students, place)
        for place, (_, students) in enumerate(people.schools)
    ]
    worker = served.part("xueji.config.commands.worker")
    done, peak, taken = threading.Event(), [0.0], [0.0, 0.0]

    def send(place: int) -> None:
        path: Path = made[place][1]
        answer = senders[place].upload("/pupils/intake/upload/", {"kind": town.KIND}, path.name, path.read_bytes())
        taken[0] = max(taken[0], answer.seconds)
        if answer.status != 302:
            raise RuntimeError(f"upload answered {answer.status}: {answer.body[:300]}")

    def watch() -> None:
        begun = time.perf_counter()
        threads = [threading.Thread(target=send, args=[place]) for place in range(len(made))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        schools = [school for school, _ in made]
        while _unfinished(schools, stage) and time.perf_counter() - begun < _LONGEST:
            peak[0] = max(peak[0], memory_mb(worker) if worker else 0.0)
            time.sleep(0.25)
        taken[1] = time.perf_counter() - begun
        from django.db import connections

        connections.close_all()
        done.set()

    watcher = threading.Thread(target=watch)
    watcher.start()
    load = run(users, acts, warm=0.0, measured=_LONGEST, stop=done)
    watcher.join()
    for one in [*senders, *users]:
        one.close()
    tell(f"{len(load.seconds)} pages were answered meanwhile")
    report.add(
        Figure(PART, "pages while workbooks come in, p95", load.percentile(0.95), "ms", 300, "low"),
        Figure(PART, "pages while workbooks come in", load.rate, "req/s", note=_wrong(load.wrong)),
        Figure(PART, "worker with its reader, at most", peak[0], "MB", 1024, "low"),
        Figure(PART, f"{len(made)} workbooks × {rows} rows uploaded and checked", taken[1], "s"),
        Figure(PART, "longest upload", taken[0], "s"),
    )


def _wrong(count: int) -> str:
    return f"{count} wrong answers" if count else ""


def _registrar() -> object:
    from xueji.pure.kernel.types import Role

    return Role.REGISTRAR


def measure_rest(served: Served, report: Report, *, seconds: float) -> None:
    """Memory of the server after ``seconds`` without a request: with the database server, and without."""
    from xueji.config.home import Home
    from xueji.config.postgres import locate

    time.sleep(seconds)
    own = memory_mb(served.pid)
    database = postmaster(locate(Home.current()).data)
    base = memory_mb(database) if database else 0.0
    report.add(
        Figure("rest", "web server, worker and supervisor at rest", own, "MB", 400, "low", "proportional memory (PSS)"),
        Figure("rest", "the database server beside them", base, "MB", note="128 MB of it shared buffers"),
    )
