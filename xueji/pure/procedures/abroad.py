"""出国（境） (abroad) and the return from there: the registration is kept and goes on afterwards. Clause A2.

domain.md §3.3: marked by the status; the old archive is continued on return.
"""

from __future__ import annotations

from xueji.pure.kernel.operations import SetSpell
from xueji.pure.procedures.coming_back import come_back
from xueji.pure.procedures.frame import ChangeFacts, Procedure
from xueji.pure.procedures.planned import Plan
from xueji.pure.procedures.suspension import until_of

ABROAD = "abroad"


def go_abroad(facts: ChangeFacts) -> Plan:
    """Abroad from the day on; ``until`` stands with the entry where it is known."""
    if facts.current is None:
        raise ValueError("who goes abroad is registered")
    entry = facts.entry(SetSpell(facts.current.registration, "status", ABROAD), basis=until_of(facts))
    return Plan([entry])


PROCEDURES = (Procedure("abroad", go_abroad), Procedure("abroad_return", come_back))
