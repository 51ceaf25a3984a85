"""休学 (suspension), its extension 续休, and 复学 (resumption): the registration goes on, attendance rests. Clause A2.

domain.md §3.3: status kept; no transfer meanwhile. A suspension is asked for by the guardian, or required by the school
(notifiable disease, a county hospital's finding) and approved by the bureau. A pupil who comes back joins the old
cohort or, where the rulebook allows it, the next lower one.
"""

from __future__ import annotations

from xueji.pure.kernel.operations import SetSpell
from xueji.pure.procedures.coming_back import come_back
from xueji.pure.procedures.frame import UNTIL, ChangeFacts, Procedure
from xueji.pure.procedures.planned import Plan

SUSPENDED = "suspended"


def suspend(facts: ChangeFacts) -> Plan:
    """Attendance rests from the day on; ``until`` stands with the entry, so that its end can be seen coming."""
    if facts.current is None:
        raise ValueError("who is suspended is registered")
    entry = facts.entry(SetSpell(facts.current.registration, "status", SUSPENDED), basis=until_of(facts))
    return Plan([entry])


def extend(facts: ChangeFacts) -> Plan:
    """The suspension goes on up to a later day; the status does not change, the entry says until when."""
    if facts.current is None:
        raise ValueError("who is suspended is registered")
    against = not_later(facts)
    if against is not None:
        return against
    entry = facts.entry(SetSpell(facts.current.registration, "status", SUSPENDED), basis=until_of(facts))
    return Plan([entry])


def until_of(facts: ChangeFacts) -> dict[str, str]:
    """What an entry says of its end."""
    return {UNTIL: facts.claim[UNTIL]} if facts.claim.get(UNTIL) else {}


def not_later(facts: ChangeFacts) -> Plan | None:
    """The refusal of an extension that does not reach beyond the time that was set."""
    until = facts.day(UNTIL)
    if until is None or facts.due_back is None or until > facts.due_back:
        return None
    message = f"现在的截止日期是 {facts.due_back:%Y-%m-%d}，{facts.change.title}的截止日期应晚于这一天。"
    return Plan(refusals=[facts.refusal("extension_not_later", message, UNTIL)])


PROCEDURES = (
    Procedure("suspension", suspend),
    Procedure("required_suspension", suspend),
    Procedure("suspension_extension", extend),
    Procedure("resumption", come_back),
)
