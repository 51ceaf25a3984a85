"""``xueji simulate`` by its command: every kind at its rate, and the table of flows summed by a second route."""

from __future__ import annotations

import csv
import random
from datetime import date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID

import pytest

from tests.installations import Installation
from tests.small_city import PRIMARY, SmallCity
from xueji.doors.demo.drawing import Drawer, Standing
from xueji.doors.demo.rates import rates
from xueji.doors.demo.rosters import Stage
from xueji.ground.parameters.build import rulebook_from_files
from xueji.pure.kernel.environment import LOCAL_ZONE, SeededEnvironment
from xueji.registry.register.tests.lives import Lives

PUPILS, YEARS = 500, 2
#: A city of four districts; all thirteen are simulated at size (``docs/benchmarks.md``).
FEW = ("--districts", "4")
#: Column of the table → the kinds of entries that make it, one for each pupil.
BY_ENTRIES = {
    "enrolled": ("enrolment",),
    "other_in": ("late_registration",),
    "transferred_in": ("transfer_in", "transfer_into_city", "placement_entry"),
    "transferred_out": ("transfer_out", "transfer_out_receipt"),
    "died": ("death",),
    "suspended_begun": ("suspension", "required_suspension"),
    "suspended_ended": ("resumption",),
    "guest_elsewhere_begun": ("guest_begin", "special_school"),
}
#: Column → how the registrations began that it would hold, had they ever been.
BEGAN = {
    "enrolled": ("enrolment",),
    "other_in": ("late_registration",),
    "transferred_in": ("transfer_in", "transfer_into_city", "placement"),
}
#: The kinds of the rulebook in the acts of a year; the forbidden ones cannot be lodged.
LODGED = {kind for kind, change in rulebook_from_files(date(2008, 9, 22)).changes.items() if not change.forbidden}
INFLOWS = ("enrolled", "transferred_in", "restored", "reorganised_in", "other_in", "moved_in", "sex_in")
OUTFLOWS = (
    "graduated", "completed", "transferred_out", "died", "voided", "reorganised_out", "other_out", "moved_out",
    "sex_out",
)  # fmt: skip


@pytest.fixture(scope="module")
def simulated(tmp_path_factory: pytest.TempPathFactory, databases: Any) -> Installation:
    made = Installation(tmp_path_factory.mktemp("years") / "home", databases("years"), {})
    made.outcome = made.answer("simulate", "--pupils", str(PUPILS), "--years", str(YEARS), *FEW)
    return made


@pytest.fixture(scope="module")
def table(simulated: Installation) -> list[dict[str, int]]:
    with Path(simulated.outcome["table"]).open(encoding="utf-8", newline="") as file:
        texts = ("school", "stage", "balanced", "code")
        return [{k: int(v) for k, v in row.items() if k not in texts} for row in csv.DictReader(file)]


def test_nobody_is_drawn_for_a_class_that_is_not_there() -> None:
    school, own, other, higher = (UUID(int=number) for number in range(4))
    drawer = Drawer(cast(Stage, None), random.Random(1))
    drawer.classes = {(school, "primary", 2006): [own], (school, "primary", 2005): [higher]}
    standing = Standing(school, "primary", own, 2006, 2006)
    assert drawer.targets("class_change", standing) is None
    assert drawer.targets("grade_skip", standing) == [higher]
    drawer.classes = {(school, "primary", 2006): [own, other]}
    assert drawer.targets("class_change", standing) == [other]
    assert drawer.targets("grade_skip", standing) is None
    assert drawer.targets("suspension", standing) == [], "needs none"


@pytest.mark.django_db
def test_nobody_is_drawn_to_be_suspended_for_longer_than_the_limit_allows(
    small_city: SmallCity, environment: SeededEnvironment
) -> None:
    lives = Lives(small_city)
    child = lives.open(intake_year=2007)
    lives.suspend(child, date(2007, 9, 20))
    school = SimpleNamespace(code=PRIMARY, kind="primary", central_school=None)
    founded = SimpleNamespace(organisations=small_city.organisations, actor=small_city.actor)
    stage = SimpleNamespace(city=SimpleNamespace(schools=[school]), founded=founded)
    drawer = Drawer(cast(Stage, stage), random.Random(1))
    environment.move_to(datetime(2009, 3, 2, 9, tzinfo=LOCAL_ZONE))
    drawn = drawer.draw("suspension_extension")
    assert drawn is not None
    assert drawn.student == child.student
    environment.move_to(datetime(2009, 5, 20, 9, tzinfo=LOCAL_ZONE))
    assert drawer.draw("suspension_extension") is None, "with half a year more it would be over two years"


def _sum(table: list[dict[str, int]], *columns: str, year: int | None = None) -> int:
    return sum(row[column] for row in table for column in columns if year in (None, row["year"]))


def test_the_object_has_its_contract(simulated: Installation) -> None:
    outcome = simulated.outcome
    assert (outcome["pupils"], outcome["years"], outcome["flow_identity"]) == (PUPILS, YEARS, True)
    assert outcome["changes"]["opening"] == PUPILS
    assert outcome["seconds_per_1000"] > 0
    assert outcome["refused"] == {}


def test_every_kind_that_can_be_lodged_has_a_rate() -> None:
    """A new kind is a line in ``rates.yaml``, else this fails."""
    named = rates()
    assert named.kinds() >= LODGED
    assert min([*named.pupils.values(), *named.organisations.values(), *named.schools.values()]) > 0


def test_every_kind_of_the_rulebook_happened(simulated: Installation) -> None:
    assert simulated.outcome["kinds"].keys() >= {*LODGED, "graduation_undo"}


@pytest.mark.parametrize("column", BY_ENTRIES)
def test_a_column_is_as_many_pupils_as_there_are_entries_of_its_kind(
    column: str, simulated: Installation, table: list[dict[str, int]]
) -> None:
    changes, undone = (simulated.outcome[key] for key in ("changes", "undone"))
    never = sum(undone.get(how, 0) for how in BEGAN.get(column, ()))
    assert _sum(table, column) == sum(changes.get(kind, 0) for kind in BY_ENTRIES[column]) - never


def test_leaving_is_graduation_and_completion(simulated: Installation, table: list[dict[str, int]]) -> None:
    changes = simulated.outcome["changes"]
    assert _sum(table, "graduated", "completed") == changes["leaving"] - changes["graduation_undo"]


def test_who_goes_out_of_a_school_by_an_act_comes_in_at_another_one(
    simulated: Installation, table: list[dict[str, int]]
) -> None:
    changes = simulated.outcome["changes"]
    moved = sum(changes.get(kind, 0) for kind in ("school_merger", "school_split", "school_closure"))
    assert _sum(table, "reorganised_in") == _sum(table, "reorganised_out") > 0
    assert 2 * _sum(table, "reorganised_in") <= moved


def test_each_line_and_each_year_balances_summed_anew(table: list[dict[str, int]]) -> None:
    for row in table:
        assert row["opening"] + sum(row[one] for one in INFLOWS) == row["closing"] + sum(row[one] for one in OUTFLOWS)
    assert _sum(table, "closing", year=2007) == _sum(table, "opening", year=2008)


def test_the_closing_is_what_the_register_says_of_the_day(simulated: Installation, table: list[dict[str, int]]) -> None:
    for year in (2007, 2008):
        answer = simulated.answer("as-of", f"{year + 1}-09-15")
        assert answer["pupils"] == _sum(table, "closing", year=year)
        assert answer["attending"] == _sum(table, "attending", year=year)
