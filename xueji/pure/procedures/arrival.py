"""到校报到 (arrival): the pupil has really come; apart from the decision. Clause D2."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from xueji.pure.kernel.operations import SetSpell
from xueji.pure.procedures.planned import Plan, Planned, Refusal


@dataclass(frozen=True, slots=True)
class ArrivalFacts:
    """The registration in force at the receiving school and what its arrival spell says."""

    student: UUID
    registration: UUID | None
    school: UUID
    arrival: str | None
    started_on: date | None


def arrival(facts: ArrivalFacts, *, arrived_on: date, today: date) -> Plan:
    """The entry that confirms an awaited arrival on the day the pupil came."""

    def refuse(code: str, message: str) -> Plan:
        return Plan(refusals=[Refusal(code, message, "通知四.2", facts.student, None, ("arrival",))])

    if facts.registration is None or facts.started_on is None:
        return refuse("not_registered", "该生在本校没有在籍学籍，不能登记到校报到。请先查看转学申请是否已批准。")
    if facts.arrival != "awaited":
        return refuse("arrival_not_awaited", "该生不在待报到名单中，不需要再登记到校报到。")
    if not facts.started_on <= arrived_on <= today:
        return refuse(
            "arrival_date",
            f"到校日期应在 {facts.started_on:%Y-%m-%d}（学籍开始）到 {today:%Y-%m-%d}（今天）之间，请核对。",
        )
    entry = Planned(
        facts.school,
        "arrival",
        facts.student,
        arrived_on,
        (SetSpell(facts.registration, "arrival", "confirmed"),),
    )
    return Plan([entry])
