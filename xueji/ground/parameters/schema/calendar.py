"""``calendar.yaml`` and ``holidays.yaml``: school year, stages, days of the year, days off."""

from __future__ import annotations

from datetime import date
from typing import Annotated, ClassVar, Self

from pydantic import Field, model_validator

from .base import ADD_ONLY, AT_MOST, FIXED, WITHIN, Dated, MonthDayText, Part, Words


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


class CalendarFile(Part):
    """The whole file."""

    stages: Annotated[tuple[StagePart, ...], WITHIN] = ()
    return_days: Annotated[tuple[ReturnDaysPart, ...], WITHIN] = ()


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
