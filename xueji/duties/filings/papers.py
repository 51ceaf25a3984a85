"""Filings and undertakings on paper (Typst) and as a workbook."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import xlsxwriter

from xueji.duties.filings.content import COLUMNS, Row
from xueji.ground.typesetting import chinese_date, typeset
from xueji.pure.kernel.staffing import FilingKind, UndertakingText

_FOLDER = Path(__file__).parent / "templates"
_A4 = 9
_WIDTHS = {"name": 30, "place": 30, "code": 14}


@dataclass(frozen=True, slots=True)
class FilingPaper:
    """What is printed. ``state``: in words; ``on``: the day of the rows."""

    kind: FilingKind
    year: int
    bureau: str
    code: str
    state: str
    on: date
    rows: Sequence[Row]
    digest: str

    @property
    def title(self) -> str:
        """The form's title."""
        return f"{self.year}年{self.kind.title}"

    @property
    def heads(self) -> list[str]:
        """The headings, with the running number."""
        return ["序号", *(words for _, words in COLUMNS[self.kind.filing])]

    def table(self) -> list[list[str]]:
        """The cells as text."""
        keys = [key for key, _ in COLUMNS[self.kind.filing]]
        return [[str(number), *(row.get(key, "") for key in keys)] for number, row in enumerate(self.rows, start=1)]


def as_pdf(paper: FilingPaper) -> bytes:
    """The official form, A4 across, with the frames of the district and the city."""
    return typeset(
        _FOLDER / "filing.typ",
        {
            "title": paper.title,
            "bureau": paper.bureau,
            "code": paper.code,
            "on": chinese_date(paper.on),
            "state": paper.state,
            "heads": paper.heads,
            "wide": [words in ("学校名称", "单位") for words in paper.heads],
            "rows": paper.table(),
            "digest": paper.digest[:16],
        },
    )


def as_workbook(paper: FilingPaper) -> bytes:
    """The same table; codes as text."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        cell = {"border": 1, "border_color": "#999999", "font_name": "宋体", "font_size": 11}
        title = book.add_format({"bold": True, "font_size": 16, "align": "center", "font_name": "黑体"})
        head = book.add_format({**cell, "bold": True, "align": "center", "bg_color": "#F0F0F0"})
        text = book.add_format({**cell, "num_format": "@"})
        sheet = book.add_worksheet(paper.kind.title[:30])
        sheet.set_landscape()
        sheet.set_paper(_A4)
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(0, 2)
        sheet.freeze_panes(3, 0)
        last = len(paper.heads) - 1
        sheet.merge_range(0, 0, 0, last, paper.title, title)
        sheet.merge_range(1, 0, 1, last, f"{paper.bureau}（{paper.code}）　{paper.on.isoformat()}　{paper.state}")
        sheet.set_column(0, 0, 6)
        for column, (key, _) in enumerate(COLUMNS[paper.kind.filing], start=1):
            sheet.set_column(column, column, _WIDTHS.get(key, 13))
        for column, words in enumerate(paper.heads):
            sheet.write_string(2, column, words, head)
        for line, row in enumerate(paper.table(), start=3):
            for column, value in enumerate(row):
                sheet.write_string(line, column, value, text)
    return buffer.getvalue()


def undertakings_pdf(text: UndertakingText, people: Sequence[tuple[str, str, str]]) -> bytes:
    """A page a person to be signed: ``people`` are (organisation, post, name)."""
    return typeset(
        _FOLDER / "undertaking.typ",
        {
            "title": text.title,
            "body": list(text.body),
            "version": text.version,
            "people": [{"place": place, "post": post, "name": name} for place, post, name in people],
        },
    )
