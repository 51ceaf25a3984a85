"""The typed answers of the room ``applications``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from xueji.registry.cases.types import CaseView


@dataclass(frozen=True, slots=True)
class Parked:
    """A row that may be a child whom the register already holds: all that the school learns.

    ``code`` is ``already_registered`` (lodge a transfer) or ``under_check`` (both bureaus look).
    """

    row_no: int
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class LodgeResult:
    """What was lodged. ``already_lodged``: the same file was there before, nothing new was written."""

    application: UUID
    state: str
    rows: int
    parked: tuple[Parked, ...] = ()
    already_lodged: bool = False


@dataclass(frozen=True, slots=True)
class ActResult:
    """What an act led to. ``registrations``: how many were begun or ended, over the whole application."""

    application: UUID
    state: str
    registrations: int
    file_number: str | None = None
    next_role: str | None = None
    next_organisation: UUID | None = None
    next_due_on: date | None = None


@dataclass(frozen=True, slots=True)
class CheckLine:
    """One difference that a register check found: where, and in which fields. Never a value.

    ``message``: a rule's own sentence where one forbids the change; it is not stored.
    """

    code: str
    fields: tuple[str, ...] = ()
    row_no: int | None = None
    message: str = ""


@dataclass(frozen=True, slots=True)
class RegisterCheck:
    """比对: a claim against the register, at one moment (clause C2). A difference blocks the decision."""

    checked_at: datetime
    compared: int
    differences: tuple[CheckLine, ...] = ()
    parked: tuple[int, ...] = ()  # rows newly found to be under check

    @property
    def agreed(self) -> bool:
        return not self.differences

    def stored(self) -> dict[str, Any]:
        """As it stands beside the decision: codes and names of fields, no value."""
        return {
            "checked_at": self.checked_at.isoformat(),
            "compared": self.compared,
            "agreed": self.agreed,
            "differences": [
                {"code": line.code, "fields": list(line.fields), "row": line.row_no} for line in self.differences
            ],
            "parked": list(self.parked),
        }


@dataclass(frozen=True, slots=True)
class Comparison:
    """One field of a claim beside the register's, for the two-column page. Values may be sensitive: mask them."""

    field: str
    label: str
    claimed: str | None
    registered: str | None
    sensitive: bool

    @property
    def differs(self) -> bool:
        return (self.claimed or None) != (self.registered or None)


@dataclass(frozen=True, slots=True)
class ApplicationView:
    """An application as pages show it. ``claim`` is decrypted and only filled where it was asked for."""

    id: UUID
    kind: str
    variant: str
    school: UUID
    other_school: UUID | None
    stage: str
    school_year: int | None
    state: str
    student: UUID | None
    class_group: UUID | None
    rows: int
    registrations: int
    effective_on: date | None
    new_registration: UUID | None
    arrived_on: date | None
    lodged_by: UUID
    lodged_on: date
    lodged_at: datetime
    changed_at: datetime
    version: int
    case: CaseView | None = None
    claim: Mapping[str, str] = field(default_factory=dict)
    paper_date: date | None = None


@dataclass(frozen=True, slots=True)
class Awaited:
    """A pupil whose transfer is decided and who has not been reported as arrived; both sides' bureaus list him."""

    application: UUID
    student: UUID
    school: UUID
    other_school: UUID | None
    since: date
    due_on: date | None
    overdue: bool


@dataclass(frozen=True, slots=True)
class LineView:
    """A row of a roster; ``claim`` as with applications."""

    id: UUID
    row_no: int
    student: UUID
    continued: bool
    state: str
    findings: tuple[Mapping[str, Any], ...]
    reason: str
    registration: UUID | None
    claim: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DuplicateView:
    """A suspected duplicate as a bureau sees it; ``released``: its row waits to be registered."""

    id: UUID
    application: UUID
    line: UUID
    row_no: int
    reason: str
    reason_text: str
    state: str
    school: UUID
    matched_school: UUID
    bureau: UUID
    matched_bureau: UUID
    matched: UUID
    matched_in_force: bool
    choice: str
    matched_choice: str
    opened_at: datetime
    closed_at: datetime | None
    comparison: tuple[Comparison, ...] = ()
    released: bool = False
