"""Statistics as files: an .xlsx as a bureau lays it out (a sheet a table, title and head on every page), and CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

import xlsxwriter

from xueji.registry.statistics.tables import Table

_A4 = 9


def workbook(tables: Sequence[Table], place: str, sub: str) -> bytes:
    """One sheet a table; ``place`` stands in the title, ``sub`` (day, jurisdiction) below it."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_numbers": False}) as made:
        cell = {"border": 1, "border_color": "#999999", "valign": "vcenter", "font_name": "宋体", "font_size": 11}
        title = made.add_format(
            {"bold": True, "font_size": 16, "align": "center", "valign": "vcenter", "font_name": "黑体"}
        )
        small = made.add_format({"font_size": 10, "font_name": "宋体", "valign": "vcenter", "text_wrap": True})
        head = made.add_format({**cell, "bold": True, "align": "center", "bg_color": "#F0F0F0", "text_wrap": True})
        text = made.add_format({**cell, "num_format": "@"})
        whole = made.add_format({**cell, "num_format": "#,##0"})
        broken = made.add_format({**cell, "num_format": "0.00"})
        bold = made.add_format({**cell, "num_format": "#,##0", "bold": True})
        for table in tables:
            sheet = made.add_worksheet(table.title[:31])
            sheet.set_paper(_A4)
            sheet.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.6)
            sheet.fit_to_pages(1, 0)
            sheet.repeat_rows(0, 2)
            sheet.freeze_panes(3, 1)
            sheet.set_footer("&L&9内部资料，不得外传&R&9第 &P 页，共 &N 页")
            sheet.merge_range(0, 0, 0, len(table.columns), f"{place}{table.title}", title)
            sheet.set_row(0, 28)
            sheet.write_string(1, 0, sub, small)
            sheet.set_column(0, 0, 28)
            sheet.set_column(1, len(table.columns), 12)
            for at, name in enumerate((table.first, *table.columns)):
                sheet.write_string(2, at, name, head)
            rows = [*table.rows, *([("合计", table.total)] if table.total else [])]
            for down, (label, values) in enumerate(rows, start=3):
                last = table.total is not None and down == len(rows) + 2
                sheet.write_string(down, 0, label, bold if last else text)
                for at, value in enumerate(values, start=1):
                    if value is None:
                        sheet.write_string(down, at, "—", text)
                    else:
                        sheet.write_number(
                            down, at, value, bold if last else broken if isinstance(value, float) else whole
                        )
            if table.note:
                sheet.merge_range(len(rows) + 3, 0, len(rows) + 3, len(table.columns), table.note, small)
                sheet.set_row(len(rows) + 3, 15 * (1 + len(table.note) // 60))
    return buffer.getvalue()


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
