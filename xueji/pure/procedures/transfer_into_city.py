"""外地转入: a pupil from another city or province, new to this register or coming back, with a full record.

Evidence is the sheet of the other side; a number is allocated here. Who has a registration in force here transfers
inside the city. Clauses A2, B2, B3.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from xueji.pure.procedures.enrolment import RosterRow, roster_plan
from xueji.pure.procedures.planned import Plan

HOW = "transfer_into_city"


def transfer_into_city(rows: Iterable[RosterRow], *, effective_on: date, basis: str = "") -> Plan:
    """Entries of pupils from outside, one a pupil, true from the day of the last decision."""
    return roster_plan(rows, kind=HOW, how=HOW, effective_on=effective_on, basis=basis)
