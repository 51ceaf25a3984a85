"""Invariant 7: the flows balance in every line, for 在籍 and for 在校."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.small_city import BAIXIA_PRIMARY, JUNIOR, NINE_YEAR, PRIMARY
from xueji.ground.accounts.context import acting, acting_system
from xueji.pure.kernel.operations import SetFields, SetSpell, VoidRegistration
from xueji.pure.kernel.types import Refused
from xueji.registry.register import selectors as register
from xueji.registry.register.tests.lives import BASE, Child, Lives
from xueji.registry.snapshots.persons import pupils_behind
from xueji.registry.snapshots.state import state_at
from xueji.registry.statistics import yearly
from xueji.registry.statistics.flows import unbalanced
from xueji.registry.statistics.formulas import ABSENCES, GUESTS_HERE, INFLOWS, OUTFLOWS
from xueji.registry.statistics.selectors import flow_of, totals_of
from xueji.registry.statistics.totals import summed

pytestmark = pytest.mark.django_db
WINDOW = (date(2007, 9, 16), date(2008, 9, 15))


def _line(lines: pl.DataFrame, lives: Lives, code: str, intake_year: int, gender: str) -> dict[str, Any]:
    chosen = lines.filter(
        (pl.col("school") == str(lives.city.id(code)))
        & (pl.col("intake_year") == intake_year)
        & (pl.col("gender") == gender)
    )
    assert chosen.height == 1
    return chosen.to_dicts()[0]


def _said(line: dict[str, Any], names: tuple[str, ...]) -> dict[str, int]:
    return {name: line[name] for name in names if line[name]}


FLOW = ("opening", *INFLOWS, *OUTFLOWS, "closing")


def test_invariant_7_every_way_in_and_out_has_its_column(lives: Lives) -> None:
    boys = [lives.open(gender="1", intake_year=2005) for _ in range(8)]
    lives.transfer(boys[0], BAIXIA_PRIMARY, date(2008, 3, 3), intake_year=2005)
    lives.close(boys[1], "death", date(2008, 3, 3))
    lives.close(boys[2], "completion", date(2008, 3, 3))
    lives.change(boys[3], "correction", date(2008, 3, 3), SetFields({"gender": "2"}))
    lower = str(lives.group(PRIMARY, "primary", 2006))
    lives.spell(boys[4], "class_group", lower, date(2008, 9, 1))
    passing = lives.open(gender="1", intake_year=2005, on=date(2007, 10, 1), how="enrolment")
    lives.transfer(passing, BAIXIA_PRIMARY, date(2008, 1, 10), intake_year=2005)
    lives.open(gender="1", intake_year=2005, on=date(2008, 2, 1), how="transfer_in")
    with acting_system():
        lines = flow_of(WINDOW)
    assert not unbalanced(lines)
    assert _said(_line(lines, lives, PRIMARY, 2005, "1"), FLOW) == {
        "opening": 8, "enrolled": 1, "transferred_in": 1, "closing": 4, "transferred_out": 2, "died": 1,
        "completed": 1, "moved_out": 1, "sex_out": 1,
    }  # fmt: skip
    assert _said(_line(lines, lives, PRIMARY, 2005, "2"), FLOW) == {"sex_in": 1, "closing": 1}
    assert _said(_line(lines, lives, PRIMARY, 2006, "1"), FLOW) == {"moved_in": 1, "closing": 1}
    assert _said(_line(lines, lives, BAIXIA_PRIMARY, 2005, "1"), FLOW) == {"transferred_in": 2, "closing": 2}
    assert _line(lines, lives, PRIMARY, 2005, "1")["grade"] == 4


def test_invariant_7_ways_across_the_citys_border_count_as_transfers(lives: Lives) -> None:
    """外地转入, 转往外地 on the letter's day, 补建学籍, and a registration that never was."""
    boys = [lives.open(gender="1", intake_year=2005) for _ in range(4)]
    lives.spell(boys[0], "arrival", "departing", date(2008, 3, 3))  # still here: its letter is awaited
    lives.spell(boys[1], "arrival", "departing", date(2008, 3, 3))
    lives.close(boys[1], "transfer_out_of_city", date(2008, 4, 7))
    lives.change(boys[2], "record_voiding", date(2008, 3, 3), VoidRegistration(boys[2].registration))
    lives.open(gender="1", intake_year=2005, on=date(2008, 2, 1), how="transfer_into_city")
    lives.open(gender="1", intake_year=2005, on=date(2008, 2, 1), how="late_registration")
    with acting_system():
        lines = flow_of(WINDOW)
    assert not unbalanced(lines)
    line = _line(lines, lives, PRIMARY, 2005, "1")
    said = _said(line, FLOW)
    assert (said["transferred_in"], said["other_in"], said["transferred_out"]) == (1, 1, 1)
    assert said["closing"] == line["attending"] == 4
    assert said["opening"] == 3  # what is known now of the day before: the voided one never was


