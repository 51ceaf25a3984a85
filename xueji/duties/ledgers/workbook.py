"""Ledgers as files: an .xlsx as a bureau lays it out (A4 across, title and head on every page), and CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from uuid import UUID

import xlsxwriter

from xueji.duties.ledgers.selectors import Sheet
from xueji.duties.ledgers.summary import TITLES, Summary
from xueji.pure.kernel.ledgers import LedgerColumn, LedgerKind
from xueji.registry.statistics.months import WAYS_IN, WAYS_OUT

SCHOOL_COLUMN = LedgerColumn("school", "学校", "school", 18)
_A4 = 9
_LINE_HEIGHT = 15  # points
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class _Book:
    """A workbook with the formats of the house."""

    def __init__(self) -> None:
        self.buffer = io.BytesIO()
        self.made = xlsxwriter.Workbook(self.buffer, {"in_memory": True, "strings_to_numbers": False})
        cell = {"border": 1, "border_color": "#999999", "valign": "vcenter", "font_name": "宋体", "font_size": 11}
        self.title = self.made.add_format(
            {"bold": True, "font_size": 16, "align": "center", "valign": "vcenter", "font_name": "黑体"}
        )
        self.sub = self.made.add_format({"font_size": 10, "font_name": "宋体", "valign": "vcenter"})
        self.head = self.made.add_format(
            {**cell, "bold": True, "align": "center", "bg_color": "#F0F0F0", "text_wrap": True}
        )
        self.text = self.made.add_format({**cell, "num_format": "@", "text_wrap": True})
        self.number = self.made.add_format({**cell, "num_format": "#,##0"})
        self.total = self.made.add_format({**cell, "num_format": "#,##0", "bold": True})
        self.total_text = self.made.add_format({**cell, "num_format": "@", "bold": True})

    def sheet(
        self, name: str, title: str, sub: str, heads: Sequence[str], widths: Sequence[int]
    ) -> xlsxwriter.worksheet.Worksheet:
        """A sheet with title, line below it and head; rows begin at the fourth."""
        sheet = self.made.add_worksheet(name)
        sheet.set_landscape()
        sheet.set_paper(_A4)
        sheet.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.6)
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(0, 2)
        sheet.freeze_panes(3, 0)
        sheet.set_footer("&L&9内部资料，不得外传&R&9第 &P 页，共 &N 页")
        sheet.merge_range(0, 0, 0, max(1, len(heads) - 1), title, self.title)
        sheet.set_row(0, 28)
        sheet.write_string(1, 0, sub, self.sub)
        for column, (head, width) in enumerate(zip(heads, widths, strict=True)):
            sheet.set_column(column, column, width)
            sheet.write_string(2, column, head, self.head)
        return sheet

    def close(self) -> bytes:
        self.made.close()
        return self.buffer.getvalue()


def headed(sheet: Sheet, *, with_school: bool) -> tuple[LedgerColumn, ...]:
    """The columns of a ledger; a bureau's has the school after the serial number."""
    columns = sheet.ledger.columns
    return (columns[0], SCHOOL_COLUMN, *columns[1:]) if with_school else columns


def rows_of(sheet: Sheet, schools: dict[UUID, str] | None) -> list[tuple[str, ...]]:
    """The cells of the lines, with the school's name in its column where ``schools`` are given."""
    if schools is None:
        return [line.cells for line in sheet.lines]
    return [(line.cells[0], schools.get(line.school, ""), *line.cells[1:]) for line in sheet.lines]


def signers(ledger: LedgerKind, *, bureau: bool) -> tuple[str, ...]:
    """Who signs below a ledger."""
    return ledger.bureau_signatures if bureau else ledger.signatures


def ledger_workbook(sheet: Sheet, *, title: str, sub: str, schools: dict[UUID, str] | None) -> bytes:
    """The .xlsx of a ledger, signature line below the last row."""
    book = _Book()
    columns = headed(sheet, with_school=schools is not None)
    made = book.sheet(sheet.ledger.short, title, sub, [one.title for one in columns], [one.width for one in columns])
    row = 3
    for cells in rows_of(sheet, schools):
        for column, cell in enumerate(cells):
            made.write_string(row, column, cell, book.text)
        lines = max(_lines(cell, one.width) for cell, one in zip(cells, columns, strict=True))
        made.set_row(row, _LINE_HEIGHT * lines + 3)
        row += 1
    if not sheet.lines:
        made.write_string(row, 0, "本学年没有此类变动。", book.sub)
        row += 1
    made.write_string(row + 1, 0, signature_line(signers(sheet.ledger, bureau=schools is not None)), book.sub)
    return book.close()


def _lines(text: str, width: int) -> int:
    """How many lines a text takes in a column: a Chinese character is as wide as two digits."""
    taken = sum(1 if letter.isascii() else 2 for letter in text)
    return max(1, -(-taken // max(1, width - 1)))


def signature_line(who: Sequence[str]) -> str:
    """制表人：________　校对人：________　…　日期."""
    return "　　".join([*(f"{one}：______________" for one in who), "日期：______ 年 ____ 月 ____ 日"])


def ledger_csv(sheet: Sheet, *, schools: dict[UUID, str] | None) -> bytes:
    """CSV in UTF-8 with a byte order mark, as spreadsheets want it; no cell can be taken for a formula."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow([one.title for one in headed(sheet, with_school=schools is not None)])
    for cells in rows_of(sheet, schools):
        writer.writerow([f"'{cell}" if cell.startswith(_FORMULA) else cell for cell in cells])
    return b"\xef\xbb\xbf" + buffer.getvalue().encode()


BALANCE_HEADS = ("期初在籍", *(TITLES[name] for name in (*WAYS_IN, *WAYS_OUT)), "期末在籍")


def summary_workbook(summary: Summary, *, title: str, sub: str, signatures: Sequence[str]) -> bytes:
    """The .xlsx of the summary: balance by month, changes by kind, and by school where there are several."""
    book = _Book()
    width = [9] * len(BALANCE_HEADS)
    made = book.sheet("在籍增减", f"{title}（在籍增减）", sub, ["月份", *BALANCE_HEADS], [14, *width])
    row = 3
    for line in (*summary.by_month, summary.year):
        last = line is summary.year
        made.write_string(row, 0, line.title, book.total_text if last else book.text)
        for column, value in enumerate(line.cells, start=1):
            made.write_number(row, column, value, book.total if last else book.number)
        row += 1
    made.write_string(row + 1, 0, signature_line(signatures), book.sub)
    months = [f"{month.month} 月" for month in summary.months]
    made = book.sheet("变动件数", f"{title}（变动件数）", sub, ["台账", *months, "合计"], [22, *[7] * len(months), 9])
    for row, one in enumerate(summary.changes, start=3):
        made.write_string(row, 0, one.ledger.short, book.text)
        for column, value in enumerate((*one.counts, one.total), start=1):
            made.write_number(row, column, value, book.total if column > len(months) else book.number)
    if summary.by_school:
        head = "区县" if summary.by_district else "学校"
        made = book.sheet(f"按{head}", f"{title}（按{head}）", sub, [head, *BALANCE_HEADS], [26, *width])
        for row, line in enumerate(summary.by_school, start=3):
            made.write_string(row, 0, line.title, book.text)
            for column, value in enumerate(line.cells, start=1):
                made.write_number(row, column, value, book.number)
    return book.close()
