"""``xueji simulate``: years of an invented city through the services, and the table of its flows.

Every kind of change of one pupil happens at the rate that ``rates.yaml`` names; opening load, graduation, promotion and
entrants are the whole city's. The flows of each school year are written as a table, and their balances are asked.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import yaml
from django.db import connection

from xueji.doors.demo import reporting
from xueji.doors.demo.beyond import KINDS as BEYOND
from xueji.doors.demo.beyond import PLACEMENT, Beyond
from xueji.doors.demo.city import CITY_CODE, districts_of_2008, plan_city
from xueji.doors.demo.cohorts import Turn
from xueji.doors.demo.drawing import DRAWN_FROM, Drawer
from xueji.doors.demo.founding import found_city
from xueji.doors.demo.rosters import Stage
from xueji.doors.demo.run import SEED
from xueji.doors.demo.single import Changer, days_of, due
from xueji.doors.demo.transfers import at
from xueji.ground.accounts.context import acting
from xueji.ground.accounts.services import mark_all_used
from xueji.pure.kernel.environment import SeededEnvironment, use_environment
from xueji.pure.kernel.outside import OUTSIDE_KINDS
from xueji.pure.kernel.types import Role
from xueji.registry.applications.models import Application, ApplicationState
from xueji.registry.statistics import selectors as statistics

FIRST_YEAR = 2007
TABLE = Path("simulate") / "flow.csv"
#: Entries that are no change of a pupil.
_NOT_CHANGES = ("decision",)
_RATES = Path(__file__).with_name("rates.yaml")


@dataclass
class Clocked:
    """Seconds spent in changes, apart from founding and counting."""

    seconds: float = 0.0

    @contextmanager
    def running(self) -> Iterator[None]:
        began = time.perf_counter()
        try:
            yield
        finally:
            self.seconds += time.perf_counter() - began


@dataclass
class Simulation:
    """One run; ``tell`` says how far it has come."""

    home: Path
    pupils: int
    years: int
    tell: Callable[[str], None]
    districts: int | None = None
    returns: bool = False  # each autumn's return too
    rng: random.Random = field(default_factory=lambda: random.Random(SEED))  # noqa: S311
    clocked: Clocked = field(default_factory=Clocked)
    beyond: Beyond | None = None

    def run(self) -> dict[str, Any]:
        """Found, load, live, count; the command's JSON object (issue "Every change of status", Shows 5).

        Its own session waits for no disk at a commit: a loss of power costs an invented city, which is made anew. And
        it keeps more statements prepared than a page's does: all kinds of change take turns on one connection.
        """
        with connection.cursor() as cursor:
            cursor.execute("SET synchronous_commit TO off")
        connection.connection.prepared_max = 400
        clock = SeededEnvironment(at(date(FIRST_YEAR, 9, 3)), SEED)
        with use_environment(clock):
            city = plan_city(districts_of_2008()[: self.districts], self.pupils, SEED)
            self.tell(f"建立 {len(city.schools)} 所学校……")
            stage = Stage(city, found_city(city, self.home / "demo-files", SEED), self.home / "demo-files", self.tell)
            turn, changer = Turn(stage, self.pupils, SEED), Changer(stage, self.rng)
            clock.move_to(at(date(FIRST_YEAR, 9, 20)))
            with self.clocked.running():
                turn.open()
            windows = []
            for year in range(FIRST_YEAR, FIRST_YEAR + self.years):
                with self.clocked.running():
                    self._year(year, stage, changer, clock)
                    turn.over(year, clock)
                if self.returns:
                    reporting.round_of(stage, clock, year + 1)
                windows.append((date(year, 9, 16), date(year + 1, 9, 15)))
            mark_all_used()
            self.tell("统计各学年的增减……")
            table, balanced = _flows(stage, windows)
        path = self.home / TABLE
        path.parent.mkdir(parents=True, exist_ok=True)
        table.write_csv(path)
        changes = _changes(stage)
        return {
            "pupils": self.pupils,
            "years": self.years,
            "changes": changes,
            "flow_identity": balanced,
            "seconds_per_1000": round(self.clocked.seconds / sum(changes.values()) * 1000, 2),
            "placed": _placed(stage),
            "refused": changer.refused,
            "table": str(path),
        }

    def _year(self, year: int, stage: Stage, changer: Changer, clock: SeededEnvironment) -> None:
        """The changes of single pupils of one school year, spread over its days, each on a pupil drawn that day."""
        rates = yaml.safe_load(_RATES.read_text(encoding="utf-8"))["rates"]
        wanted = [kind for kind, count in due(rates, self.pupils).items() for _ in range(count)]
        # Who comes back must have gone before: these kinds fall into the later part of the year.
        wanted.sort(key=lambda kind: self.rng.random() + (0.5 if kind in DRAWN_FROM else 0.0))
        drawer, beyond = Drawer(stage, self.rng), self._beyond(changer)
        drawer.begin_year()
        for index, (kind, day) in enumerate(zip(wanted, days_of(year, len(wanted)), strict=True)):
            clock.move_to(at(day))
            for _ in range(3):
                pupil = drawer.draw(kind)
                if pupil is None:
                    break
                if beyond.act(kind, pupil) if kind in BEYOND else changer.change(kind, pupil):
                    break
            if index % 50 == 0:
                self.tell(f"{year} 学年：已办 {index}/{len(wanted)} 件变动")

    def _beyond(self, changer: Changer) -> Beyond:
        """One for all years: the documents of its guests are numbered."""
        self.beyond = self.beyond or Beyond(changer)
        return self.beyond


def _flows(stage: Stage, windows: list[tuple[date, date]]) -> tuple[pl.DataFrame, bool]:
    """The flows of each school year and whether all balances hold, closing of one year being opening of the next."""
    names = {str(known): code for code, known in stage.founded.organisations.items()}
    frames = []
    with acting(stage.founded.actor(CITY_CODE, Role.HEAD)):
        for first, last in windows:
            lines = statistics.flow_of((first, last))
            frames.append(lines.with_columns(year=pl.lit(first.year), code=pl.col("school").replace_strict(names)))
    table = pl.concat(frames)
    return table, bool(table["balanced"].all())


def _changes(stage: Stage) -> dict[str, int]:
    """How many entries about pupils, and about children who are registered elsewhere, each kind has written."""
    with acting(stage.founded.actor(CITY_CODE, Role.HEAD)), connection.cursor() as cursor:
        cursor.execute(
            "SELECT kind, count(*) FROM journals_entry WHERE (student IS NOT NULL OR kind = ANY(%s))"
            " AND kind <> ALL(%s) GROUP BY kind ORDER BY kind",
            [["promotion", *OUTSIDE_KINDS], list(_NOT_CHANGES)],
        )
        return {kind: int(count) for kind, count in cursor.fetchall()}


def _placed(stage: Stage) -> int:
    """How many children the bureaus have placed: their entries are those of a transfer."""
    with acting(stage.founded.actor(CITY_CODE, Role.HEAD)):
        return Application.objects.filter(kind=PLACEMENT, state=ApplicationState.APPROVED).count()
