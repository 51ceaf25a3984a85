"""毕业、结业 (leaving of the final grade): closes the registrations of a stage's last grade.

Only pupils in school with nothing in hand leave so; everybody else stays registered and is listed with the reason.
Who passed every condition that the rulebook asks about graduates (毕业), at once or by resit (补考); who failed
one completes (结业). Clauses A2, D2; domain.md §3.3 毕业.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from xueji.pure.kernel.operations import CloseRegistration, Operation, SetFields
from xueji.pure.kernel.rulebook import Ask
from xueji.pure.procedures.enrolment import IN_SCHOOL
from xueji.pure.procedures.planned import Plan, Planned, Refusal

GRADUATION, COMPLETION = "graduation", "completion"
#: Choice of a condition in ``changes.yaml`` that was not met; the first choice is what goes without saying.
FAIL = "fail"
#: The record's field of where a leaver goes (毕业去向).
DESTINATION = "leaver_destination"


@dataclass(frozen=True, slots=True)
class Leaver:
    """A pupil of the final grade as the register knows him on the day of leaving.

    ``last_change`` is the day on which a spell of his began last. ``listed``: on the list that the school decided on.
    """

    student: UUID
    registration: UUID
    school: UUID
    status: str
    started_on: date
    has_pending_transfer: bool = False
    has_arrived: bool = True
    established: bool = True
    last_change: date | None = None
    listed: bool = True


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the school says of a leaver: a choice by condition, and the code of where he goes ("" unknown)."""

    results: Mapping[str, str] = field(default_factory=dict)
    destination: str = ""


@dataclass(frozen=True, slots=True)
class LeavingPlan:
    """The plan; who stays on the roll and why (code by student); how each of the others leaves."""

    plan: Plan
    staying: dict[UUID, str]
    how: dict[UUID, str] = field(default_factory=dict)

    def count(self, how: str) -> int:
        """How many leave in this way."""
        return sum(1 for one in self.how.values() if one == how)


def conditions(asks: Iterable[Ask]) -> tuple[Ask, ...]:
    """What must be passed: the questions of the form that can be answered with a failure."""
    return tuple(ask for ask in asks if any(code == FAIL for code, _ in ask.choices))


def how_left(outcome: Outcome) -> str:
    """毕业, or 结业 where a condition was failed and no resit made it good."""
    return COMPLETION if FAIL in outcome.results.values() else GRADUATION


def leaving(
    leavers: Iterable[Leaver],
    *,
    effective_on: date,
    today: date,
    outcomes: Mapping[UUID, Outcome] | None = None,
    basis: str = "通知一.2",
) -> LeavingPlan:
    """Entries for all of a final grade who may leave, and the list of those who stay.

    ``outcomes`` by student; who is not named has passed everything. An entry's day is the first day on which
    the registration is no longer in force: ``effective_on``, or ``today`` for one whose standing changed after it.
    """
    if today < effective_on:
        message = f"毕业离校从 {effective_on:%Y-%m-%d} 起生效，在此之前还不能审批。"
        return LeavingPlan(Plan(refusals=[Refusal("leaving_too_early", message, basis)]), {})
    entries: list[Planned] = []
    staying: dict[UUID, str] = {}
    how: dict[UUID, str] = {}
    for leaver in leavers:
        late = leaver.last_change is not None and leaver.last_change >= effective_on
        day = today if late else effective_on
        reason = stays(leaver, day)
        if reason:
            staying[leaver.student] = reason
            continue
        outcome = (outcomes or {}).get(leaver.student, Outcome())
        how[leaver.student] = how_left(outcome)
        entries.append(_entry(leaver, outcome, day))
    if not entries:
        message = "这一届没有可以办理毕业离校的在校学生，请核对学段和学年。"
        return LeavingPlan(Plan(refusals=[Refusal("leaving_nobody", message, basis)]), staying)
    return LeavingPlan(Plan(entries), staying, how)


def stays(leaver: Leaver, effective_on: date) -> str | None:
    """Why a pupil of the final grade cannot leave with it, as a code; None where nothing is in the way."""
    if leaver.status != IN_SCHOOL:
        return leaver.status or "no_status"
    if not leaver.has_arrived:
        return "not_arrived"
    if leaver.has_pending_transfer:
        return "pending_transfer"
    if not leaver.established:
        return "not_established"
    if leaver.started_on >= effective_on or (leaver.last_change or leaver.started_on) >= effective_on:
        return "registered_later"
    return None if leaver.listed else "not_listed"


def _entry(leaver: Leaver, outcome: Outcome, day: date) -> Planned:
    """What is said of the pupil stands in the sealed part; where he goes is a coarse code of the record."""
    operations: tuple[Operation, ...] = (CloseRegistration(leaver.registration, how_left(outcome)),)
    if outcome.destination:
        operations = (SetFields({DESTINATION: outcome.destination}), *operations)
    return Planned(
        leaver.school,
        "leaving",
        leaver.student,
        day,
        operations,
        sensitive=dict(outcome.results) or None,
    )
