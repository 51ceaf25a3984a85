"""``calendar.yaml`` and ``holidays.yaml``: school year, stages, days of the year, days off."""

from __future__ import annotations

from datetime import date
from typing import Annotated, ClassVar, Self

from pydantic import Field, model_validator

from .base import ADD_ONLY, AT_MOST, FIXED, WITHIN, Dated, Identifier, MonthDayText, Part, Words


class StagePart(Dated):
    """Years of each stage and the begin of the school year."""

    primary_years: int = Field(ge=5, le=6)
    junior_years: int = Field(ge=3, le=4)
    school_year_start: MonthDayText

    @model_validator(mode="after")
    def _nine(self) -> Self:
        if self.primary_years + self.junior_years != 9:
            raise ValueError("小学与初中的年数合计应为 9")
        return self


class ReturnDaysPart(Dated):
    """Days of the yearly return (clause C5); a lower layer may ask for an earlier day."""

    reference: Annotated[MonthDayText, FIXED]
    school_due: Annotated[MonthDayText, AT_MOST]
    bureau_due: Annotated[MonthDayText, AT_MOST]
    city_school_due: Annotated[MonthDayText, AT_MOST]
    filings_due: Annotated[MonthDayText, AT_MOST]
    national_stock: Annotated[MonthDayText, FIXED]


class TermStartPart(Part):
    """The first day of a term in one school year, where it is not the usual one."""

    identity: ClassVar[tuple[str, ...]] = ("school_year",)
    school_year: int = Field(ge=1990, le=2100)
    on: date


class TermPart(Dated):
    """A term and its roll-call (报到注册). A lower layer may ask for earlier lists and an earlier clearing."""

    identity: ClassVar[tuple[str, ...]] = ("term",)
    term: Identifier
    title: Words
    start: MonthDayText
    starts: Annotated[tuple[TermStartPart, ...], ADD_ONLY] = ()
    opens_days_before: int = Field(0, ge=0, le=60)
    first_list_day: Annotated[int, AT_MOST] = Field(ge=1, le=30)
    second_list_day: Annotated[int, AT_MOST] = Field(ge=1, le=60)
    clear_by: Annotated[MonthDayText, AT_MOST]


class NoShowEndPart(Dated):
    """How a pupil's not coming ends (``no_show``), or an attending without a record here (``separated``)."""

    identity: ClassVar[tuple[str, ...]] = ("outcome",)
    outcome: Identifier
    title: Words
    kinds: Annotated[tuple[Identifier, ...], ADD_ONLY] = ()
    no_show: bool = True
    separated: bool = False


class ContactWayPart(Dated):
    """A way in which a school tries to reach a pupil's family."""

    identity: ClassVar[tuple[str, ...]] = ("way",)
    way: Identifier
    title: Words


class CalendarFile(Part):
    """The whole file."""

    stages: Annotated[tuple[StagePart, ...], WITHIN] = ()
    return_days: Annotated[tuple[ReturnDaysPart, ...], WITHIN] = ()
    terms: Annotated[tuple[TermPart, ...], ADD_ONLY] = ()
    no_show_ends: Annotated[tuple[NoShowEndPart, ...], ADD_ONLY] = ()
    contact_ways: Annotated[tuple[ContactWayPart, ...], ADD_ONLY] = ()


class DayOffPart(Part):
    """A run of days off that carry one name."""

    name: Words
    days: tuple[date, ...] = Field(min_length=1)


class YearPart(Part):
    """The table of a year: days off on weekdays, weekend days worked instead."""

    identity: ClassVar[tuple[str, ...]] = ("year",)
    year: int = Field(ge=1990, le=2100)
    holidays: tuple[DayOffPart, ...] = ()
    worked: tuple[date, ...] = ()
    basis: str = ""
    certainty: str = ""

    @model_validator(mode="after")
    def _of_this_year(self) -> Self:
        off = [day for run in self.holidays for day in run.days]
        for day in (*off, *self.worked):
            if day.year != self.year:
                raise ValueError(f"{day} 不在 {self.year} 年")
        for day in off:
            if day.weekday() > 4:
                raise ValueError(f"{day} 是周末，不必列为放假日")
        for day in self.worked:
            if day.weekday() < 5:
                raise ValueError(f"{day} 不是周末，不能列为调休上班日")
        return self


class HolidaysFile(Part):
    """The whole file."""

    years: Annotated[tuple[YearPart, ...], ADD_ONLY] = ()
