"""Totals of a state: 在籍 and 在校 by school, grade and sex, and what lies between them."""

from __future__ import annotations

import polars as pl

from xueji.registry.statistics.formulas import ABSENCES, GUESTS_HERE

CELL = ("school", "stage", "intake_year", "grade", "gender")


def totals(frame: pl.DataFrame, schools: tuple[str, ...] | None = None) -> pl.DataFrame:
    """One line a school, cohort and sex: ``registered``, ``attending``, each absence, ``guest_here``.

    ``frame`` holds canonical present rows; with ``schools`` those of their pupils and of their guests. A guest is
    counted where the lessons are, in the grade he is in; one from outside the register is at no ``school``.
    """
    of_these = pl.col("school").is_not_null() if schools is None else pl.col("school").is_in(list(schools))
    own = frame.filter(of_these)
    registered = own.group_by(CELL).agg(
        registered=pl.len(),
        present=(pl.col("presence") == "attending").sum(),
        **{name: (pl.col("presence") == name).sum() for name in ABSENCES},
    )
    guests = frame.filter(pl.col("presence") == "guest_elsewhere").with_columns(school="host")
    if schools is not None:
        guests = guests.filter(pl.col("school").is_in(list(schools)))
    here = guests.group_by(CELL).agg(pl.len().alias(GUESTS_HERE))
    counts = ["registered", "present", *ABSENCES, GUESTS_HERE]
    return (
        registered.join(here, on=list(CELL), how="full", coalesce=True, nulls_equal=True)
        .with_columns([pl.col(name).fill_null(0).cast(pl.Int64) for name in counts])
        .with_columns(attending=pl.col("present") + pl.col(GUESTS_HERE))
        .select(*CELL, "registered", "attending", *ABSENCES, GUESTS_HERE)
        .sort(CELL)
    )


def summed(lines: pl.DataFrame, by: tuple[str, ...]) -> pl.DataFrame:
    """The lines added up: by ``("school",)``, ``("grade", "gender")``, or into one line by ``()``."""
    counts = [name for name in lines.columns if name not in CELL and lines.schema[name].is_numeric()]
    if not by:
        return lines.select(pl.col(counts).sum())
    return lines.group_by(by).agg(pl.col(counts).sum()).sort(by)
