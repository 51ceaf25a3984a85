"""The balance of 在籍 month by month: what began and what ended in each, under the columns of ``formulas``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

import polars as pl

from xueji.registry.snapshots.movements import movements_at
from xueji.registry.snapshots.stock import registered_by_school
from xueji.registry.statistics.formulas import HOW_ENDED, HOW_STARTED

#: Ways in and out that a registration itself has; those between lines of one school (moved, sex) cancel out.
WAYS_IN = ("enrolled", "transferred_in", "restored", "reorganised_in", "other_in")
WAYS_OUT = ("graduated", "completed", "transferred_out", "died", "reorganised_out", "other_out")


@dataclass(frozen=True, slots=True)
class Balance:
    """``opening`` by school on the eve of the window; ``moves``: school, month (its first day), column, count.

    For every school: opening + ways in − ways out = what is registered on the window's last day, and the sums of the
    year are those of :func:`selectors.flow_of`.
    """

    window: tuple[date, date]
    opening: dict[UUID, int]
    moves: pl.DataFrame


def monthly(registrations: pl.DataFrame, window: tuple[date, date]) -> pl.DataFrame:
    """The movements (``snapshots.movements``) of a window counted by school, month and column."""
    first, last = window
    standing = registrations.filter(~pl.col("voided"))
    came = standing.filter(pl.col("started_on").is_between(first, last)).select(
        "school",
        month=pl.col("started_on").dt.month_start(),
        column=pl.col("how_started").replace_strict(HOW_STARTED, default="other_in"),
    )
    went = standing.filter(pl.col("ended_on").is_between(first, last)).select(
        "school",
        month=pl.col("ended_on").dt.month_start(),
        column=pl.col("how_ended").replace_strict(HOW_ENDED, default="other_out"),
    )
    return pl.concat([came, went]).group_by("school", "month", "column").agg(count=pl.len().cast(pl.Int64))


def balance_of(window: tuple[date, date], schools: Sequence[UUID] | None = None) -> Balance:
    """The balance of a window's months as known now, within the actor's jurisdiction."""
    eve = window[0] - timedelta(days=1)
    moved = movements_at(eve, window[1], None, schools)
    return Balance(window, registered_by_school(eve, schools), monthly(moved.registrations, window))
