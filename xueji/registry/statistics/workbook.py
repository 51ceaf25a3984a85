"""Statistics as files: an .xlsx as a bureau lays it out (a sheet a table, title and head on every page), and CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import xlsxwriter

from xueji.registry.statistics.tables import Table

_A4 = 9
Cell = str | int | float | None


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet of the workbook. The first cell of a row is its label; ``summed``: the last row is the sum of the others.
    ``wide``: the second column holds text, not figures."""

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    summed: bool = False
    note: str = ""
    wide: bool = False


def workbook(tables: Sequence[Table], place: str, sub: str) -> bytes:
    """One sheet a table; ``place`` stands in the title, ``sub`` (day, jurisdiction) below it."""
    return sheets([_sheet_of(table) for table in tables], place, sub)


def _sheet_of(table: Table) -> Sheet:
    rows = [*table.rows, *([("合计", table.total)] if table.total else [])]
    cells = tuple((label, *values) for label, values in rows)
    return Sheet(
        table.title,
        (table.first, *table.columns),
        cells,
        table.total is not None,
        "　".join(filter(None, (table.missing, table.note))),
    )


def sheets(wanted: Sequence[Sheet], place: str, sub: str) -> bytes:
    """The sheets in their order, each printed on A4 with its head on every page."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_numbers": False}) as made:
        cell = {"border": 1, "border_color": "#999999", "valign": "vcenter", "font_name": "宋体", "font_size": 11}
        formats = {
            "title": {"bold": True, "font_size": 16, "align": "center", "valign": "vcenter", "font_name": "黑体"},
            "small": {"font_size": 10, "font_name": "宋体", "valign": "vcenter", "text_wrap": True},
            "head": {**cell, "bold": True, "align": "center", "bg_color": "#F0F0F0", "text_wrap": True},
            "text": {**cell, "num_format": "@", "text_wrap": True},
            "whole": {**cell, "num_format": "#,##0"},
            "broken": {**cell, "num_format": "0.00"},
            "bold": {**cell, "num_format": "#,##0", "bold": True},
        }
        looks = {name: made.add_format(look) for name, look in formats.items()}
        for one in wanted:
            _write(made.add_worksheet(one.title[:31]), one, place, sub, looks)
    return buffer.getvalue()


def _write(sheet: Any, one: Sheet, place: str, sub: str, looks: dict[str, Any]) -> None:
    last_column = len(one.head) - 1
    sheet.set_paper(_A4)
    sheet.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.6)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0, 2)
    sheet.freeze_panes(3, 1)
    sheet.set_footer("&L&9内部资料，不得外传&R&9第 &P 页，共 &N 页")
    sheet.merge_range(0, 0, 0, last_column, f"{place}{one.title}", looks["title"])
    sheet.set_row(0, 28)
    sheet.write_string(1, 0, sub, looks["small"])
    sheet.set_column(0, 0, 28)
    sheet.set_column(1, last_column, 12)
    if one.wide:
        sheet.set_column(1, 1, 48)
    for at, name in enumerate(one.head):
        sheet.write_string(2, at, name, looks["head"])
    for down, row in enumerate(one.rows, start=3):
        last = one.summed and down == len(one.rows) + 2
        for at, value in enumerate(row):
            if value is None:
                sheet.write_string(down, at, "—", looks["text"])
            elif isinstance(value, str):
                sheet.write_string(down, at, value, looks["bold" if last else "text"])
            else:
                look = "bold" if last else "broken" if isinstance(value, float) else "whole"
                sheet.write_number(down, at, value, looks[look])
    if one.note:
        sheet.merge_range(len(one.rows) + 3, 0, len(one.rows) + 3, last_column, one.note, looks["small"])
        sheet.set_row(len(one.rows) + 3, 15 * (1 + len(one.note) // 60))


def as_csv(table: Table) -> bytes:
    """The table with its head, in UTF-8 with the mark by which Excel knows it."""
    stream = io.StringIO()
    writer = csv.writer(stream)
    writer.writerow((table.first, *table.columns))
    for label, values in (*table.rows, *([("合计", table.total)] if table.total else [])):
        writer.writerow((_safe(label), *("" if value is None else value for value in values)))
    return b"\xef\xbb\xbf" + stream.getvalue().encode()


def _safe(text: str) -> str:
    """A label that a spreadsheet takes for a formula is made a text."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text
