"""The embedded engine: Polars in this process, with the very functions that pages and returns count by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import polars as pl

from xueji.registry.snapshots.layout import paths_of
from xueji.registry.statistics.totals import CELL, totals

_READ = (*CELL, "presence", "host", "class_group")


def lines_of(folder: Path, stock_by: Sequence[str]) -> Mapping[str, tuple[tuple[str, ...], ...]]:
    """The tables of ``counting.Counted``."""
    frame = _read(folder, tuple(dict.fromkeys((*_READ, *stock_by))))
    here = (pl.col("presence") == "attending").sum()
    tables = {"totals": _text(totals(frame))}
    for column in stock_by:
        tables[f"by_{column}"] = _text(frame.group_by(column, "gender").agg(registered=pl.len(), attending=here))
    classes = frame.filter(pl.col("class_group").is_not_null(), pl.col("presence") == "attending")
    sizes = classes.group_by("class_group", "stage").agg(size=pl.len())
    tables["classes"] = _text(sizes.group_by("stage", "size").agg(classes=pl.len()))
    return tables


def _read(folder: Path, columns: Sequence[str]) -> pl.DataFrame:
    """Some columns of all files; what stands in their folders' names is in the rows too."""
    paths = paths_of(folder)
    if not paths:
        return pl.DataFrame(schema=dict.fromkeys(columns, pl.String))
    return pl.read_parquet(paths, columns=list(columns), hive_partitioning=False)


def _text(frame: pl.DataFrame) -> tuple[tuple[str, ...], ...]:
    cast = frame.select(pl.all().cast(pl.String).fill_null(""))
    return tuple(sorted(cast.iter_rows()))