def test_invariant_7_leavers_stand_one_grade_beyond_the_last(lives: Lives) -> None:
    child = lives.open(gender="1", intake_year=2002)
    lives.close(child, "graduation", date(2008, 7, 1))
    lives.open(JUNIOR, stage="junior", intake_year=2008, student=child.student, on=date(2008, 9, 1), how="enrolment")
    with acting_system():
        lines = flow_of(WINDOW)
    leavers = _line(lines, lives, PRIMARY, 2002, "1")
    assert (leavers["grade"], leavers["opening"], leavers["graduated"], leavers["closing"]) == (7, 1, 1, 0)
    entrants = _line(lines, lives, JUNIOR, 2008, "1")
    assert (entrants["grade"], entrants["enrolled"], entrants["closing"]) == (7, 1, 1)
    assert not unbalanced(lines)


def test_invariant_7_attending_follows_from_registered_with_the_flow_of_each_absence(lives: Lives) -> None:
    pupils = [lives.open(gender="1", intake_year=2005) for _ in range(6)]
    lives.spell(pupils[0], "status", "suspended", date(2008, 2, 1))
    lives.spell(pupils[1], "status", "suspended", date(2008, 2, 1))
    lives.spell(pupils[1], "status", "in_school", date(2008, 5, 1))
    lives.spell(pupils[2], "attends", str(lives.city.id(BAIXIA_PRIMARY)), date(2008, 2, 1))
    lives.spell(pupils[3], "status", "dropped_out", date(2008, 4, 1))
    lives.close(pupils[3], "other", date(2008, 6, 1))
    with acting_system():
        lines = flow_of(WINDOW)
    line = _line(lines, lives, PRIMARY, 2005, "1")
    names = tuple(f"{name}_{part}" for name in ABSENCES for part in ("opening", "begun", "ended", "closing"))
    assert _said(line, names) == {
        "suspended_begun": 2, "suspended_ended": 1, "suspended_closing": 1,
        "dropped_out_begun": 1, "dropped_out_ended": 1,
        "guest_elsewhere_begun": 1, "guest_elsewhere_closing": 1,
    }  # fmt: skip
    assert (line["registered"], line["attending"]) == (5, 3)
    host = _line(lines, lives, BAIXIA_PRIMARY, 2005, "1")
    assert _said(host, (f"{GUESTS_HERE}_begun", f"{GUESTS_HERE}_closing", "registered", "attending")) == {
        f"{GUESTS_HERE}_begun": 1, f"{GUESTS_HERE}_closing": 1, "attending": 1,
    }  # fmt: skip
    assert not unbalanced(lines)


