"""辍学 (dropout) and the return of a dropout: the registration is kept within the compulsory years. Clause D3.

domain.md §3.3: absent without reason for two weeks and repeated contact in vain; the school reports to the bureau. Both
numbers are limits of the rulebook.
"""

from __future__ import annotations

from xueji.pure.kernel.operations import Operation, SetSpell
from xueji.pure.procedures.coming_back import come_back
from xueji.pure.procedures.frame import ChangeFacts, Procedure
from xueji.pure.procedures.planned import Plan

DROPPED_OUT, ABSENT_SINCE = "dropped_out", "absent_since"


def drop_out(facts: ChangeFacts) -> Plan:
    """Dropped out from the day on. Who was still awaited after a transfer is no longer: he has been traced."""
    if facts.current is None:
        raise ValueError("who drops out is registered")
    since = facts.day(ABSENT_SINCE)
    if since is not None and since > facts.on:
        message = f"缺课起始日期不能晚于辍学日期（{facts.on:%Y-%m-%d}），请核对。"
        return Plan(refusals=[facts.refusal("absent_after_dropout", message, ABSENT_SINCE)])
    registration = facts.current.registration
    operations: list[Operation] = [SetSpell(registration, "status", DROPPED_OUT)]
    if facts.current.value("arrival", facts.on) == "awaited":
        operations.append(SetSpell(registration, "arrival", None))
    return Plan([facts.entry(*operations)])


PROCEDURES = (Procedure("dropout", drop_out), Procedure("dropout_return", come_back))
