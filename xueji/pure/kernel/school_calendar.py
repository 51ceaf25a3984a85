"""The calendar of a school year (校历): what begins, is due, open or frozen, derived from the rulebook alone.

Nothing is written down twice: terms and the days of the return stand in ``calendar.yaml``, rounds in
``returns.yaml``, frozen periods and opening days of the changes in ``changes.yaml``, holidays in ``holidays.yaml``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from .calendar import ONE_DAY
from .rulebook import ChangeKind, NotInRulebook, Round, Rulebook
from .school_year import school_year_name
from .terms import TermDates
from .types import Level


class EventKind(StrEnum):
    """What an event says."""

    TURN = "turn"  # something begins
    DUE = "due"  # to be done by that day
    OPEN = "open"  # may be done from the first to the last day
    FROZEN = "frozen"  # may not be done
    HOLIDAY = "holiday"
    WORKED = "worked"  # a weekend day that is worked instead


EVERYBODY = frozenset(Level)
SCHOOLS = frozenset({Level.SCHOOL})


@dataclass(frozen=True, slots=True)
class CalendarEvent:
    """``first`` to ``last`` day inclusive; ``subject`` names what it is about: return, filings, term, change:<kind>.

    ``levels``: whom it concerns; ``city_schools``: of the schools, those under the city only (True) or not (False).
    """

    kind: EventKind
    first: date
    last: date
    title: str
    text: str = ""
    basis: str = ""
    subject: str = ""
    levels: frozenset[Level] = EVERYBODY
    city_schools: bool | None = None

    @property
    def day(self) -> date:
        """Where it stands in a list: what is due or ends by its last day, all else by its first."""
        return self.last if self.kind is EventKind.DUE else self.first

    def covers(self, day: date) -> bool:
        """Whether a day lies in it."""
        return self.first <= day <= self.last


def events_of(book: Rulebook, school_year: int) -> list[CalendarEvent]:
    """The events of a school year (2008: 2008-2009) that touch it, in order of their days."""
    first = book.stages.start_of(school_year)
    last = book.stages.start_of(school_year + 1) - ONE_DAY
    found = [
        CalendarEvent(EventKind.TURN, first, first, f"{school_year_name(school_year)} 学年开始"),
        *_terms(book, school_year),
        *_rounds(book, first, last),
        *_filings(book, first, last),
        *_changes(book, school_year, first, last),
        *_final_grade(book, first, last),
        *_days_off(book, first, last),
    ]
    within = [event for event in found if event.first <= last and event.last >= first]
    return sorted(within, key=lambda event: (event.day, event.kind, event.title))


def _terms(book: Rulebook, school_year: int) -> Iterator[CalendarEvent]:
    for term in book.calendar.terms.of_year(school_year):
        yield from _term(term)


def _term(term: TermDates) -> Iterator[CalendarEvent]:
    def event(kind: EventKind, first: date, last: date, title: str, text: str = "") -> CalendarEvent:
        return CalendarEvent(kind, first, last, title, text, term.basis, "term")

    name = term.title.rpartition("学年")[2]
    yield event(EventKind.TURN, term.starts_on, term.starts_on, f"{name}开学，报到注册")
    yield event(EventKind.OPEN, term.opens_on, term.clear_by, f"{name}报到注册", "按班点到，登记未到学生并逐个联系")
    yield event(EventKind.DUE, term.first_list_on, term.first_list_on, f"{name}第一次未到名单")
    yield event(EventKind.DUE, term.second_list_on, term.second_list_on, f"{name}两周未到名单")
    yield event(EventKind.DUE, term.clear_by, term.clear_by, f"{name}未到学生办结", "每名未到学生都要有去向")


def _rounds(book: Rulebook, first: date, last: date) -> Iterator[CalendarEvent]:
    listed = list(book.rounds.values())
    for year in (first.year, last.year):
        try:
            listed.append(book.yearly_round(year))
        except NotInRulebook:
            continue
    for one in listed:
        yield from _round(one)


def _round(one: Round) -> Iterator[CalendarEvent]:
    def due(day: date, title: str, *levels: Level, city_schools: bool | None = None) -> CalendarEvent:
        who = frozenset(levels)
        return CalendarEvent(
            EventKind.DUE, day, day, title, one.title, one.basis, "return", who, city_schools=city_schools
        )

    day = one.reference_date
    text = "当天的学籍情况为本年度上报数据"
    yield CalendarEvent(EventKind.TURN, day, day, "时间基准点", text, one.basis, "return")
    if one.city_school_due == one.school_due:
        yield due(one.school_due, "学校上报截止", Level.SCHOOL, Level.DISTRICT, Level.CITY)
    else:
        yield due(one.school_due, "学校报主管教育局截止", Level.SCHOOL, Level.DISTRICT, city_schools=False)
        yield due(one.city_school_due, "市直属学校报市截止", Level.SCHOOL, Level.CITY, city_schools=True)
    yield due(one.bureau_due, "区县报市截止", Level.DISTRICT, Level.CITY)


def _filings(book: Rulebook, first: date, last: date) -> Iterator[CalendarEvent]:
    for year in range(first.year, last.year + 1):
        day = book.calendar.days.filings_due.of(year)
        for subject, title in (("posts", "学籍管理人员汇总表报备"), ("codes", "学校代码表报备")):
            levels = frozenset({Level.DISTRICT, Level.CITY})
            yield CalendarEvent(
                EventKind.DUE,
                day,
                day,
                f"{title}截止",
                "报市教育局备案",
                "通知一.3、二.1",
                f"filings:{subject}",
                levels,
            )


def _changes(book: Rulebook, school_year: int, first: date, last: date) -> Iterator[CalendarEvent]:
    for change in book.changes.values():
        for year in (first.year - 1, first.year, last.year):
            yield from _frozen(change, year)
        if change.open_from is not None:
            yield from _opened(change, school_year, last)


def _frozen(change: ChangeKind, year: int) -> Iterator[CalendarEvent]:
    for limit in change.limits:
        if limit.kind != "frozen_period":
            continue
        begin, end = _day(limit.params["from"], year), _day(limit.params["to"], year)
        if end < begin:
            end = _day(limit.params["to"], year + 1)
        title, subject = f"{change.title}停办", f"change:{change.kind}"
        yield CalendarEvent(EventKind.FROZEN, begin, end, title, limit.message, limit.basis, subject)


def _final_grade(book: Rulebook, first: date, last: date) -> Iterator[CalendarEvent]:
    """When nothing new is taken in about the final grade, and by when what is open must be decided."""
    for stop in book.final_grade_stops:
        for year in (first.year, last.year):
            begin, closed, end = (_day(one, year) for one in (stop.from_day, stop.closed_from, stop.to_day))
            subject = f"stop:{stop.code}"
            yield CalendarEvent(EventKind.FROZEN, begin, end, stop.title, stop.message, stop.basis, subject)
            due = closed - ONE_DAY
            title = "毕业年级未办结的变动办结截止"
            yield CalendarEvent(EventKind.DUE, due, due, title, stop.message, stop.basis, subject)


def _opened(change: ChangeKind, school_year: int, last: date) -> Iterator[CalendarEvent]:
    """From its opening day until the school year is over; with the day from which it is true."""
    begin = _day(str(change.open_from), last.year)
    subject = f"change:{change.kind}"
    text = f"{begin.month} 月 {begin.day} 日起可以办理"
    yield CalendarEvent(EventKind.OPEN, begin, last, f"{change.title}办理", text, change.basis, subject)
    if change.effective == "day" and change.effective_day:
        day = _day(change.effective_day, last.year)
        yield CalendarEvent(EventKind.TURN, day, day, f"{change.title}生效", "", change.basis, subject)


def _day(month_day: str, year: int) -> date:
    """MM-DD of a year; 29 February of a common year is its 28th."""
    month, day = int(month_day[:2]), int(month_day[3:])
    if (month, day) == (2, 29) and (year % 4 or (not year % 100 and year % 400)):
        day = 28
    return date(year, month, day)


def _days_off(book: Rulebook, first: date, last: date) -> Iterator[CalendarEvent]:
    """Holidays as runs (weekends between days of one name belong to the run), and weekends that are worked."""
    calendar = book.calendar
    days = sorted(day for day in calendar.holiday_names if first <= day <= last)
    while days:
        begin = end = days.pop(0)
        name = calendar.holiday_names[begin]
        while days and calendar.holiday_names[days[0]] == name and _only_weekend(book, end, days[0]):
            end = days.pop(0)
        yield CalendarEvent(EventKind.HOLIDAY, begin, end, f"{name}放假")
    for day in sorted(one for one in calendar.working_weekends if first <= one <= last):
        yield CalendarEvent(EventKind.WORKED, day, day, "调休上班")


def _only_weekend(book: Rulebook, before: date, after: date) -> bool:
    day = before + timedelta(days=1)
    while day < after:
        if book.calendar.is_working_day(day):
            return False
        day += ONE_DAY
    return True
