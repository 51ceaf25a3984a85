"""Findings at the cell: rows with their findings, the columns that have one, each cell to be clicked and corrected."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from django.urls import reverse

from xueji.pure.kernel.catalogue import FieldCatalogue
from xueji.registry.intake.checking import CheckResult, Found

_RANK = {"error": 0, "query": 1, "note": 2}


@dataclass(frozen=True, slots=True)
class GridCell:
    """A cell with its worst finding ('' where it is good); ``url`` opens it for correction."""

    value: str
    severity: str
    url: str


@dataclass(frozen=True, slots=True)
class GridColumn:
    """A column that is shown."""

    code: str
    label: str


@dataclass(slots=True)
class GridRow:
    """A row of the roster as the grid shows it."""

    row_no: int
    name: str
    cells: list[GridCell] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    changed_by: str = ""


def by_row(found: Iterable[Found]) -> dict[int, list[Found]]:
    """Findings by Excel row; those of the whole file left out."""
    rows: dict[int, list[Found]] = {}
    for one in found:
        if one.row is not None:
            rows.setdefault(one.row, []).append(one)
    return rows


def columns_for(found: Iterable[Found], catalogue: FieldCatalogue, result: CheckResult) -> list[GridColumn]:
    """The columns at which something was found, in the order of the official form."""
    wanted = {code for one in found for code in one.fields[:1] if code in catalogue and code != "name"}
    return [
        GridColumn(column.code, result.headers.get(column.code) or column.label)
        for column in catalogue.columns
        if column.code in wanted
    ]


def values_of(result: CheckResult, rows: Sequence[int], codes: Sequence[str]) -> dict[int, dict[str, str]]:
    """What stands in the cells of some rows, as typed."""
    import polars as pl

    present = [code for code in codes if f"raw:{code}" in result.frame.columns]
    part = result.frame.filter(pl.col("row").is_in(list(rows))).select("row", *(f"raw:{code}" for code in present))
    return {
        number: {code: value or "" for code, value in zip(present, cells, strict=True)}
        for number, *cells in part.iter_rows()
    }


def make_row(
    upload: UUID,
    number: int,
    columns: Sequence[GridColumn],
    values: dict[str, str],
    found: Sequence[Found],
    *,
    may_correct: bool,
) -> GridRow:
    """One row with its cells and sentences."""
    worst: dict[str, str] = {}
    for one in found:
        for code in one.fields[:1]:
            if _RANK[one.severity] < _RANK.get(worst.get(code, ""), 9):
                worst[code] = one.severity
    made = GridRow(number, values.get("name", ""))
    for column in columns:
        url = reverse("web:intake-cell", args=[upload, number, column.code]) if may_correct else ""
        made.cells.append(GridCell(values.get(column.code, ""), worst.get(column.code, ""), url))
    made.texts = [one.message for one in sorted(found, key=lambda one: _RANK[one.severity])]
    return made
