"""建档 / 期初 (opening load): pupils of all grades who were at school before the register.

Given 19-digit numbers are kept (the facts already carry them); only pupils without one got a
new one. Effective on the base date of the rulebook. Clauses B2, B3, C5 (first round).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from xueji.pure.procedures.enrolment import RosterRow, roster_plan
from xueji.pure.procedures.planned import Plan


def opening(rows: Iterable[RosterRow], *, base_date: date, basis: str = "") -> Plan:
    """Entries of an opening load, one a pupil, true from the base date on."""
    return roster_plan(rows, kind="opening", how="opening", effective_on=base_date, basis=basis)
