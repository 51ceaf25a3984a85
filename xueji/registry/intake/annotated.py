"""The roster with the findings beside the cells: coloured, with a comment, and a column 问题 (issue 2 "Intake")."""

from __future__ import annotations

import io

import polars as pl
import xlsxwriter

from xueji.registry.intake.checking import CheckResult, Found
from xueji.registry.intake.headers import columns_of
from xueji.registry.intake.sources import KIND_TITLES, OVERVIEW, PROBLEMS
from xueji.registry.intake.template import ROSTER, write_columns

_COLOURS = {"error": "#F8CBAD", "query": "#FFE699", "note": "#DDEBF7"}
_WORDS = {"error": "错误", "query": "疑问", "note": "提示"}


def write_annotated(result: CheckResult) -> bytes:
    """A workbook (.xlsx) with the cells as they came; it can be corrected and uploaded again.

    The column 问题 is left out when it is read again.
    """
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True, "strings_to_numbers": False, "strings_to_formulas": False})
    context = result.context
    book.set_custom_property("xueji_school", context.school.code)
    book.set_custom_property("xueji_kind", context.kind)
    sheet = book.add_worksheet(ROSTER)
    columns = [c for c in columns_of(context.catalogue, context.kind) if c.code in result.headers]
    write_columns(book, sheet, columns, {})
    places = {column.code: place for place, column in enumerate(columns)}
    found = result.found()
    by_row: dict[int, list[Found]] = {}
    for one in found:
        if one.row is not None:
            by_row.setdefault(one.row, []).append(one)
    plain = book.add_format({"num_format": "@"})
    looks = {severity: book.add_format({"num_format": "@", "bg_color": c}) for severity, c in _COLOURS.items()}
    problem_place = len(columns)
    wrap = book.add_format({"num_format": "@", "text_wrap": True})
    sheet.set_column(problem_place, problem_place, 70, wrap)
    sheet.write_string(0, problem_place, PROBLEMS, book.add_format({"bold": True, "bg_color": "#F8CBAD", "border": 1}))
    raw = result.frame.select("row", *(pl.col(f"raw:{code}").fill_null("").alias(code) for code in places))
    for position, (row, *cells) in enumerate(raw.iter_rows(), start=1):
        told: dict[str, list[Found]] = {}
        for one in by_row.get(row, []):
            told.setdefault(one.fields[0] if one.fields else "", []).append(one)
        for (code, place), cell in zip(places.items(), cells, strict=True):
            here = told.get(code)
            sheet.write_string(position, place, cell, looks[_worst(here)] if here else plain)
            if here:
                sheet.write_comment(position, place, "\n".join(o.message for o in here), {"author": "学籍系统"})
        lines = [f"{_WORDS[one.severity]}：{one.message}" for one in by_row.get(row, [])]
        if lines:
            sheet.write_string(position, problem_place, "\n".join(lines), wrap)
    _write_overview(book, result, found)
    book.close()
    return target.getvalue()


def _worst(found: list[Found]) -> str:
    return min((one.severity for one in found), key=list(_COLOURS).index)


def _write_overview(book: xlsxwriter.Workbook, result: CheckResult, found: list[Found]) -> None:
    """A second sheet with what concerns the whole file and the counts."""
    sheet = book.add_worksheet(OVERVIEW)
    lines = [
        f"{result.context.school.name} · {KIND_TITLES[result.context.kind]}",
        f"共 {result.rows} 行，没有错误的 {result.clean} 行",
        *(f"{_WORDS[one.severity]}：{one.message}" for one in found if one.row is None),
    ]
    for row, line in enumerate(lines):
        sheet.write_string(row, 0, line)
    sheet.set_column(0, 0, 100)
