"""Working days, due dates, and the days of the yearly return.

Holidays and make-up working days are tables of the rulebook; a year without a
table counts Monday to Friday and is marked provisional. Days of the year
(reference date, due dates) are data too (clauses A3, B1, C5).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from .terms import TermRules

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class DueDate:
    """A due date; ``provisional`` when a year without a holiday table was counted."""

    on: date
    provisional: bool


@dataclass(frozen=True, slots=True)
class MonthDay:
    """A day of every year."""

    month: int
    day: int

    def of(self, year: int) -> date:
        """That day in a year."""
        return date(year, self.month, self.day)


@dataclass(frozen=True, slots=True)
class ReturnDays:
    """The days of a year's return (clause C5); the window ends on the reference date."""

    reference: MonthDay
    school_due: MonthDay
    bureau_due: MonthDay
    city_school_due: MonthDay
    filings_due: MonthDay
    national_stock: MonthDay = MonthDay(9, 1)


@dataclass(frozen=True)
class Calendar:
    """Which days are worked.

    ``holidays`` are days off that fall on weekdays, ``working_weekends`` weekend
    days that are worked instead, ``known_years`` the years that have a table.
    """

    holidays: frozenset[date] = frozenset()
    working_weekends: frozenset[date] = frozenset()
    known_years: frozenset[int] = frozenset()
    days: ReturnDays = field(
        default_factory=lambda: ReturnDays(
            MonthDay(9, 15), MonthDay(9, 30), MonthDay(10, 20), MonthDay(9, 30), MonthDay(4, 1)
        )
    )
    holiday_names: Mapping[date, str] = field(default_factory=dict)
    terms: TermRules = field(default_factory=TermRules)

    def is_provisional(self, year: int) -> bool:
        """Whether a year has no holiday table."""
        return year not in self.known_years

    def is_working_day(self, day: date) -> bool:
        """Whether a day is worked (by its table, else Monday to Friday)."""
        if day in self.holidays:
            return False
        return day.weekday() < 5 or day in self.working_weekends

    def due(self, since: date, working_days: int) -> DueDate:
        """The ``working_days``-th working day after ``since`` (that day itself does not count)."""
        if working_days < 0:
            raise ValueError("a term cannot be negative")
        day, left = since, working_days
        provisional = self.is_provisional(since.year)
        while left:
            day += ONE_DAY
            if self.is_working_day(day):
                left -= 1
            provisional = provisional or self.is_provisional(day.year)
        return DueDate(day, provisional)

    def working_days_between(self, since: date, until: date) -> int:
        """Working days after ``since`` up to and including ``until``; negative when ``until`` lies before."""
        if until < since:
            return -self.working_days_between(until, since)
        count, day = 0, since
        while day < until:
            day += ONE_DAY
            count += self.is_working_day(day)
        return count

    def reference_date(self, year: int) -> date:
        """The reference date of the return of a year (15 September)."""
        return self.days.reference.of(year)

    def national_stock_date(self, year: int) -> date:
        """The stock date of the national statistics of a year (1 September; domain.md §6)."""
        return self.days.national_stock.of(year)

    def window(self, year: int) -> tuple[date, date]:
        """First and last day of the window of the return of a year (16 September to 15 September)."""
        return self.days.reference.of(year - 1) + ONE_DAY, self.days.reference.of(year)

    def school_due(self, year: int) -> date:
        """By when schools submit to their bureau."""
        return self.days.school_due.of(year)

    def bureau_due(self, year: int) -> date:
        """By when districts submit to the city."""
        return self.days.bureau_due.of(year)
