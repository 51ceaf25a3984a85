"""(j) How long until a change at a district's node is seen at the city's, both served and connected.

Pushed by the nodes' own jobs over HTTP on this machine, as between two buildings; the changes (other data of a pupil,
corrected by the school) come at moments of their own, whatever the jobs are at.
"""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.client import HOST
from benchmarks.report import tell
from benchmarks.server import serving

if TYPE_CHECKING:
    from xueji.doors.demo.rosters import Stage

CHANGES, GAP, PATIENCE = 30, 4.0, 300.0  # changes, seconds between them, seconds until one counts as lost
GOAL = 60.0


def measure(folders: tuple[Path, Path], connect: Callable[[int, int], None], change: Callable[[int], str]) -> Any:
    """``folders``: homes of the city's node (this process's own) and the district's; ``connect(city's port, district's
    port)`` tells both where the other is; ``change(n)`` writes at the district and gives the id of its entry.

    The seconds: ``median``, ``p95``, ``most``.
    """
    city, district = folders
    with (
        serving(city, city / "logs" / "serve.log") as above,
        serving(district, district / "logs" / "serve.log") as below,
    ):
        connect(above.port, below.port)
        took = _watched(change)
    ordered = sorted(took)
    tell(f"seen at the city after {', '.join(f'{seconds:.0f}' for seconds in took)} s")
    return {
        "median": statistics.median(ordered),
        "p95": ordered[min(len(ordered) - 1, round(0.95 * len(ordered)))],
        "most": ordered[-1],
    }


def _watched(change: Callable[[int], str]) -> list[float]:
    moments = random.Random(2008)
    waiting: dict[str, float] = {}
    took: list[float] = []
    made, due = 0, time.monotonic()
    while made < CHANGES or waiting:
        now = time.monotonic()
        if made < CHANGES and now >= due:
            made += 1
            entry = change(made)
            waiting[entry] = time.monotonic()
            due = now + moments.uniform(0, 2 * GAP)
        took += [time.monotonic() - waiting.pop(entry) for entry in _there(list(waiting))]
        if waiting and time.monotonic() - min(waiting.values()) > PATIENCE:
            raise RuntimeError(f"{len(waiting)} changes were not seen at the city within {PATIENCE:.0f} s")
        time.sleep(0.2)
    return took


def _there(entries: list[str]) -> list[str]:
    from django.db import connections

    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT entry_id::text FROM journals_entry WHERE entry_id = ANY (%s::uuid[])", [entries])
        return [row[0] for row in cursor.fetchall()]


def address_of(port: int) -> str:
    """Where a served node takes packages."""
    return f"http://{HOST}:{port}"


def correct_a_pupil(stage: Stage, number: int) -> str:
    """The registrar of some pupil's school corrects other data of it; the id of the entry."""
    from xueji.ground.accounts.context import acting, acting_system
    from xueji.ground.journals.models import JournalEntry
    from xueji.pure.kernel.types import Role
    from xueji.registry.applications import services
    from xueji.registry.register.models import Student

    codes = {identifier: code for code, identifier in stage.founded.organisations.items()}
    with acting_system():
        pupil = Student.objects.order_by("id")[number]
    registrar = stage.founded.actor(codes[pupil.holder], Role.REGISTRAR)
    with acting(registrar):
        values = {"special_talent": f"书法{number}"}
        services.correct_record(actor=registrar, school=pupil.holder, student=pupil.pk, values=values)
    with acting_system():
        entry = JournalEntry.objects.filter(student=pupil.pk).order_by("-student_seq").first()
        assert entry is not None
        return str(entry.entry_id)
