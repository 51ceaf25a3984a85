"""校历: every date of the year comes from the rulebook (clauses A3, B1, C5)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from xueji.ground.parameters.build import rulebook_from_files
from xueji.pure.kernel.rulebook import Limit
from xueji.pure.kernel.school_calendar import CalendarEvent, EventKind, events_of
from xueji.pure.kernel.types import Level

BOOK = rulebook_from_files(date(2008, 11, 3))


def _one(events: list[CalendarEvent], title: str) -> CalendarEvent:
    found = [event for event in events if event.title == title]
    assert len(found) == 1, [event.title for event in events]
    return found[0]


def test_the_year_of_2008_has_its_reference_date_return_days_and_filings() -> None:
    events = events_of(BOOK, 2008)
    assert _one(events, "时间基准点").first == date(2008, 9, 15)
    assert _one(events, "学校上报截止").day == date(2008, 9, 30)
    assert _one(events, "区县报市截止").day == date(2008, 10, 20)
    assert _one(events, "学校代码表报备截止").day == date(2009, 4, 1)
    assert Level.SCHOOL not in _one(events, "区县报市截止").levels


def test_the_first_round_keeps_its_own_days() -> None:
    events = events_of(BOOK, 2007)
    assert _one(events, "学校上报截止").day == date(2008, 4, 30)
    assert _one(events, "区县报市截止").day == date(2008, 5, 31)


def test_a_frozen_period_over_the_new_year_is_one_run() -> None:
    limit = Limit("frozen", "frozen_period", "停办", params={"from": "12-20", "to": "01-10"}, basis="示例")
    transfer = replace(BOOK.changes["transfer"], limits=(limit,))
    events = events_of(replace(BOOK, changes={"transfer": transfer}), 2008)
    frozen = [event for event in events if event.kind is EventKind.FROZEN]
    assert [(event.first, event.last) for event in frozen] == [(date(2008, 12, 20), date(2009, 1, 10))]
    assert frozen[0].covers(date(2009, 1, 1))
    assert not frozen[0].covers(date(2009, 1, 11))


def test_a_holiday_is_one_run_over_its_weekend_and_worked_weekends_are_listed() -> None:
    events = events_of(BOOK, 2007)
    spring = _one(events, "春节放假")
    assert (spring.first, spring.last) == (date(2008, 2, 6), date(2008, 2, 12))
    worked = {event.first for event in events if event.kind is EventKind.WORKED}
    assert date(2008, 2, 2) in worked


def test_promotion_and_graduation_are_open_from_their_days_of_the_year_that_ends() -> None:
    events = events_of(BOOK, 2008)
    opened = {event.subject: event.first for event in events if event.kind is EventKind.OPEN}
    assert opened["change:promotion"] == date(2009, 7, 1)
    assert opened["change:leaving"] == date(2009, 6, 1)


def test_the_events_stand_in_the_order_of_their_days_within_the_year() -> None:
    for year in (2007, 2008, 2009, 2013):
        events = events_of(BOOK, year)
        assert [event.day for event in events] == sorted(event.day for event in events)
        assert all(event.first <= date(year + 1, 8, 31) and event.last >= date(year, 9, 1) for event in events)
