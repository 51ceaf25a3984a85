"""升学 (admission): a primary leaver goes on at the junior stage: the same student, a new registration, no number yet.

Class and number follow with the division. Clause D2 (primary and junior joined); domain.md §3.3 升学.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from xueji.pure.procedures.enrolment import RosterRow, enrolment
from xueji.pure.procedures.planned import Plan


def admission(rows: Iterable[RosterRow], *, effective_on: date, basis: str = "") -> Plan:
    """Entries of the admitted leavers: an enrolment each, counted as such."""
    return enrolment(rows, effective_on=effective_on, basis=basis)
