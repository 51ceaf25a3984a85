"""``xueji simulate`` by its command: every kind at its rate, and the table of flows summed by a second route."""

from __future__ import annotations

import csv
import random
from pathlib import Path
from typing import Any, cast
from uuid import UUID

import pytest

from tests.installations import Installation
from xueji.doors.demo.drawing import Drawer, Standing
from xueji.doors.demo.rosters import Stage

PUPILS, YEARS = 500, 2
#: A city of five districts; all thirteen are simulated at size (``docs/benchmarks.md``).
FEW = ("--districts", "5")
#: Column of the table → the kinds of entries that make it, one for each pupil.
BY_ENTRIES = {
    "enrolled": ("enrolment",),
    "transferred_in": ("transfer_in",),
    "transferred_out": ("transfer_out",),
    "died": ("death",),
    "suspended_begun": ("suspension",),
    "suspended_ended": ("resumption",),
    "guest_elsewhere_begun": ("guest_begin",),
}
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


def _sum(table: list[dict[str, int]], *columns: str, year: int | None = None) -> int:
    return sum(row[column] for row in table for column in columns if year in (None, row["year"]))


def test_the_object_has_its_contract(simulated: Installation) -> None:
    outcome = simulated.outcome
    assert (outcome["pupils"], outcome["years"], outcome["flow_identity"]) == (PUPILS, YEARS, True)
    assert outcome["changes"]["opening"] == PUPILS
    assert outcome["seconds_per_1000"] > 0
    for kind in ("suspension", "resumption", "dropout", "abroad", "death", "guest_begin", "leaving", "transfer_in"):
        assert outcome["changes"].get(kind, 0) >= 1, kind
    for kind in ("arrival_traced", "guest_outside_begin", "guest_outside_extension", "guest_outside_end"):
        assert outcome["changes"].get(kind, 0) >= 1, kind
    assert outcome["placed"] >= 1


@pytest.mark.parametrize("column", BY_ENTRIES)
def test_a_column_is_as_many_pupils_as_there_are_entries_of_its_kind(
    column: str, simulated: Installation, table: list[dict[str, int]]
) -> None:
    changes = simulated.outcome["changes"]
    assert _sum(table, column) == sum(changes.get(kind, 0) for kind in BY_ENTRIES[column])


def test_leaving_is_graduation_and_completion(simulated: Installation, table: list[dict[str, int]]) -> None:
    assert _sum(table, "graduated", "completed") == simulated.outcome["changes"]["leaving"]


def test_each_line_and_each_year_balances_summed_anew(table: list[dict[str, int]]) -> None:
    for row in table:
        assert row["opening"] + sum(row[one] for one in INFLOWS) == row["closing"] + sum(row[one] for one in OUTFLOWS)
    assert _sum(table, "closing", year=2007) == _sum(table, "opening", year=2008)


def test_the_closing_is_what_the_register_says_of_the_day(simulated: Installation, table: list[dict[str, int]]) -> None:
    for year in (2007, 2008):
        answer = simulated.answer("as-of", f"{year + 1}-09-15")
        assert answer["pupils"] == _sum(table, "closing", year=year)
        assert answer["attending"] == _sum(table, "attending", year=year)
