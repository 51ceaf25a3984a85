"""补建学籍 (late first record): a pupil beyond the first grade of whom no register has a record. Clauses A2, B2, B3.

domain.md §3.3: the duplicate check comes first; who is found elsewhere is transferred, not recorded again.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from xueji.pure.procedures.enrolment import RosterRow, roster_plan
from xueji.pure.procedures.planned import Plan

HOW = "late_registration"


def late_registration(rows: Iterable[RosterRow], *, effective_on: date, basis: str = "") -> Plan:
    """Entries of pupils recorded late, one a pupil, true from the day of the last decision."""
    return roster_plan(rows, kind=HOW, how=HOW, effective_on=effective_on, basis=basis)
