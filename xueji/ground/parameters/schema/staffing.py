"""``staffing.yaml``: trainings, when no post is locked, yearly filings, documents of the regime, undertakings."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from xueji.pure.kernel.types import Level, Role

from .base import ADD_ONLY, AT_LEAST, AT_MOST, OWN, Dated, Identifier, MonthDayText, Part, Words


class TrainingPart(Dated):
    """For how many years a training for a kind of post serves."""

    identity: ClassVar[tuple[str, ...]] = ("role",)
    role: Role
    years: Annotated[int, AT_MOST] = Field(ge=1, le=20)
    warn_days: Annotated[int, AT_LEAST] = Field(ge=0, le=366)


class NoLockPart(Dated):
    """A part of the year in which no post is locked: first and last day."""

    identity: ClassVar[tuple[str, ...]] = ("period",)
    period: Identifier
    first: MonthDayText
    last: MonthDayText


class StaffLimitPart(Dated):
    """A number of days: an unused account, a substitute, a code for registering a machine."""

    identity: ClassVar[tuple[str, ...]] = ("limit",)
    limit: Literal["unused_account_days", "substitute_days", "machine_code_days", "pass_mark"]
    value: Annotated[int, AT_MOST] = Field(ge=1, le=1000)


class FilingPart(Dated):
    """What a district files with the city each year by a day."""

    identity: ClassVar[tuple[str, ...]] = ("filing",)
    filing: Literal["school_codes", "roster"]
    title: Words
    due: Annotated[MonthDayText, OWN]
    since_year: int = Field(ge=2000, le=2100)


class RegimePart(Dated):
    """A document that an organisation keeps."""

    identity: ClassVar[tuple[str, ...]] = ("document",)
    document: Identifier
    title: Words
    levels: Annotated[tuple[Level, ...], ADD_ONLY] = Field(min_length=1)


class UndertakingPart(Dated):
    """The words of an undertaking."""

    identity: ClassVar[tuple[str, ...]] = ("undertaking", "version")
    undertaking: Identifier
    version: Words
    title: Words
    body: tuple[Words, ...] = Field(min_length=1)


class StaffingFile(Part):
    """The whole file."""

    training: Annotated[tuple[TrainingPart, ...], ADD_ONLY] = ()
    no_lock: Annotated[tuple[NoLockPart, ...], ADD_ONLY] = ()
    limits: Annotated[tuple[StaffLimitPart, ...], ADD_ONLY] = ()
    filings: Annotated[tuple[FilingPart, ...], ADD_ONLY] = ()
    regime: Annotated[tuple[RegimePart, ...], ADD_ONLY] = ()
    undertakings: Annotated[tuple[UndertakingPart, ...], ADD_ONLY] = ()
