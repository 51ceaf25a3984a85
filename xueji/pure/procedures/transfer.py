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
from xueji.pure.procedures.enrolment import IN_SCHOOL
from xueji.pure.procedures.planned import Plan, Planned, Refusal

_STATUS_WORDS = {"suspended": "休学", "dropped_out": "辍学", "abroad": "出国（境）"}


@dataclass(frozen=True, slots=True)
class FrozenPeriod:
    """Days of a year, both inclusive, in which no transfer is taken in."""

    begins: date
    ends: date
    reason: str = ""


@dataclass(frozen=True, slots=True)
class TransferLimits:
    """What the rulebook's ``changes.yaml`` allows for a transfer.

    ``statuses`` are the registration statuses from which a pupil may move. ``frozen`` are the
    periods of the school year in question.
    """

    statuses: frozenset[str] = frozenset({IN_SCHOOL})
    same_grade: bool = True
    final_grade_allowed: bool = False
    frozen: tuple[FrozenPeriod, ...] = ()
    basis: str = "通知二.2"


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


@dataclass(frozen=True, slots=True)
class NewRegistration:
    """What was allocated for the receiving school."""

    registration: UUID
    number: str
    scheme: str


def refusals(facts: TransferFacts, limits: TransferLimits, *, on: date) -> list[Refusal]:
    """Everything that speaks against the transfer on a day; empty if nothing does."""

    def refuse(code: str, message: str, *fields: str) -> Refusal:
        return Refusal(code, message, limits.basis, facts.student, None, fields)

    if facts.registration is None or facts.school is None:
        return [refuse("not_registered", "该生目前没有在籍学籍，不能办理转学。请核对学生，或按新生入学办理。")]
    found: list[Refusal] = []
    if facts.school == facts.to.school:
        found.append(refuse("same_school", "该生已在本校在籍，不需要转学。校内换班请办理调班。", "school"))
    if facts.status not in limits.statuses:
        word = _STATUS_WORDS.get(facts.status, facts.status)
        found.append(refuse("status_forbids_transfer", f"该生正在{word}，期间不能转学。请先办理复学等手续。", "status"))
    if limits.same_grade and (facts.stage != facts.to.stage or facts.grade not in (None, facts.to.grade)):
        found.append(
            refuse("grade_changed", "转学不能改变年级。请选择与该生现在年级相同的班级。", "grade", "class_group")
        )
    if facts.is_final_grade and not limits.final_grade_allowed:
        found.append(refuse("final_grade", "毕业年级的学生不能转学。特殊情况请与主管教育局联系。", "grade"))
    for period in limits.frozen:
        if period.begins <= facts.lodged_on <= period.ends:
            found.append(
                refuse(
                    "frozen_period",
                    f"{period.begins:%Y-%m-%d} 至 {period.ends:%Y-%m-%d} 暂停受理转学"
                    f"{'（' + period.reason + '）' if period.reason else ''}。请在此之后提出申请。",
                )
            )
    if facts.started_on is not None and facts.started_on >= on:
        found.append(
            refuse(
                "second_move_on_one_day",
                f"该生的学籍从 {facts.started_on:%Y-%m-%d} 才在现在的学校开始，同一天不能再次变动。请在次日以后办理。",
            )
        )
    return found


def transfer(facts: TransferFacts, limits: TransferLimits, new: NewRegistration, *, decided_on: date) -> Plan:
    """The two entries of a transfer, or why it may not be."""
    against = refusals(facts, limits, on=decided_on)
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
