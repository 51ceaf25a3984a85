"""死亡 (death): the registration ends, the record is kept as history, its number is retired. Clause A2.

domain.md §3.3: reported with proof within ten working days; the days are a limit of the rulebook.
"""

from __future__ import annotations

from xueji.pure.kernel.operations import CloseRegistration
from xueji.pure.procedures.frame import EFFECTIVE_ON, ChangeFacts, Procedure
from xueji.pure.procedures.planned import Plan


def die(facts: ChangeFacts) -> Plan:
    """The registration is in force up to the day before the death, whatever the status was."""
    current = facts.current
    if current is None:
        raise ValueError("whose registration ends is registered")
    if facts.on <= current.started_on:
        message = f"该生的学籍从 {current.started_on:%Y-%m-%d} 开始，死亡日期应晚于这一天，请核对。"
        return Plan(refusals=[facts.refusal("death_before_registration", message, EFFECTIVE_ON)])
    return Plan([facts.entry(CloseRegistration(current.registration, "death"))])


PROCEDURE = Procedure("death", die)
