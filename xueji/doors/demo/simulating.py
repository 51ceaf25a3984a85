"""``xueji simulate``: years of an invented city through the services, and the table of its flows.

Every kind of the rulebook happens at the rate that ``rates.yaml`` names: of single pupils, and of schools and districts
in summer; opening load, graduation, promotion and entrants are the whole city's. The flows of each school year are
written as a table, and their balances are asked.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl
from django.db import connection

from xueji.doors.demo import reporting
from xueji.doors.demo.beyond import Beyond
from xueji.doors.demo.city import CITY_CODE, districts_of_2008, plan_city
from xueji.doors.demo.cohorts import UNDO, Turn
from xueji.doors.demo.drawing import Drawer, comes_later
from xueji.doors.demo.founding import found_city
from xueji.doors.demo.newcomers import Newcomers
from xueji.doors.demo.rates import Rates, rates
from xueji.doors.demo.records import Records
from xueji.doors.demo.reorganising import Reorganiser
from xueji.doors.demo.rosters import Stage
from xueji.doors.demo.run import SEED
from xueji.doors.demo.single import Changer, days_of
from xueji.doors.demo.transfers import at
from xueji.ground.accounts.context import acting
from xueji.ground.accounts.services import mark_all_used
from xueji.ground.parameters import selectors as parameters
from xueji.pure.kernel.environment import SeededEnvironment, today, use_environment
from xueji.pure.kernel.outside import OUTSIDE_KINDS
from xueji.pure.kernel.school_year import school_year_name
from xueji.pure.kernel.types import Role
from xueji.registry.reorganisation.plans import KINDS as REORGANISATIONS
from xueji.registry.statistics import selectors as statistics

FIRST_YEAR = 2007
TABLE = Path("simulate") / "flow.csv"
#: Entries that are no change of a pupil.
_NOT_CHANGES = ("decision",)
#: Kinds without an application: each act is one entry.
_AT_ONCE = ("arrival", "arrival_traced", "correction", "graduation_undo")


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
    rates: Rates = field(default_factory=rates)

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
            turn = Turn(stage, self.pupils, self.years, SEED, self.rates, self.rng)
            changer, organiser = Changer(stage, self.rng), Reorganiser(stage, self.rng)
            for room in (Beyond(changer), Newcomers(changer, turn), Records(changer)):
                changer.own |= room.acts()
            clock.move_to(at(date(FIRST_YEAR, 9, 20)))
            with self.clocked.running():
                turn.open()
            windows = []
            for index, year in enumerate(range(FIRST_YEAR, FIRST_YEAR + self.years)):
                with self.clocked.running():
                    self._year(year, stage, changer, clock)
                    turn.over(year, clock, partial(self._summer, index, organiser, clock))
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
            "kinds": _kinds(stage),
            "undone": _undone(stage),
            "refused": changer.refused,
            "hindered": organiser.hindered,
            "table": str(path),
        }

    def _year(self, year: int, stage: Stage, changer: Changer, clock: SeededEnvironment) -> None:
        """The changes of single pupils of one school year, spread over its days, each on a pupil drawn that day."""
        due = self.rates.due(self.pupils, self.years, year - FIRST_YEAR)
        wanted = [kind for kind, count in due.items() for _ in range(count) if kind != UNDO]
        # Who comes back must have gone before: these kinds fall into the later part of the year.
        wanted.sort(key=lambda kind: self.rng.random() + (1.0 if comes_later(kind) else 0.0))
        drawer = Drawer(stage, self.rng)
        drawer.begin_year()
        for index, (kind, day) in enumerate(zip(wanted, days_of(year, len(wanted)), strict=True)):
            clock.move_to(at(day))
            for _ in range(3):
                pupil = drawer.draw(kind)
                if pupil is None or changer.change(kind, pupil):
                    break
            if index % 50 == 0:
                self.tell(f"{school_year_name(year)} 学年：已办 {index}/{len(wanted)} 件变动")

    def _summer(self, index: int, organiser: Reorganiser, clock: SeededEnvironment) -> None:
        """The acts on schools and districts of one year, a day each: a school changes its bureau once a day."""
        organiser.begin_year()
        day = today()
        known = parameters.rulebook(today()).changes
        for kind, count in self.rates.acts(len(organiser.stage.city.schools), self.years, index).items():
            for _ in range(count if kind in known else 0):
                organiser.act(kind)
                day += timedelta(days=1)
                clock.move_to(at(day))


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
    """How many entries about pupils, children who are registered elsewhere, schools and districts each kind wrote."""
    with acting(stage.founded.actor(CITY_CODE, Role.HEAD)), connection.cursor() as cursor:
        cursor.execute(
            "SELECT kind, count(*) FROM journals_entry WHERE (student IS NOT NULL OR kind = ANY(%s))"
            " AND kind <> ALL(%s) GROUP BY kind ORDER BY kind",
            [["promotion", *OUTSIDE_KINDS, *REORGANISATIONS], list(_NOT_CHANGES)],
        )
        return {kind: int(count) for kind, count in cursor.fetchall()}


def _kinds(stage: Stage) -> dict[str, int]:
    """How often each kind of the rulebook was brought to its end: some write entries that bear another name."""
    with acting(stage.founded.actor(CITY_CODE, Role.HEAD)), connection.cursor() as cursor:
        cursor.execute(
            "SELECT kind, count(*) FROM (SELECT kind FROM applications_application WHERE state = 'approved'"
            " UNION ALL SELECT kind FROM reorganisation_reorganisation WHERE state = 'in_force'"
            " UNION ALL SELECT kind FROM journals_entry WHERE kind = ANY(%s)) done GROUP BY kind ORDER BY kind",
            [list(_AT_ONCE)],
        )
        return {kind: int(count) for kind, count in cursor.fetchall()}


def _undone(stage: Stage) -> dict[str, int]:
    """How many registrations never were, as it turned out, by how they had begun."""
    with acting(stage.founded.actor(CITY_CODE, Role.HEAD)), connection.cursor() as cursor:
        cursor.execute(
            "SELECT how_started, count(*) FROM register_registration WHERE voided GROUP BY how_started ORDER BY 1"
        )
        return {how: int(count) for how, count in cursor.fetchall()}
