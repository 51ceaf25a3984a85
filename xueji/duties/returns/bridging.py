"""The bridge from the national stock date (1 September) to the reference date: each difference by name (issue 4).

Statistics of the state count on one day, the return on another; both are right. The bridge is the flow between them,
counted on the return's own basis, so that its closing is the return's stock.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from xueji.duties.returns.counting import Basis, Window, basis_of, window_between
from xueji.duties.returns.models import Return
from xueji.duties.returns.selectors import round_of
from xueji.ground.parameters import selectors as parameters
from xueji.pure.kernel.rulebook import Round
from xueji.pure.kernel.types import Level
from xueji.registry.snapshots.state import state_at
from xueji.registry.statistics.flows import flows
from xueji.registry.statistics.totals import summed


@dataclass(frozen=True, slots=True)
class Bridge:
    """From ``since`` (the national stock date) to ``until``; ``lines`` by stage, cohort and sex, as those of a flow."""

    since: date
    until: date
    lines: list[dict[str, Any]]


def stock_date(on_round: Round) -> date | None:
    """The national stock date before the reference date; None where the register did not exist yet."""
    book = parameters.rulebook(on_round.reference_date)
    day = book.calendar.national_stock_date(on_round.reference_date.year)
    return day if book.register_since <= day < on_round.reference_date else None


def bridge_window(on_round: Round, schools: Sequence[UUID], basis: Basis) -> Window | None:
    """The window of the bridge; the stock date itself is its eve."""
    day = stock_date(on_round)
    return None if day is None else window_between(day, on_round.reference_date, schools, basis)


def bridge_of(made: Return) -> Bridge | None:
    """The bridge of a return, a bureau's over all schools that it consolidated; None before the register."""
    on_round, basis, schools = round_of(made.round), basis_of(made), schools_of(made)
    window = bridge_window(on_round, schools, basis)
    if window is None:
        return None
    closing = state_at(on_round.reference_date, basis.cut, schools, held=basis.held)
    stages = parameters.rulebook(on_round.reference_date).stages
    lines = flows(**window.counted(closing), stages=stages).drop("school", "balanced")
    cells = summed(lines, ("stage", "intake_year", "grade", "gender"))
    return Bridge(window.begin.on, on_round.reference_date, cells.to_dicts())


def schools_of(made: Return) -> list[UUID]:
    """The schools that a return counts."""
    if made.level == Level.SCHOOL:
        return [made.organisation]
    parts = Return.objects.filter(id__in=[part["return"] for part in made.parts])
    return sorted({school for part in parts for school in schools_of(part)})
