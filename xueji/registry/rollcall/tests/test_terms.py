"""The terms of a school year as the rulebook says them."""

from __future__ import annotations

from datetime import date

from xueji.ground.parameters.build import rulebook_from_files

RULES = rulebook_from_files(date(2008, 9, 1)).calendar.terms


def test_the_lists_are_of_the_third_day_and_of_two_weeks_later() -> None:
    autumn = RULES.term("2008-autumn")
    assert autumn is not None
    assert (autumn.starts_on, autumn.first_list_on, autumn.second_list_on) == (
        date(2008, 9, 1), date(2008, 9, 3), date(2008, 9, 15),
    )  # fmt: skip


def test_no_shows_are_cleared_by_the_reference_date() -> None:
    book = rulebook_from_files(date(2008, 9, 1))
    autumn = RULES.term("2008-autumn")
    assert autumn is not None
    assert autumn.clear_by <= book.calendar.reference_date(2008)


def test_the_spring_term_of_a_school_year_lies_in_the_next_calendar_year() -> None:
    spring = RULES.term("2008-spring")
    assert spring is not None
    assert spring.starts_on.year == 2009


def test_the_list_of_the_coming_term_can_be_made_a_week_before() -> None:
    before = RULES.current(date(2008, 8, 24))
    now = RULES.current(date(2008, 8, 25))
    assert before is not None
    assert before.code == "2007-spring"
    assert now is not None
    assert now.code == "2008-autumn"


def test_a_term_that_does_not_exist_is_none() -> None:
    assert RULES.term("2008-summer") is None
    assert RULES.term("herbst") is None


def test_every_change_that_ends_a_no_show_is_a_kind_of_the_rulebook() -> None:
    book = rulebook_from_files(date(2008, 9, 1))
    named = {kind for end in book.calendar.terms.ends for kind in end.kinds}
    assert {"transfer", "dropout", "suspension"} <= named
    assert named - set(book.changes) == set()
