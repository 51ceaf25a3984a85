"""统筹安排 (placement): the competent bureau finds a school for a child whom a school refused.

A registered child moves as by a transfer, another one gets its first registration as from a roster; the bureau lodges
and decides, the school is told. The grade never changes, and whether the child comes is a fact of its own
(``arrival``). Clauses A2, D2; domain.md §3.4.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from xueji.pure.kernel.operations import OpenRegistration, SetSpell
from xueji.pure.kernel.rulebook import ChangeKind
from xueji.pure.procedures.enrolment import RosterRow, roster_plan
from xueji.pure.procedures.planned import Plan
from xueji.pure.procedures.transfer import NewRegistration, TransferFacts, transfer

HOW = "placement"


def placement(facts: TransferFacts, change: ChangeKind, new: NewRegistration, *, decided_on: date) -> Plan:
    """The two entries of a placement of a registered child, or why it may not be."""
    return transfer(facts, change, new, decided_on=decided_on)


def placement_entry(rows: Iterable[RosterRow], *, effective_on: date, basis: str = "") -> Plan:
    """Entries of children without a registration, true from the day of the decision; each is awaited at the school."""
    plan = roster_plan(rows, kind="placement_entry", how=HOW, effective_on=effective_on, basis=basis)
    awaited = [
        replace(one, operations=(*one.operations, SetSpell(operation.registration, "arrival", "awaited")))
        for one in plan.entries
        for operation in one.operations
        if isinstance(operation, OpenRegistration)
    ]
    return Plan(awaited, plan.refusals)
