"""转学 (transfer): ends the registration at the sender and begins one at the receiver.

Both entries stand in one transaction, in both schools' journals, effective on the day of the
last decision; the pupil gets a new number at the new school and keeps the chain of old ones.
Whether the pupil really came is a fact of its own (``arrival``). Clauses A2, B2, C6.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from xueji.pure.kernel.operations import CloseRegistration, OpenRegistration, SetSpell
from xueji.pure.kernel.rulebook import ChangeKind, Limit
from xueji.pure.procedures.enrolment import IN_SCHOOL
from xueji.pure.procedures.limits import LIMITS
from xueji.pure.procedures.planned import Plan, Planned, Refusal

_STATUS_WORDS = {"suspended": "休学", "dropped_out": "辍学", "abroad": "出国（境）"}


@dataclass(frozen=True, slots=True)
class Place:
    """The class group that receives the pupil, and its grade on the day."""

    school: UUID
    stage: str
    grade: int
    class_group: UUID


@dataclass(frozen=True, slots=True)
class TransferFacts:
    """The pupil as the register knows him on the day, and where he is to go.

    ``started_on`` is the first day of the registration in force; ``grade`` is None for an
    ungraded class. ``lodged_on`` is the day the application came in: frozen periods look at it.
    ``is_first_term``: the first term of the stage's first grade.
    """

    student: UUID
    registration: UUID | None
    school: UUID | None
    stage: str
    grade: int | None
    is_final_grade: bool
    status: str
    started_on: date | None
    to: Place
    lodged_on: date
    is_first_term: bool = False
    has_pending_application: bool = False


@dataclass(frozen=True, slots=True)
class NewRegistration:
    """What was allocated for the receiving school."""

    registration: UUID
    number: str
    scheme: str


#: The limits that a transfer's facts can answer.
_BROKEN = {name: LIMITS[name] for name in ("frozen_period", "final_grade", "first_term", "pending_application")}


def broken_limits(facts: TransferFacts, change: ChangeKind, severity: str = "error") -> list[Limit]:
    """The rulebook's limits that the transfer offends against; ``query`` ones ask for an explanation only."""
    return [
        limit
        for limit in change.limits
        if limit.severity == severity and limit.kind in _BROKEN and _BROKEN[limit.kind](limit, facts)
    ]


def refusals(facts: TransferFacts, change: ChangeKind, *, on: date) -> list[Refusal]:
    """Everything that speaks against the transfer on a day; empty if nothing does.

    The rulebook's ``change`` says from which status a pupil may move, and the limits with their
    sentences. That a grade never changes by transfer and that nobody moves twice on one day always holds.
    """

    def refuse(code: str, message: str, *fields: str, basis: str = "") -> Refusal:
        return Refusal(code, message, basis or change.basis, facts.student, None, fields)

    if facts.registration is None or facts.school is None:
        return [refuse("not_registered", "该生目前没有在籍学籍，不能办理转学。请核对学生，或按新生入学办理。")]
    found: list[Refusal] = []
    if facts.school == facts.to.school:
        found.append(refuse("same_school", "该生已在本校在籍，不需要转学。校内换班请办理调班。", "school"))
    if facts.status not in (change.from_status or (IN_SCHOOL,)):
        word = _STATUS_WORDS.get(facts.status, facts.status)
        found.append(refuse("status_forbids_transfer", f"该生正在{word}，期间不能转学。请先办理复学等手续。", "status"))
    if facts.stage != facts.to.stage or facts.grade not in (None, facts.to.grade):
        found.append(
            refuse("grade_changed", "转学不能改变年级。请选择与该生现在年级相同的班级。", "grade", "class_group")
        )
    found.extend(refuse(limit.code, limit.message, basis=limit.basis) for limit in broken_limits(facts, change))
    if facts.started_on is not None and facts.started_on >= on:
        found.append(
            refuse(
                "second_move_on_one_day",
                f"该生的学籍从 {facts.started_on:%Y-%m-%d} 才在现在的学校开始，同一天不能再次变动。请在次日以后办理。",
            )
        )
    return found


def transfer(facts: TransferFacts, change: ChangeKind, new: NewRegistration, *, decided_on: date) -> Plan:
    """The two entries of a transfer, or why it may not be."""
    against = refusals(facts, change, on=decided_on)
    if against or facts.registration is None or facts.school is None:
        return Plan(refusals=against)
    receiver = facts.to.school
    leaving = Planned(
        facts.school,
        "transfer_out",
        facts.student,
        decided_on,
        (CloseRegistration(facts.registration, "transfer_out"),),
    )
    arriving = Planned(
        receiver,
        "transfer_in",
        facts.student,
        decided_on,
        (
            OpenRegistration(new.registration, receiver, facts.to.stage, new.number, new.scheme, "transfer_in"),
            SetSpell(new.registration, "status", IN_SCHOOL),
            SetSpell(new.registration, "class_group", str(facts.to.class_group)),
            SetSpell(new.registration, "arrival", "awaited"),
        ),
    )
    return Plan([leaving, arriving])
