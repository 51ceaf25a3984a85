"""The typed answers of the room ``cases``, and what it is asked with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from xueji.pure.kernel.rulebook import Step as RulebookStep
from xueji.registry.cases.models import Step


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """A step of the rulebook with its organisation found.

    ``files`` marks a bureau's approval, which bears a file number (clause D2). ``step.days`` None
    means no deadline.
    """

    step: RulebookStep
    organisation: UUID
    files: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """What a decision led to. ``finished``: the last step agreed; the caller writes to the register now."""

    case: UUID
    step: UUID
    act: str
    state: str
    finished: bool
    file_number: str | None = None
    next_act: str | None = None
    next_role: str | None = None
    next_organisation: UUID | None = None
    next_due_on: date | None = None


@dataclass(frozen=True, slots=True)
class StepView:
    """A step as pages show it."""

    id: UUID
    round: int
    order: int
    key: str
    title: str
    act: str
    role: str
    side: str
    organisation: UUID
    opened_at: datetime | None
    due_on: date | None
    due_is_provisional: bool
    decided_at: datetime | None
    decided_by: UUID | None
    decided_name: str
    decided_as: str
    outcome: str
    reason_code: str
    reason: str
    completes: bool
    needs_check: bool
    file_number: str | None
    register_check: Mapping[str, Any] | None

    @property
    def is_open(self) -> bool:
        return self.opened_at is not None and self.decided_at is None


def step_view(step: Step, reason: str = "") -> StepView:
    """A step's row as pages and services of other rooms see it."""
    return StepView(
        id=step.id,
        round=step.round,
        order=step.order,
        key=step.key,
        title=step.title,
        act=step.act,
        role=step.role,
        side=step.side,
        organisation=step.organisation,
        opened_at=step.opened_at,
        due_on=step.due_on,
        due_is_provisional=step.due_is_provisional,
        decided_at=step.decided_at,
        decided_by=step.decided_by,
        decided_name=step.decided_name,
        decided_as=step.decided_as,
        outcome=step.outcome,
        reason_code=step.reason_code,
        reason=reason,
        completes=step.completes,
        needs_check=step.needs_check,
        file_number=step.file_number,
        register_check=step.register_check,
    )


@dataclass(frozen=True, slots=True)
class CaseView:
    """A case with all its steps, in order."""

    id: UUID
    subject: UUID
    kind: str
    stage: str
    organisation: UUID
    label: str
    state: str
    round: int
    file_number: str | None
    lodged_by: UUID
    lodged_as: str
    opened_on: date
    closed_on: date | None
    steps: tuple[StepView, ...] = ()

    @property
    def current(self) -> StepView | None:
        """The step that is waited for, if any."""
        return next((step for step in self.steps if step.is_open), None)


@dataclass(frozen=True, slots=True)
class InboxItem:
    """A case that waits for someone: for whom, since when, until when."""

    case: UUID
    subject: UUID
    kind: str
    stage: str
    label: str
    lodged_by_organisation: UUID
    act: str
    role: str
    organisation: UUID
    opened_at: datetime
    due_on: date | None
    overdue: bool


@dataclass(frozen=True, slots=True)
class InboxCounts:
    """Figures over an inbox."""

    waiting: int = 0
    overdue: int = 0
    sent_back: int = 0
    elsewhere: int = 0
    elsewhere_overdue: int = 0


@dataclass(frozen=True, slots=True)
class Inbox:
    """What waits for me (by deadline), what came back to me, what is stuck with others."""

    waiting: tuple[InboxItem, ...] = ()
    sent_back: tuple[CaseView, ...] = ()
    elsewhere: tuple[InboxItem, ...] = ()
    counts: InboxCounts = field(default_factory=InboxCounts)


@dataclass(frozen=True, slots=True)
class InboxPage:
    """One page of a list of open steps. ``total``: of all pages; ``more``: there are more than were counted."""

    items: tuple[InboxItem, ...] = ()
    total: int = 0
    more: bool = False


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a list of open steps is narrowed to; '' and None: not at all."""

    kind: str = ""
    stage: str = ""
    applicant: UUID | None = None
    overdue: bool = False


@dataclass(frozen=True, slots=True)
class TallyLine:
    """How much of one kind, stage, act and school waits for a post."""

    kind: str
    stage: str
    act: str
    applicant: UUID
    count: int
    overdue: int
    next_due: date | None


@dataclass(frozen=True, slots=True)
class Tally:
    """What waits for a post, counted: from it come totals, filters and the lines of the first page."""

    lines: tuple[TallyLine, ...] = ()

    @property
    def count(self) -> int:
        return sum(line.count for line in self.lines)

    @property
    def overdue(self) -> int:
        return sum(line.overdue for line in self.lines)


@dataclass(frozen=True, slots=True)
class Waiting:
    """How much waits for a post, until when the first of it, and how many notices it has not read (up to 100)."""

    count: int
    next_due: date | None
    unread: int = 0


@dataclass(frozen=True, slots=True)
class NoticeView:
    """A notice; ``text`` is made on reading from its code. ``about``: the kind of matter, where the notice bears it."""

    id: UUID
    code: str
    text: str
    subject: UUID | None
    created_at: datetime
    read_at: datetime | None
    about: str = ""
