"""Flows of a window between two states, with both balances (invariant 7). Pure functions over frames.

A line is a cohort of a school and sex: grade g of the closing stands against grade g − 1 of the opening.
Registrations that began and ended inside the window count in both directions. The opening may be last year's frozen
state: what has since been corrected appears as voided, other, moved or sex corrected, never as a gap.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import polars as pl

from xueji.pure.kernel.school_year import StageSystem
from xueji.registry.statistics.formulas import (
    ABSENCE_FLOWS,
    ABSENCES,
    ATTENDING_STOCK,
    GUESTS_HERE,
    HOW_ENDED,
    HOW_STARTED,
    INFLOWS,
    OUTFLOWS,
    REGISTERED_FLOW,
    Identity,
)
from xueji.registry.statistics.presence import inner_episodes, inner_guests
from xueji.registry.statistics.totals import totals

CELL = ("school", "stage", "intake_year", "gender")
_ROW = ("registration", *CELL, "presence", "host")


def flows(
    opening: pl.DataFrame,
    closing: pl.DataFrame,
    registrations: pl.DataFrame,
    spells: pl.DataFrame,
    *,
    window: tuple[date, date],
    schools: tuple[str, ...] | None = None,
    stages: StageSystem | None = None,
) -> pl.DataFrame:
    """One line a school, cohort and sex with opening, every flow, closing, absences, and ``balanced``.

    ``opening`` and ``closing`` are canonical present rows of the day before the window and of its last day,
    ``registrations`` and ``spells`` those of ``snapshots.movements``; ``window`` first and last day. ``grade`` is that
    of the closing day, one beyond the last for a cohort that has left.
    """
    system = stages or StageSystem()
    counted = movements(opening, closing, registrations, spells, window=window, schools=schools)
    names = ["opening", *INFLOWS, *OUTFLOWS, "closing"]
    names += [
        f"{name}_{part}" for name in (*ABSENCES, GUESTS_HERE) for part in ("opening", "begun", "ended", "closing")
    ]
    lines = counted.pivot(on="column", on_columns=names, index=list(CELL), values="count", aggregate_function="sum")
    lines = lines.with_columns([pl.col(name).fill_null(0).cast(pl.Int64) for name in names])
    stock = totals(closing, schools).drop("grade", *ABSENCES, GUESTS_HERE)
    lines = lines.join(stock, on=list(CELL), how="left", nulls_equal=True)
    lines = lines.with_columns(pl.col("registered", "attending").fill_null(0))
    year = system.school_year_of(window[1])
    grade = pl.col("stage").replace_strict(
        {stage: system.first_grade(stage) for stage in ("primary", "junior")}, return_dtype=pl.Int32
    )
    balance = [balanced(identity) for identity in (REGISTERED_FLOW, *ABSENCE_FLOWS)]
    return (
        lines.with_columns(grade=grade + year - pl.col("intake_year"))
        .with_columns(balanced=pl.all_horizontal(*balance, _attending()))
        .sort(CELL)
    )


def movements(
    opening: pl.DataFrame,
    closing: pl.DataFrame,
    registrations: pl.DataFrame,
    spells: pl.DataFrame,
    *,
    window: tuple[date, date],
    schools: tuple[str, ...] | None = None,
) -> pl.DataFrame:
    """What :func:`flows` counts, one row a count: cell, ``column``, ``count`` (1) and ``registration``, which opens a
    figure down to its pupils (missing for guests here who came and went within the window)."""
    before, after = (frame.select(_ROW) for frame in (opening, closing))
    own_before, own_after = (_own(frame, schools) for frame in (before, after))
    return pl.concat(
        [
            *_registered(own_before, own_after, registrations, window),
            *_absences(before, after, spells, window, schools),
        ]
    )


def balanced(identity: Identity) -> pl.Expr:
    """Whether an identity holds in a line."""
    return pl.sum_horizontal(identity.left) == pl.sum_horizontal(identity.right)


def _attending() -> pl.Expr:
    """The identity of 在校 and 在籍 at the closing (``ATTENDING_STOCK``)."""
    right = ["attending" if name == "attending" else f"{name}_closing" for name in ATTENDING_STOCK.right]
    return pl.sum_horizontal("registered", f"{GUESTS_HERE}_closing") == pl.sum_horizontal(right)


def _own(frame: pl.DataFrame, schools: tuple[str, ...] | None) -> pl.DataFrame:
    """The rows at these schools; a guest from outside the register is at none."""
    return frame.filter(pl.col("school").is_not_null() if schools is None else pl.col("school").is_in(list(schools)))


def _tagged(frame: pl.DataFrame, column: str | pl.Expr, *, prefix: str = "") -> pl.DataFrame:
    """One count a row in its cell, under a column's name."""
    name = pl.lit(column) if isinstance(column, str) else column
    cell = [pl.col(f"{prefix}{key}").alias(key) for key in CELL]
    whose = pl.col("registration") if "registration" in frame.columns else pl.lit(None, pl.String).alias("registration")
    return frame.select(*cell, name.alias("column"), pl.lit(1, pl.Int64).alias("count"), whose)


