"""到校报到 (arrival): the pupil has really come; apart from the decision. Clause D2."""

from __future__ import annotations

from collections.abc import Mapping
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


def arrival_traced(
    facts: ArrivalFacts, *, traced_on: date, today: date, said: Mapping[str, str], words: Mapping[str, str]
) -> Plan:
    """查明去向: where a child is who was awaited and not confirmed; the arrival goes on being awaited.

    What follows (the child comes, moves back, has dropped out …) is a change of its own, and it alone ends the wait.
    ``said``: codes of whereabouts and of the change to follow; ``words``: who found out and what, kept sealed.
    """
    if facts.registration is None or facts.arrival != "awaited" or facts.started_on is None:
        message = "该生不在待报到名单中，不需要登记去向。"
        return Plan(refusals=[Refusal("arrival_not_awaited", message, "通知四.2", facts.student, None, ("arrival",))])
    if not facts.started_on <= traced_on <= today:
        message = f"查明日期应在 {facts.started_on:%Y-%m-%d}（学籍开始）到 {today:%Y-%m-%d}（今天）之间，请核对。"
        return Plan(refusals=[Refusal("traced_date", message, "通知四.2", facts.student, None, ("effective_on",))])
    entry = Planned(
        facts.school,
        "arrival_traced",
        facts.student,
        traced_on,
        (SetSpell(facts.registration, "arrival", "awaited"),),
        dict(words),
        basis=said,
    )
    return Plan([entry])


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
