"""休学 (suspension), its extension 续休, and 复学 (resumption): the registration goes on, attendance rests. Clause A2.

domain.md §3.3: status kept; no transfer meanwhile; a pupil who comes back joins the old cohort or, where the rulebook's
form offers it, the next lower one.
"""

from __future__ import annotations

from xueji.pure.kernel.operations import SetSpell
from xueji.pure.procedures.enrolment import IN_SCHOOL
from xueji.pure.procedures.frame import UNTIL, ChangeFacts, Procedure
from xueji.pure.procedures.planned import Plan

SUSPENDED = "suspended"


def suspend(facts: ChangeFacts) -> Plan:
    """Attendance rests from the day on; ``until`` stands with the entry, so that its end can be seen coming."""
    if facts.current is None:
        raise ValueError("who is suspended is registered")
    entry = facts.entry(SetSpell(facts.current.registration, "status", SUSPENDED), basis=_until(facts))
    return Plan([entry])


def extend(facts: ChangeFacts) -> Plan:
    """The suspension goes on up to a later day; the status does not change, the entry says until when."""
    if facts.current is None:
        raise ValueError("who is suspended is registered")
    entry = facts.entry(SetSpell(facts.current.registration, "status", SUSPENDED), basis=_until(facts))
    return Plan([entry])


def resume(facts: ChangeFacts) -> Plan:
    """Back in school from the day on, in the class group that the claim names, else in the one of before."""
    if facts.current is None:
        raise ValueError("who resumes is registered")
    registration = facts.current.registration
    operations = [SetSpell(registration, "status", IN_SCHOOL)]
    if facts.to is not None:
        against = _wrong_class(facts)
        if against:
            return Plan(refusals=[facts.refusal("resumption_class", against, "class_group")])
        operations.append(SetSpell(registration, "class_group", str(facts.to.class_group)))
    return Plan([facts.entry(*operations)])


def _wrong_class(facts: ChangeFacts) -> str:
    """Only the pupil's own grade or the next lower one, at the same school and stage."""
    to, place, current = facts.to, facts.place, facts.current
    if to is None or current is None:
        return ""
    if to.school != current.school or to.stage != current.stage or to.grade is None:
        return "复学只能编入本校同一学段的在校班级，请另选班级。"
    if place is not None and place.grade is not None and to.grade not in (place.grade, place.grade - 1):
        return "复学只能编入原年级或低一个年级，请另选班级。"
    return ""


def _until(facts: ChangeFacts) -> dict[str, str]:
    return {UNTIL: facts.claim[UNTIL]} if facts.claim.get(UNTIL) else {}


PROCEDURES = (
    Procedure("suspension", suspend),
    Procedure("suspension_extension", extend),
    Procedure("resumption", resume),
)
