"""转往外地 (transfer out of the city): decided, then 转出待回执 until the other side's acceptance letter comes.

While the letter is awaited the registration goes on here, and so does the school's duty to see where the child is
(clause D2): a spell of the dimension ``arrival`` says so. The letter ends the registration; a child who stays after all
takes the application back while it is pending, not after. The grade never changes.
"""

from __future__ import annotations

from xueji.pure.kernel.operations import CloseRegistration, SetSpell
from xueji.pure.procedures.frame import EFFECTIVE_ON, ChangeFacts, Procedure
from xueji.pure.procedures.planned import Plan, Refusal

#: Value of ``arrival``: the receiving side's letter is awaited.
DEPARTING = "departing"
HOW = "transfer_out_of_city"


def depart(facts: ChangeFacts) -> Plan:
    """Approved: the sheet may go with the child, the registration waits for the letter."""
    if facts.current is None or departing(facts):
        return Plan(refusals=[_already(facts)])
    said = {key: facts.claim[key] for key in ("region", "other_school_name") if facts.claim.get(key)}
    return Plan([facts.entry(SetSpell(facts.current.registration, "arrival", DEPARTING), basis=said)])


def received(facts: ChangeFacts) -> Plan:
    """The letter has come: the registration ends on its day."""
    against = [*_not_departing(facts), *_not_ahead(facts)]
    if against or facts.current is None:
        return Plan(refusals=against)
    return Plan([facts.entry(CloseRegistration(facts.current.registration, HOW))])


def stay(facts: ChangeFacts) -> Plan:
    """Taken back while the letter was awaited: all as before."""
    against = _not_departing(facts)
    if against or facts.current is None:
        return Plan(refusals=against)
    return Plan([facts.entry(SetSpell(facts.current.registration, "arrival", None))])


def departing(facts: ChangeFacts) -> bool:
    """Whether the pupil's acceptance letter is awaited."""
    return facts.current is not None and facts.current.value("arrival", facts.on) == DEPARTING


def _already(facts: ChangeFacts) -> Refusal:
    return facts.refusal("departing_already", "该生已批准转往外地，正在等接收学校的回执，不需要再申请。")


def _not_departing(facts: ChangeFacts) -> list[Refusal]:
    if departing(facts):
        return []
    message = "该生没有已批准、待回执的转出，不能办理。回执登记以后不能再取消，请按转入办理。"
    return [facts.refusal("not_departing", message)]


def _not_ahead(facts: ChangeFacts) -> list[Refusal]:
    if facts.current is not None and facts.on <= facts.current.started_on:
        begun = f"{facts.current.started_on:%Y-%m-%d}"
        message = f"该生的学籍从 {begun} 开始，接收函日期应晚于这一天，请核对。"
        return [facts.refusal("letter_before_registration", message, EFFECTIVE_ON)]
    if facts.on <= facts.today:
        return []
    return [facts.refusal("letter_ahead", "接收函的日期不能晚于今天，请核对。", EFFECTIVE_ON)]


PROCEDURES = (
    Procedure("transfer_out_of_city", depart),
    Procedure("transfer_out_receipt", received, arrival=DEPARTING),
    Procedure("transfer_out_cancel", stay, same_day=True, arrival=DEPARTING, recalls=True),
)
