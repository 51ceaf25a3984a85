"""School years, working days, due dates (clauses A3, B1, C5)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xueji.pure.kernel.calendar import Calendar
from xueji.pure.kernel.school_year import StageSystem, class_name, grade_name, school_year_name, school_year_of

CALENDAR = Calendar(
    holidays=frozenset({date(2008, 9, 29), date(2008, 9, 30), date(2008, 10, 1), date(2008, 10, 2), date(2008, 10, 3)}),
    working_weekends=frozenset({date(2008, 9, 27), date(2008, 9, 28)}),
    known_years=frozenset({2008}),
)


def test_the_school_year_begins_on_1_september() -> None:
    assert school_year_of(date(2008, 8, 31)) == 2007
    assert school_year_of(date(2008, 9, 1)) == 2008
    assert school_year_name(2007) == "2007-2008"


def test_grades_follow_from_the_cohort() -> None:
    system = StageSystem()
    assert system.grade_of("primary", 2003, 2008) == 6
    assert system.grade_of("primary", 2002, 2008) is None
    assert system.grade_of("primary", 2009, 2008) is None
    assert system.grade_of("junior", 2008, 2008) == 7
    assert system.is_final("junior", 2006, 2008)
    assert system.class_name("primary", 2006, 2, 2008) == "三（2）班"
    assert system.class_name("primary", 2002, 2, 2008) == "2002级（2）班"
    assert (class_name(9, 11), grade_name(7)) == ("九（11）班", "七年级")


@given(st.sampled_from([StageSystem(), StageSystem(5, 4)]), st.integers(1, 9), st.integers(1990, 2050))
def test_the_intake_year_of_a_grade_gives_that_grade_back(system: StageSystem, grade: int, school_year: int) -> None:
    stage = system.stage_of(grade)
    assert system.grade_of(stage, system.intake_year_of(grade, school_year), school_year) == grade


def test_five_years_of_primary_make_grade_6_junior() -> None:
    assert StageSystem(5, 4).stage_of(6) == "junior"
    assert StageSystem().stage_of(6) == "primary"
    with pytest.raises(ValueError, match="no grade"):
        StageSystem().stage_of(10)


def test_a_term_counts_the_days_that_are_worked_only() -> None:
    due = CALENDAR.due(date(2008, 9, 22), 10)
    assert due.on == date(2008, 10, 9)  # 23–28 (six, two of them weekend days worked), 6–9 October (four)
    assert not due.provisional
    assert CALENDAR.due(date(2008, 9, 22), 0).on == date(2008, 9, 22)


def test_a_year_without_a_table_is_provisional() -> None:
    assert CALENDAR.due(date(2008, 12, 30), 5).provisional
    assert CALENDAR.due(date(2011, 5, 2), 1).provisional


@given(st.dates(date(2007, 1, 1), date(2010, 12, 31)), st.integers(0, 60))
def test_working_days_between_a_day_and_its_due_date_are_the_term(since: date, term: int) -> None:
    assert CALENDAR.working_days_between(since, CALENDAR.due(since, term).on) == term


def test_the_window_ends_on_the_reference_date_and_follows_the_one_before() -> None:
    first, last = CALENDAR.window(2008)
    assert (first, last) == (date(2007, 9, 16), date(2008, 9, 15))
    assert CALENDAR.window(2009)[0] - last == timedelta(days=1)
    assert (CALENDAR.school_due(2008), CALENDAR.bureau_due(2008)) == (date(2008, 9, 30), date(2008, 10, 20))
