"""Children without a registration here: guests whose home is outside the register (外地借读), and 延缓入学.

A guest from outside attends and is counted in 在校; his 学籍 stays where it is, so nothing here begins one and no
number is made (domain.md §3.8). A deferred entry is a child of school age whom the bureau lets enter later
(《义务教育法》 art. 11); when he enters he is enrolled like anybody else. Both stand in the school's
journal (ADR 0017).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from uuid import UUID

from xueji.pure.kernel.operations import SetOutside
from xueji.pure.kernel.outside import DEFERRED, GUEST, OutsideChild
from xueji.pure.procedures.frame import EFFECTIVE_ON, UNTIL, ChangeFacts, Procedure
from xueji.pure.procedures.planned import Plan, Planned, Refusal

BEGIN, EXTENSION, END, DEFERRAL = (
    "guest_outside_begin",
    "guest_outside_extension",
    "guest_outside_end",
    "deferred_entry",
)
#: What an application about somebody who is listed already names him by.
CHILD = "outside_child"
#: Claim keys that are sealed with the entry: the school knows the child by them.
KEPT = ("name", "birth_date", "id_number", "home_region", "home_school", "guardian", "phone")


def guest_outside_begin(facts: ChangeFacts) -> Plan:
    """Attends here from the day on, in the class that was named."""
    if facts.faults:
        return Plan(refusals=list(facts.faults))
    place = facts.to
    if place is None or place.grade is None or place.school != facts.applicant:
        message = "请选择借读学生就读的班级（本校现有的班级）。"
        return Plan(refusals=[facts.refusal("outside_class", message, "class_group")])
    return _said(facts, GUEST, place.stage, place.intake_year, place.class_group, facts.day(UNTIL), facts.claim)


def guest_outside_extension(facts: ChangeFacts) -> Plan:
    """Up to a later day."""
    known, until = _guest(facts), facts.day(UNTIL)
    if known is None:
        return _not_guest(facts)
    if facts.on < known.last_said:
        message = f"已登记该生自 {known.last_said:%Y-%m-%d} 起结束借读，不能再延期。"
        return Plan(refusals=[facts.refusal("before_last_change", message, UNTIL)])
    if until is None or (known.until is not None and until <= known.until):
        message = f"延长的截止日期应当晚于原来的截止日期（{known.until}）。"
        return Plan(refusals=[facts.refusal("not_later", message, UNTIL)])
    return _said(facts, GUEST, known.stage, known.intake_year, known.class_group, until)


def guest_outside_end(facts: ChangeFacts) -> Plan:
    """From the day on he is no guest any more."""
    known = _guest(facts)
    if known is None:
        return _not_guest(facts)
    if facts.on <= known.last_said:
        message = f"结束日期应当在 {known.last_said:%Y-%m-%d} 之后。"
        return Plan(refusals=[facts.refusal("before_last_change", message, EFFECTIVE_ON)])
    return _said(facts, None, known.stage, known.intake_year, known.class_group, known.until)


def deferred_entry(facts: ChangeFacts) -> Plan:
    """He need not enter before the day that was named; where he stands then is the school of his address."""
    if facts.faults:
        return Plan(refusals=list(facts.faults))
    return _said(
        facts, DEFERRED, "primary", facts.book.stages.school_year_of(facts.on), None, facts.day(UNTIL), facts.claim
    )


def listed_already(facts: ChangeFacts, where: str) -> Refusal:
    """The child is known under the same document: a second listing would count him twice."""
    return facts.refusal("outside_known", f"该儿童{where}，不能重复登记。请核对姓名和证件号码。", "id_number")


def _guest(facts: ChangeFacts) -> OutsideChild | None:
    """Who it is about, where he is a guest on the day; a child whose entry is deferred stands on the same list."""
    known = facts.outside
    return known if known is not None and known.standing == GUEST and known.holds(facts.on) else None


def _not_guest(facts: ChangeFacts) -> Plan:
    message = f"该生在 {facts.on:%Y-%m-%d} 不是本校的外地借读学生，不能办理{facts.change.title}。"
    return Plan(refusals=[facts.refusal("not_guest_outside", message, EFFECTIVE_ON)])


def _said(
    facts: ChangeFacts,
    standing: str | None,
    stage: str,
    intake_year: int,
    class_group: UUID | None,
    until: date | None,
    claim: Mapping[str, str] | None = None,
) -> Plan:
    known = facts.outside
    gender = known.gender if known is not None else facts.claim.get("gender", "")
    operation = SetOutside(facts.student, facts.applicant, standing, stage, intake_year, gender, class_group, until)
    kept = {key: claim[key] for key in KEPT if claim.get(key)} if claim else None
    one = Planned(
        facts.applicant, facts.change.kind, None, facts.on, (operation,), kept, subject=facts.student if kept else None
    )
    return Plan([one])


PROCEDURES = (
    Procedure(BEGIN, guest_outside_begin, registered=False, own_service=True),
    Procedure(EXTENSION, guest_outside_extension, registered=False, own_service=True),
    Procedure(END, guest_outside_end, registered=False, own_service=True),
    Procedure(DEFERRAL, deferred_entry, registered=False, own_service=True),
)
