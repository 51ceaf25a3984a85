"""Figures of a day and of a window, counted on states (``snapshots``) within the actor's jurisdiction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from uuid import UUID

import polars as pl

from xueji.ground.parameters import selectors as parameters
from xueji.registry.snapshots.movements import movements_at
from xueji.registry.snapshots.state import State, state_at
from xueji.registry.statistics.flows import flows
from xueji.registry.statistics.totals import totals

__all__ = ["flow_of", "totals_of"]


def _names(state: State) -> tuple[str, ...] | None:
    return None if state.schools is None else tuple(str(school) for school in state.schools)


def totals_of(state: State) -> pl.DataFrame:
    """The totals of a state (see :func:`totals.totals`)."""
    return totals(state.frame, _names(state))


def flow_of(
    window: tuple[date, date],
    cut: Mapping[UUID, int] | None = None,
    schools: Sequence[UUID] | None = None,
    *,
    opening: State | None = None,
) -> pl.DataFrame:
    """The flows of a window (see :func:`flows.flows`) as known at a cut (None: now).

    ``opening`` is the frozen state of the round before; without it the opening is what is known at the cut.
    """
    day_before = window[0] - timedelta(days=1)
    closing = state_at(window[1], cut, schools, digests=False)
    begin = opening or state_at(day_before, cut, schools, digests=False)
    moved = movements_at(day_before, window[1], cut, schools)
    return flows(
        begin.frame,
        closing.frame,
        moved.registrations,
        moved.spells,
        window=window,
        schools=_names(closing),
        stages=parameters.rulebook(window[1]).stages,
    )
