"""毕业离校 (leaving of the final grade): closes the registrations of a stage's last grade.

Only pupils in school leave so; who is suspended, dropped out or abroad stays registered and is
listed, as does a pupil with a transfer in hand. Clauses A2, D2; domain.md §3.3 毕业.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from xueji.pure.kernel.operations import CloseRegistration
from xueji.pure.procedures.enrolment import IN_SCHOOL
from xueji.pure.procedures.planned import Plan, Planned, Refusal


@dataclass(frozen=True, slots=True)
class Leaver:
    """A pupil of the final grade as the register knows him on the day of leaving."""

    student: UUID
    registration: UUID
    school: UUID
    status: str
    started_on: date
    has_pending_transfer: bool = False


@dataclass(frozen=True, slots=True)
class LeavingPlan:
    """The plan, and who stays on the roll and why (code by student)."""

    plan: Plan
    staying: dict[UUID, str]


def leaving(
    leavers: Iterable[Leaver], *, how: str, effective_on: date, today: date, basis: str = "通知一.2"
) -> LeavingPlan:
    """Entries for all of a final grade who may leave, and the list of those who stay.

    ``how`` is the way out that the rulebook names (graduation). The entry's day is the first
    day on which the registration is no longer in force.
    """
    if today < effective_on:
        message = f"毕业离校从 {effective_on:%Y-%m-%d} 起生效，在此之前还不能审批。"
        return LeavingPlan(Plan(refusals=[Refusal("leaving_too_early", message, basis)]), {})
    entries: list[Planned] = []
    staying: dict[UUID, str] = {}
    for leaver in leavers:
        reason = _stays(leaver, effective_on)
        if reason:
            staying[leaver.student] = reason
            continue
        entries.append(
            Planned(
                leaver.school,
                "leaving",
                leaver.student,
                effective_on,
                (CloseRegistration(leaver.registration, how),),
            )
        )
    if not entries:
        message = "这一届没有可以办理毕业离校的在校学生，请核对学段和学年。"
        return LeavingPlan(Plan(refusals=[Refusal("leaving_nobody", message, basis)]), staying)
    return LeavingPlan(Plan(entries), staying)


def _stays(leaver: Leaver, effective_on: date) -> str | None:
    if leaver.status != IN_SCHOOL:
        return leaver.status
    if leaver.has_pending_transfer:
        return "pending_transfer"
    if leaver.started_on >= effective_on:
        return "registered_later"
    return None
