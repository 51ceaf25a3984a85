"""The terms of a school year, and how the roll-call (报到注册) of each is held.

Begin, lists and the day by which no-shows are cleared are data of the rulebook (``calendar.yaml``); a term is
named by school year and key: ``2008-autumn``, ``2008-spring`` (which begins in 2009).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from .school_year import school_year_name


@dataclass(frozen=True, slots=True)
class TermDates:
    """One term with its days, all inclusive. ``first_list_on``: the list of the third day; ``second_list_on``: the
    one after two weeks; ``clear_by``: the last day on which a no-show may still be open."""

    code: str
    key: str
    title: str
    school_year: int
    opens_on: date
    starts_on: date
    first_list_on: date
    second_list_on: date
    clear_by: date
    basis: str = ""


@dataclass(frozen=True, slots=True)
class Term:
    """A term as the rulebook says it, for every school year.

    ``start`` and ``clear_by`` are (month, day); ``later_year``: they lie in the calendar year in which the school
    year ends; ``starts``: first days fixed for single school years. List days count the first day of term as 1.
    """

    key: str
    title: str
    start: tuple[int, int]
    clear_by: tuple[int, int]
    first_list_day: int
    second_list_day: int
    opens_days_before: int = 0
    later_year: bool = False
    starts: Mapping[int, date] = field(default_factory=dict)
    basis: str = ""

    def of(self, school_year: int) -> TermDates:
        """The term in a school year (2008: 2008-2009)."""
        year = school_year + self.later_year
        start = self.starts.get(school_year) or date(year, *self.start)
        return TermDates(
            code=f"{school_year}-{self.key}",
            key=self.key,
            title=f"{school_year_name(school_year)} 学年{self.title}",
            school_year=school_year,
            opens_on=start - timedelta(days=self.opens_days_before),
            starts_on=start,
            first_list_on=start + timedelta(days=self.first_list_day - 1),
            second_list_on=start + timedelta(days=self.second_list_day - 1),
            clear_by=date(year, *self.clear_by),
            basis=self.basis,
        )


@dataclass(frozen=True, slots=True)
class NoShowEnd:
    """A way in which a no-show ends. ``kinds``: the kinds of change one of which must have been lodged; none are
    needed where the pupil simply came. ``separated``: also ends a pupil's attending without a record here."""

    outcome: str
    title: str
    kinds: tuple[str, ...] = ()
    no_show: bool = True
    separated: bool = False


@dataclass(frozen=True)
class TermRules:
    """Terms of a school year in their order, the ways in which a no-show ends, and how contact is made."""

    terms: tuple[Term, ...] = ()
    ends: tuple[NoShowEnd, ...] = ()
    contact_ways: Mapping[str, str] = field(default_factory=dict)

    def of_year(self, school_year: int) -> tuple[TermDates, ...]:
        """The terms of a school year."""
        return tuple(term.of(school_year) for term in self.terms)

    def term(self, code: str) -> TermDates | None:
        """A term by its code, None where there is no such term."""
        year, _, key = code.partition("-")
        if not (year.isascii() and year.isdecimal() and len(year) == 4):
            return None
        return next((term.of(int(year)) for term in self.terms if term.key == key), None)

    def current(self, day: date) -> TermDates | None:
        """The term whose roll-call is to be held on a day: the last one whose class lists may be made by then."""
        candidates = [term for year in (day.year - 1, day.year) for term in self.of_year(year)]
        return max((term for term in candidates if term.opens_on <= day), key=lambda t: t.starts_on, default=None)

    def running(self, day: date) -> TermDates | None:
        """The term in which a day lies (a day of the holidays counts to the term before)."""
        candidates = [term for year in (day.year - 1, day.year) for term in self.of_year(year)]
        return max((term for term in candidates if term.starts_on <= day), key=lambda t: t.starts_on, default=None)

    def before(self, day: date, count: int, since: date) -> list[TermDates]:
        """The current term and those before it that began on or after ``since``, the newest first."""
        years = range(day.year - count, day.year + 1)
        found = [
            term for year in years for term in self.of_year(year) if term.opens_on <= day and term.starts_on >= since
        ]
        return sorted(found, key=lambda term: term.starts_on, reverse=True)[:count]

    def end(self, outcome: str) -> NoShowEnd | None:
        """A way of ending by its key."""
        return next((one for one in self.ends if one.outcome == outcome), None)
