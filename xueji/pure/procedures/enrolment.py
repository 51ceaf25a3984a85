"""新生入学 (enrolment): an entrant's registration and number are born at approval.

A pupil whom the register knows and who has no registration in force (a primary
leaver, say) is continued: the same student, a new registration. Clauses A2, B2, B3.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from xueji.pure.kernel.operations import OpenRegistration, SetFields, SetSpell
from xueji.pure.procedures.planned import Plan, Planned, Refusal

IN_SCHOOL = "in_school"


@dataclass(frozen=True, slots=True)
class RosterRow:
    """A row of a roster that the rules found clean, with everything allocated for it.

    ``fields`` are clear values by catalogue code, ``sensitive`` those that are
    encrypted. ``last_ended_on`` is when a continued pupil's last registration ended,
    ``in_force_at`` the school where one is still in force.
    """

    row_no: int
    student: UUID
    registration: UUID
    school: UUID
    stage: str
    class_group: UUID | None
    number: str
    scheme: str
    fields: Mapping[str, str]
    sensitive: Mapping[str, str]
    last_ended_on: date | None = None
    in_force_at: UUID | None = None


def enrolment(rows: Iterable[RosterRow], *, effective_on: date, basis: str = "") -> Plan:
    """Entries of a roster of entrants, one a pupil, in the order of the rows."""
    return roster_plan(rows, kind="enrolment", how="enrolment", effective_on=effective_on, basis=basis)


def roster_plan(rows: Iterable[RosterRow], *, kind: str, how: str, effective_on: date, basis: str) -> Plan:
    """The common shape of an opening load and an enrolment."""
    plan = Plan()
    for row in rows:
        refusal = _refusal(row, effective_on, basis)
        if refusal is not None:
            plan.refusals.append(refusal)
            continue
        plan.entries.append(_entry(row, kind, how, effective_on))
    return plan


def _entry(row: RosterRow, kind: str, how: str, effective_on: date) -> Planned:
    registration = row.registration
    spells = [SetSpell(registration, "status", IN_SCHOOL)]
    if row.class_group is not None:
        spells.append(SetSpell(registration, "class_group", str(row.class_group)))
    return Planned(
        organisation=row.school,
        kind=kind,
        student=row.student,
        effective_on=effective_on,
        operations=(
            SetFields(row.fields, tuple(sorted(row.sensitive))),
            OpenRegistration(registration, row.school, row.stage, row.number, row.scheme, how),
            *spells,
        ),
        sensitive=row.sensitive or None,
    )


def _refusal(row: RosterRow, effective_on: date, basis: str) -> Refusal | None:
    if row.in_force_at is not None:
        return Refusal(
            "already_registered",
            f"第 {row.row_no} 行的学生已有在籍学籍，不能再建一份。请改为办理转学。",
            basis or "通知二.2",
            row.student,
            row.row_no,
        )
    if row.last_ended_on is not None and effective_on < row.last_ended_on:
        return Refusal(
            "registration_overlap",
            f"第 {row.row_no} 行的学生上一段学籍到 {row.last_ended_on:%Y-%m-%d} 才结束，"
            f"新学籍不能从 {effective_on:%Y-%m-%d} 算起。请核对入学日期，或请主管教育局处理上一段学籍。",
            basis or "通知二.2",
            row.student,
            row.row_no,
        )
    return None