def test_invariant_7_a_stay_within_the_window_begins_and_ends_at_home_and_at_the_host(lives: Lives) -> None:
    host, other = (str(lives.city.id(code)) for code in (BAIXIA_PRIMARY, NINE_YEAR))
    moving, dying, resting = (lives.open(gender="1", intake_year=2005) for _ in range(3))
    lives.spell(moving, "attends", host, date(2007, 10, 8))
    lives.spell(moving, "attends", other, date(2008, 2, 18))
    lives.spell(moving, "attends", None, date(2008, 6, 2))
    lives.spell(dying, "attends", host, date(2008, 2, 18))
    lives.close(dying, "death", date(2008, 4, 7))
    lives.spell(resting, "attends", host, date(2008, 2, 18))
    lives.spell(resting, "status", "suspended", date(2008, 4, 7))
    with acting_system():
        lines = flow_of(WINDOW)
        alone = flow_of(WINDOW, schools=[lives.city.id(BAIXIA_PRIMARY)])
    assert not unbalanced(lines)
    home = _line(lines, lives, PRIMARY, 2005, "1")
    names = tuple(f"{name}_{part}" for name in (*ABSENCES, GUESTS_HERE) for part in ("begun", "ended", "closing"))
    assert _said(home, (*names, "died")) == {
        "guest_elsewhere_begun": 3, "guest_elsewhere_ended": 3, "suspended_begun": 1, "suspended_closing": 1, "died": 1,
    }  # fmt: skip
    assert _said(_line(lines, lives, BAIXIA_PRIMARY, 2005, "1"), names) == {
        "guest_here_begun": 3,
        "guest_here_ended": 3,
    }
    assert _said(_line(lines, lives, NINE_YEAR, 2005, "1"), names) == {"guest_here_begun": 1, "guest_here_ended": 1}
    assert _said(_line(alone, lives, BAIXIA_PRIMARY, 2005, "1"), names) == {
        "guest_here_begun": 3,
        "guest_here_ended": 3,
    }


def test_invariant_7_a_skip_and_a_return_to_a_lower_class_leave_one_line_and_enter_another(lives: Lives) -> None:
    skipping, back = lives.open(gender="1", intake_year=2006), lives.open(gender="1", intake_year=2005)
    lives.change(
        skipping, "grade_skip", date(2008, 2, 18),
        SetSpell(skipping.registration, "class_group", str(lives.group(PRIMARY, "primary", 2005))),
    )  # fmt: skip
    lives.spell(back, "status", "dropped_out", date(2007, 11, 5))
    lives.change(
        back, "dropout_return", date(2008, 9, 1), SetSpell(back.registration, "status", "in_school"),
        SetSpell(back.registration, "class_group", str(lives.group(PRIMARY, "primary", 2006))),
    )  # fmt: skip
    with acting_system():
        lines = flow_of(WINDOW)
    assert not unbalanced(lines)
    for intake_year in (2005, 2006):
        line = _line(lines, lives, PRIMARY, intake_year, "1")
        assert _said(line, FLOW) == {"opening": 1, "moved_in": 1, "moved_out": 1, "closing": 1}
        assert line["attending"] == 1


def test_invariant_7_last_year_s_frozen_state_opens_the_window_and_later_corrections_have_their_lines(
    lives: Lives,
) -> None:
    pupils = [lives.open(gender="1", intake_year=2005) for _ in range(4)]
    with acting_system():
        frozen = state_at(WINDOW[0] - timedelta(days=1))
    lives.void(pupils[0], BASE)
    lives.change(pupils[1], "correction", BASE, SetFields({"gender": "2"}))
    lives.open(gender="1", intake_year=2005, on=BASE)  # forgotten at the opening
    with acting_system():
        lines = flow_of(WINDOW, opening=frozen)
    assert _said(_line(lines, lives, PRIMARY, 2005, "1"), FLOW) == {
        "opening": 4, "other_in": 1, "voided": 1, "sex_out": 1, "closing": 3,
    }  # fmt: skip
    assert not unbalanced(lines)


