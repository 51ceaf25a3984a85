"""What a procedure answers: entries to append, and what the rules refuse.

A procedure is a pure function from facts to operations (design §1). It never
looks anything up: identifiers, numbers and dates are among the facts, the limits
come from the rulebook's ``changes.yaml``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from xueji.pure.kernel.operations import Operation


@dataclass(frozen=True, slots=True)
class Planned:
    """One entry to be: whose journal, of which pupil, true from which day.

    ``sensitive`` holds the values that stand only in the entry's encrypted part; ``corrects`` names the entry
    whose place it takes; ``basis`` what the entry says of its ground beside the application (nothing sensitive).
    ``subject``: under whose data key the sensitive part is sealed, where the entry is of no student.
    """

    organisation: UUID
    kind: str
    student: UUID | None
    effective_on: date
    operations: tuple[Operation, ...]
    sensitive: Mapping[str, str | None] | None = None
    corrects: UUID | None = None
    basis: Mapping[str, str] = field(default_factory=dict)
    subject: UUID | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a change may not happen: the rule's code, a sentence for the user, its basis.

    ``matter``: another matter that stands in the way, for pages to lead there.
    """

    code: str
    message: str
    basis: str = ""
    student: UUID | None = None
    row_no: int | None = None
    fields: tuple[str, ...] = ()
    matter: UUID | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """All entries of a change, or the reasons against it: never both are acted on."""

    entries: list[Planned] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)

    @property
    def allowed(self) -> bool:
        """Whether nothing speaks against the change."""
        return not self.refusals
