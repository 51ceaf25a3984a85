"""The yearly summary as files: a PDF (Typst) to be signed and filed, an .xlsx. Counts only, nothing of a pupil."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import xlsxwriter

from xueji.duties.inspections.selectors.summary import SummaryLine
from xueji.ground.typesetting import chinese_date, typeset

TEMPLATE = Path(__file__).parent / "templates" / "summary.typ"
#: Columns of the table: field of the line, heading.
COLUMNS = (
    ("own_signed", "自查办结"),
    ("bureau", "局查"),
    ("bureau_signed", "局查办结"),
    ("records", "抽查学生"),
    ("procedures", "抽查变动"),
    ("findings", "查出问题"),
    ("errors", "其中严重"),
    ("in_time", "按期更正"),
    ("late", "逾期"),
    ("open", "未更正"),
    ("closed", "已复查"),
)
_A4 = 9


@dataclass(frozen=True, slots=True)
class SummaryPaper:
    """What the files say. ``rows``: (name, line), last the total; ``items``: (checklist, item, findings, schools)."""

    title: str
    organisation: str
    of: str  # 学校 or 教育局: the heading of the first column
    on: date
    rows: Sequence[tuple[str, SummaryLine]]
    items: Sequence[tuple[str, str, int, int]]

    def table(self) -> list[list[str | int]]:
        """The cells."""
        return [[name, *(getattr(line, field) for field, _ in COLUMNS)] for name, line in self.rows]


def as_pdf(paper: SummaryPaper) -> bytes:
    """A4 across, with lines to sign."""
    return typeset(
        TEMPLATE,
        {
            "title": paper.title,
            "organisation": paper.organisation,
            "on": chinese_date(paper.on),
            "heads": [paper.of, *(title for _, title in COLUMNS)],
            "rows": [[str(cell) for cell in row] for row in paper.table()],
            "items": [[checklist, item, str(count), str(schools)] for checklist, item, count, schools in paper.items],
        },
    )


def as_workbook(paper: SummaryPaper) -> bytes:
    """One sheet for the table, one for the lines that fail most often."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    cell = {"border": 1, "border_color": "#999999", "font_name": "宋体", "font_size": 11}
    title = book.add_format({"bold": True, "font_size": 16, "align": "center", "font_name": "黑体"})
    head = book.add_format({**cell, "bold": True, "align": "center", "bg_color": "#F0F0F0", "text_wrap": True})
    text, number = book.add_format({**cell, "num_format": "@"}), book.add_format({**cell, "num_format": "#,##0"})
    tables: tuple[tuple[str, list[str], list[list[str | int]]], ...] = (
        ("汇总", [paper.of, *(words for _, words in COLUMNS)], paper.table()),
        ("常见问题", ["检查表", "项目", "问题数", "涉及学校"], [list(row) for row in paper.items]),
    )
    for name, heads, rows in tables:
        sheet = book.add_worksheet(name)
        sheet.set_landscape()
        sheet.set_paper(_A4)
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(0, 1)
        sheet.freeze_panes(2, 0)
        sheet.merge_range(0, 0, 0, len(heads) - 1, paper.title, title)
        sheet.set_column(0, 0, 26)
        sheet.set_column(1, len(heads) - 1, 11 if name == "汇总" else 30)
        for column, words in enumerate(heads):
            sheet.write_string(1, column, words, head)
        for line, row in enumerate(rows, 2):
            for column, value in enumerate(row):
                if isinstance(value, int):
                    sheet.write_number(line, column, value, number)
                else:
                    sheet.write_string(line, column, value, text)
    book.close()
    return buffer.getvalue()
