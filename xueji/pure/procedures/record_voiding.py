"""删除学籍（误建）: a registration that never was is voided; 核实: a record is looked through and found to agree.

Nothing is deleted: the voided registration stays in sight of school and bureau, its number stays used (invariant 2).
The school of the registration before keeps the record again: a leaver who never went on waits to go on.
"""

from __future__ import annotations

from xueji.pure.kernel.operations import SetFields, VoidRegistration
from xueji.pure.procedures.frame import ChangeFacts, Procedure
from xueji.pure.procedures.planned import Plan


def void(facts: ChangeFacts) -> Plan:
    """Says that the registration in force never was."""
    current = facts.current
    if current is None:
        raise ValueError("what is voided is in force")
    before = [
        one for one in facts.state.registrations.values() if not one.voided and one.started_on < current.started_on
    ]
    if any(one.ended_on == current.started_on for one in before):
        message = "该学籍是从另一所学校接续来的，作废会使该生没有学籍。请按转学办理转回。"
        return Plan(refusals=[facts.refusal("voiding_breaks_the_chain", message)])
    cause = {"cause": facts.claim["cause"]} if facts.claim.get("cause") else {}
    return Plan([facts.entry(VoidRegistration(current.registration), basis=cause)])


def substantiate(facts: ChangeFacts) -> Plan:
    """The record was compared with the originals and agrees: an entry that changes nothing says so."""
    return Plan([facts.entry(SetFields({}, ()), basis={"found": "agrees"})])


PROCEDURES = (
    Procedure("record_voiding", void, other_side="former"),
    Procedure("substantiation", substantiate, same_day=True),
)
