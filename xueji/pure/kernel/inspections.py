"""What a regular check (定期审核) looks at and by when findings are corrected: values of ``inspections.yaml``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from .terms import TermDates

#: Facts of a pupil or school that a sample by risk weighs.
RISK_FACTS = ("errors", "queries", "changes", "corrections", "earlier")
SCHOOL, RECORD, PROCEDURE = "school", "record", "procedure"
BY_CHANGE = "change"


@dataclass(frozen=True, slots=True)
class Item:
    """A line of a checklist. ``mended_by``: ``change`` (a change or correction must mend it) or ``papers``."""

    item: str
    title: str
    severity: str
    mended_by: str
    fields: tuple[str, ...] = ()
    basis: str = ""


@dataclass(frozen=True, slots=True)
class Checklist:
    """One of the three checklists: of the school, of a pupil's record, of a change's procedure."""

    checklist: str
    title: str
    items: tuple[Item, ...]
    basis: str = ""
    certainty: str = ""


@dataclass(frozen=True, slots=True)
class OwnCheck:
    """The own check of a term. ``due``: (month, day) of its last day."""

    term: str
    due: tuple[int, int]
    pupils: int
    changes: int
    basis: str = ""

    def due_on(self, term: TermDates) -> date:
        """Its last day in a term: the first such day after the term begins."""
        found = date(term.starts_on.year, *self.due)
        return found if found >= term.starts_on else date(term.starts_on.year + 1, *self.due)


@dataclass(frozen=True, slots=True)
class Correction:
    """Working days for findings of a severity."""

    severity: str
    title: str
    days: int


@dataclass(frozen=True, slots=True)
class SampleSize:
    """How many are drawn in a school: by default and at most."""

    standard: int
    most: int


@dataclass(frozen=True, slots=True)
class Risk:
    """What one of a fact counts."""

    fact: str
    title: str
    weight: int


@dataclass(frozen=True)
class InspectionRules:
    """All of it. Empty where no layer of the rulebook has the part."""

    own_checks: Mapping[str, OwnCheck] = field(default_factory=dict)
    corrections: Mapping[str, Correction] = field(default_factory=dict)
    sizes: Mapping[str, SampleSize] = field(default_factory=dict)
    risks: tuple[Risk, ...] = ()
    checklists: Mapping[str, Checklist] = field(default_factory=dict)

    def item(self, checklist: str, item: str) -> Item | None:
        """A line of a checklist, None where there is none of that name."""
        found = self.checklists.get(checklist)
        return next((one for one in found.items if one.item == item), None) if found else None

    @property
    def weights(self) -> Mapping[str, int]:
        """Weight by fact."""
        return {one.fact: one.weight for one in self.risks}
