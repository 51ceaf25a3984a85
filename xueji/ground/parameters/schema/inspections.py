"""``inspections.yaml``: own checks by term, sizes of samples, weights of risk, days for corrections, the checklists."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from .base import ADD_ONLY, AT_LEAST, AT_MOST, OWN, Dated, Identifier, MonthDayText, Part, Words


class OwnCheckPart(Dated):
    """The own check (自查) of a term: its last day, and how many pupils and changes are looked at, at least."""

    identity: ClassVar[tuple[str, ...]] = ("term",)
    term: Identifier
    due: Annotated[MonthDayText, OWN]
    pupils: Annotated[int, AT_LEAST] = Field(ge=1, le=1000)
    changes: Annotated[int, AT_LEAST] = Field(ge=0, le=1000)


class CorrectionPart(Dated):
    """Working days within which a finding of a severity is corrected."""

    identity: ClassVar[tuple[str, ...]] = ("severity",)
    severity: Literal["error", "query", "note"]
    title: Words
    days: Annotated[int, AT_MOST] = Field(ge=1, le=250)


class SamplingPart(Dated):
    """How many of a sort are drawn in a school: by default, and at most."""

    identity: ClassVar[tuple[str, ...]] = ("what",)
    what: Literal["record", "procedure"]
    standard: Annotated[int, OWN] = Field(ge=0)
    most: Annotated[int, AT_LEAST] = Field(ge=1)


class RiskPart(Dated):
    """What one of a fact counts when a sample is drawn by risk."""

    identity: ClassVar[tuple[str, ...]] = ("fact",)
    fact: Literal["errors", "queries", "changes", "corrections", "earlier"]
    title: Words
    weight: Annotated[int, AT_LEAST] = Field(ge=0, le=100)


class ItemPart(Part):
    """A line of a checklist; ``mended_by`` a change or correction, or papers alone; ``fields`` to compare."""

    identity: ClassVar[tuple[str, ...]] = ("item",)
    item: Identifier
    title: Words
    severity: Literal["error", "query", "note"]
    mended_by: Literal["change", "papers"]
    fields: Annotated[tuple[Identifier, ...], ADD_ONLY] = ()
    basis: Annotated[str, OWN] = ""


class ChecklistPart(Dated):
    """One checklist with its lines."""

    identity: ClassVar[tuple[str, ...]] = ("checklist",)
    checklist: Literal["school", "record", "procedure"]
    title: Words
    items: Annotated[tuple[ItemPart, ...], ADD_ONLY] = Field(min_length=1)


class InspectionsFile(Part):
    """The whole file."""

    own_checks: Annotated[tuple[OwnCheckPart, ...], ADD_ONLY] = ()
    corrections: Annotated[tuple[CorrectionPart, ...], ADD_ONLY] = ()
    sampling: Annotated[tuple[SamplingPart, ...], ADD_ONLY] = ()
    risks: Annotated[tuple[RiskPart, ...], ADD_ONLY] = ()
    checklists: Annotated[tuple[ChecklistPart, ...], ADD_ONLY] = ()
