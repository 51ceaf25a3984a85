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
from uuid import UUID

import polars as pl
import yaml
from django.db import connection

from xueji.doors.demo.city import CITY_CODE, plan_city
from xueji.doors.demo.cohorts import Turn
from xueji.doors.demo.founding import found_city
from xueji.doors.demo.rosters import Stage
from xueji.doors.demo.run import SEED, districts_of_2008
from xueji.doors.demo.single import Changer, Pupil, days_of, due
from xueji.doors.demo.transfers import at
from xueji.ground.accounts.context import acting
from xueji.pure.kernel.environment import SeededEnvironment, today, use_environment
from xueji.pure.kernel.types import Role
from xueji.registry.statistics import selectors as statistics

FIRST_YEAR = 2007
TABLE = Path("simulate") / "flow.csv"
#: Entries that are no change of a pupil.
_NOT_CHANGES = ("decision",)
_RATES = Path(__file__).with_name("rates.yaml")

#: From which status a kind draws its pupils; ``guest``: who studies at another school.
_DRAWN_FROM = {
    "suspension_extension": "suspended",
    "resumption": "suspended",
    "dropout_return": "dropped_out",
    "abroad_return": "abroad",
    "guest_extension": "guest",
    "guest_end": "guest",
}


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
    rng: random.Random = field(default_factory=lambda: random.Random(SEED))  # noqa: S311
    clocked: Clocked = field(default_factory=Clocked)

    def run(self) -> dict[str, Any]:
        """Found, load, live, count; the command's JSON object (issue "Every change of status", Shows 5)."""
        clock = SeededEnvironment(at(date(FIRST_YEAR, 9, 3)), SEED)
        with use_environment(clock):
            city = plan_city(districts_of_2008(), self.pupils, SEED)
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
                windows.append((date(year, 9, 16), date(year + 1, 9, 15)))
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
            "refused": changer.refused,
            "table": str(path),
        }

    def _year(self, year: int, stage: Stage, changer: Changer, clock: SeededEnvironment) -> None:
        """The changes of single pupils of one school year, spread over its days, each on a pupil drawn that day."""
        rates = yaml.safe_load(_RATES.read_text(encoding="utf-8"))["rates"]
        wanted = [kind for kind, count in due(rates, self.pupils).items() for _ in range(count)]
        # Who comes back must have gone before: these kinds fall into the later part of the year.
        wanted.sort(key=lambda kind: self.rng.random() + (0.5 if kind in _DRAWN_FROM else 0.0))
        touched: set[UUID] = set()
        for index, (kind, day) in enumerate(zip(wanted, days_of(year, len(wanted)), strict=True)):
            clock.move_to(at(day))
            for _ in range(3):
                pupil = self._draw(stage, _DRAWN_FROM.get(kind, "in_school"), touched)
                if pupil is None:
                    break
                touched.add(pupil.student)
                if changer.change(kind, pupil):
                    break
            if index % 50 == 0:
                self.tell(f"{year} 学年：已办 {index}/{len(wanted)} 件变动")

    def _draw(self, stage: Stage, status: str, touched: set[UUID]) -> Pupil | None:
        """A pupil of a school with posts of its own, drawn by a random place in the order of the register."""
        codes = {
            stage.founded.organisations[one.code]: one.code
            for one in stage.city.schools
            if one.kind not in ("special", "migrant") and one.central_school is None
        }
        with acting(stage.founded.actor(CITY_CODE, Role.HEAD)), connection.cursor() as cursor:
            for _ in range(3):
                place = _random_uuid(self.rng)
                standing = _IN_SCHOOL if status == "guest" else status
                fresh = list(touched) if status == _IN_SCHOOL else []  # who went away may come back the same year
                drawn = (status == "guest", standing, list(codes), fresh, place, today())
                cursor.execute(_DRAW, drawn)
                row = cursor.fetchone()
                if row is not None:
                    return Pupil(row[0], row[1], row[2], codes[row[3]], row[4], row[5])
        return None


_IN_SCHOOL = "in_school"
_DRAW = """
SELECT s.id, s.name, r.number, r.school, r.stage, c.value::uuid
FROM register_student s
JOIN register_registration r ON r.student_id = s.id AND NOT r.voided AND r.ended_on IS NULL
JOIN register_spell c ON c.registration_id = r.id AND c.dimension = 'class_group' AND c.ended_on IS NULL
JOIN register_spell t ON t.registration_id = r.id AND t.dimension = 'status' AND t.ended_on IS NULL
LEFT JOIN register_spell g ON g.registration_id = r.id AND g.dimension = 'attends' AND g.ended_on IS NULL
WHERE (g.id IS NOT NULL) = %s AND t.value = %s AND r.school = ANY(%s)
  AND s.id <> ALL(%s) AND md5(s.id::text)::uuid >= %s AND r.started_on < %s
ORDER BY md5(s.id::text)::uuid LIMIT 1
"""


def _random_uuid(rng: random.Random) -> UUID:
    return UUID(int=rng.getrandbits(128))


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
    """How many entries about pupils each kind has written."""
    with acting(stage.founded.actor(CITY_CODE, Role.HEAD)), connection.cursor() as cursor:
        cursor.execute(
            "SELECT kind, count(*) FROM journals_entry WHERE (student IS NOT NULL OR kind = 'promotion')"
            " AND kind <> ALL(%s) GROUP BY kind ORDER BY kind",
            [list(_NOT_CHANGES)],
        )
        return {kind: int(count) for kind, count in cursor.fetchall()}