def _registered(
    before: pl.DataFrame, after: pl.DataFrame, registrations: pl.DataFrame, window: tuple[date, date]
) -> Iterator[pl.DataFrame]:
    """Stocks and flows of 在籍."""
    yield _tagged(before, "opening")
    yield _tagged(after, "closing")
    moves = registrations.select("registration", "started_on", "ended_on", "how_started", "how_ended", "voided", *CELL)
    ways = moves.drop(*CELL)
    first, last = window
    began = pl.col("started_on").is_between(first, last)
    came = (
        pl.when(began)
        .then(pl.col("how_started").replace_strict(HOW_STARTED, default="other_in"))
        .otherwise(pl.lit("other_in"))
    )
    went = (
        pl.when(pl.col("voided").fill_null(False))
        .then(pl.lit("voided"))
        .when(pl.col("ended_on").is_not_null())
        .then(pl.col("how_ended").replace_strict(HOW_ENDED, default="other_out"))
        .otherwise(pl.lit("other_out"))
    )
    new = after.join(before, on="registration", how="anti").join(ways, on="registration", how="left")
    yield _tagged(new, came.fill_null("other_in"))
    gone = before.join(after, on="registration", how="anti").join(ways, on="registration", how="left")
    yield _tagged(gone, went)
    passing = (
        moves.filter(~pl.col("voided") & began & pl.col("ended_on").is_between(first, last))
        .join(before, on="registration", how="anti")
        .join(after, on="registration", how="anti")
    )
    yield _tagged(passing, came)
    yield _tagged(passing, went)
    yield from _between_cells(before, after)


def _between_cells(before: pl.DataFrame, after: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Not promoted, skipped or lower grade (another cohort), and sex corrected: from one line to another."""
    both = before.join(after, on="registration", suffix="_new")
    moved = both.filter(pl.col("intake_year").ne_missing(pl.col("intake_year_new")))
    yield _tagged(moved, "moved_out")
    yield _tagged(moved.with_columns(intake_year=pl.col("intake_year_new")), "moved_in")
    corrected = both.filter(pl.col("gender").ne_missing(pl.col("gender_new"))).with_columns(
        intake_year=pl.col("intake_year_new")
    )
    yield _tagged(corrected, "sex_out")
    yield _tagged(corrected.with_columns(gender=pl.col("gender_new")), "sex_in")


def _absences(
    before: pl.DataFrame,
    after: pl.DataFrame,
    spells: pl.DataFrame,
    window: tuple[date, date],
    schools: tuple[str, ...] | None,
) -> Iterator[pl.DataFrame]:
    """Stocks and flows of each absence, and of the guests here."""
    inner = inner_episodes(spells, window)
    for name in ABSENCES:
        yield from _absence(
            name,
            _own(before, schools).filter(pl.col("presence") == name),
            _own(after, schools).filter(pl.col("presence") == name),
        )
        yield from _inner(name, inner, _own(before, schools), _own(after, schools))
    at_host_before, at_host_after = (
        _own(frame.filter(pl.col("presence") == "guest_elsewhere").with_columns(school="host"), schools)
        for frame in (before, after)
    )
    yield from _absence(GUESTS_HERE, at_host_before, at_host_after)
    guests = _own(inner_guests(spells, window), schools)
    yield _tagged(guests, f"{GUESTS_HERE}_begun")
    yield _tagged(guests, f"{GUESTS_HERE}_ended")


def _absence(name: str, before: pl.DataFrame, after: pl.DataFrame) -> Iterator[pl.DataFrame]:
    keys = ["registration", *CELL]
    yield _tagged(before, f"{name}_opening")
    yield _tagged(after, f"{name}_closing")
    yield _tagged(after.join(before, on=keys, how="anti", nulls_equal=True), f"{name}_begun")
    yield _tagged(before.join(after, on=keys, how="anti", nulls_equal=True), f"{name}_ended")


def _inner(name: str, inner: pl.DataFrame, before: pl.DataFrame, after: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Episodes that began and ended inside the window: once in each direction."""
    cells = pl.concat([after, before.join(after, on="registration", how="anti")]).select("registration", *CELL)
    found = inner.filter(pl.col("absence") == name).join(cells, on="registration")
    yield _tagged(found, f"{name}_begun")
    yield _tagged(found, f"{name}_ended")


def unbalanced(lines: pl.DataFrame) -> list[dict[str, Any]]:
    """The lines in which a balance does not hold."""
    return lines.filter(~pl.col("balanced")).to_dicts()
