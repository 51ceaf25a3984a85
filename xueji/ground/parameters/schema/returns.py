"""``returns.yaml``: since when the register exists, rounds with days of their own, the yearly rule."""

from __future__ import annotations

from datetime import date
from typing import Annotated, ClassVar

from pydantic import Field

from .base import ADD_ONLY, AT_MOST, FIXED, OWN, Dated, Identifier, Part, Words


class RoundPart(Part):
    """A round with days of its own (the first one: annex 4 of the notice)."""

    identity: ClassVar[tuple[str, ...]] = ("code",)
    code: Words
    title: Words
    school_year: int = Field(ge=2000, le=2100)
    first: bool = False
    reference_date: date
    window_from: date | None = None
    school_due: Annotated[date, AT_MOST]
    bureau_due: Annotated[date, AT_MOST]
    city_school_due: Annotated[date, AT_MOST]
    basis: Annotated[str, OWN] = ""
    certainty: Annotated[str, OWN] = ""


class ExitPart(Dated):
    """After which way of leaving which registration may follow (rule ``return.exit_contradicted``)."""

    identity: ClassVar[tuple[str, ...]] = ("exit",)
    exit: Identifier
    title: Words
    allows: tuple[Identifier, ...] = ()
    same_stage: bool = False


class ReturnsFile(Part):
    """The whole file; ``yearly_title`` holds {year}. Days of yearly rounds stand in ``calendar.yaml``."""

    register_since: Annotated[date | None, FIXED] = None
    yearly_title: Annotated[str | None, FIXED] = None
    yearly_from: Annotated[int | None, FIXED] = None
    yearly_basis: Annotated[str, OWN] = ""
    rounds: Annotated[tuple[RoundPart, ...], ADD_ONLY] = ()
    exits: Annotated[tuple[ExitPart, ...], ADD_ONLY] = ()