def test_invariant_8_the_city_s_totals_are_the_sum_of_the_schools_and_agree_with_the_register(lives: Lives) -> None:
    for index in range(9):
        lives.open(PRIMARY if index % 2 else BAIXIA_PRIMARY, intake_year=2003 + index % 4)
    child = lives.open()
    lives.spell(child, "attends", str(lives.city.id(BAIXIA_PRIMARY)), date(2008, 2, 1))
    with acting_system():
        city = totals_of(state_at(WINDOW[1]))
        parts = []
        for code in (PRIMARY, BAIXIA_PRIMARY):
            school = lives.city.id(code)
            lines = totals_of(state_at(WINDOW[1], schools=[school]))
            said = register.as_of(WINDOW[1], school=school)
            whole = summed(lines, ()).to_dicts()[0]
            assert (whole["registered"], whole["attending"]) == (said.pupils, said.attending)
            parts.append(lines)
        assert pl.concat(parts).sort(city.columns).equals(city.sort(city.columns))
        said = register.as_of(WINDOW[1])
    whole = summed(city, ()).to_dicts()[0]
    assert (whole["registered"], whole["attending"]) == (said.pupils, said.attending) == (10, 10)
    with acting_system():
        tables = {code: yearly.table(code, WINDOW[1]) for code in ("grade", "school", "age", "boarding")}
        for made in tables.values():  # the statistics of the day say what the returns of the day say
            assert made.total is not None
            assert (made.total[2], made.total[5]) == (10, 10)
        assert [values[5] for _, values in tables["school"].rows] == [6, 4]
    with acting(lives.city.registrar(BAIXIA_PRIMARY)):
        mine = totals_of(state_at(WINDOW[1]))
        opened = yearly.opened("grade", WINDOW[1], None, None, 5)
        assert len(pupils_behind(opened.rows, WINDOW[1])) == 6
        assert {one.presence for one in pupils_behind(opened.rows, WINDOW[1])} == {"attending", "guest_elsewhere"}
    assert summed(mine, ("school",))["attending"].to_list() == [6]


STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            ["suspend", "resume", "away", "back", "lower", "move", "close", "void", "sex", "await", "arrive", "abroad"]
        ),
        st.integers(0, 3),
        st.integers(0, 60),
    ),
    min_size=1,
    max_size=14,
)


def _play(lives: Lives, children: dict[int, Child], step: str, who: int, on: date) -> None:
    child = children.get(who)
    if child is None:
        children[who] = lives.open(on=on, intake_year=2005, how="enrolment" if on > BASE else "opening")
        return
    host = lives.city.id(BAIXIA_PRIMARY if child.school == lives.city.id(PRIMARY) else PRIMARY)
    values = {
        "suspend": ("status", "suspended"), "resume": ("status", "in_school"), "abroad": ("status", "abroad"),
        "away": ("attends", str(host)), "back": ("attends", None), "await": ("arrival", "awaited"),
        "arrive": ("arrival", "confirmed"),
    }  # fmt: skip
    if step in values:
        lives.spell(child, *values[step], on)
    elif step == "lower" and child.school == lives.city.id(PRIMARY):
        lives.spell(child, "class_group", str(lives.group(PRIMARY, "primary", 2006)), on)
    elif step == "move":
        target = BAIXIA_PRIMARY if child.school == lives.city.id(PRIMARY) else PRIMARY
        children[who] = lives.transfer(child, target, on, intake_year=2005)
    elif step == "close":
        lives.close(child, "leaving", on)
    elif step == "void":
        lives.void(child, on)
    elif step == "sex":
        lives.change(child, "correction", on, SetFields({"gender": "2" if on.day % 2 else "1"}))


@given(steps=STEPS)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_invariant_7_holds_whatever_happens(lives: Lives, steps: list[Any]) -> None:
    mark = transaction.savepoint()
    children: dict[int, Child] = {}
    for step, who, week in steps:
        try:
            with transaction.atomic():
                _play(lives, children, step, who, BASE - timedelta(days=0) + timedelta(days=week * 7))
        except Refused:
            continue
    with acting_system():
        lines = flow_of(WINDOW)
        said = register.as_of(WINDOW[1])
        assert not unbalanced(lines)
        whole = summed(lines.drop("balanced"), ()).to_dicts()[0]
        assert (whole["closing"], whole["attending"]) == (said.pupils, said.attending)
        alone = flow_of(WINDOW, schools=[lives.city.id(PRIMARY)])
    own = lines.filter(pl.col("school") == str(lives.city.id(PRIMARY)))
    assert alone.sort(alone.columns).equals(own.sort(own.columns))
    transaction.savepoint_rollback(mark)
    lives.groups.clear()
