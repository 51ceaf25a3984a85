"""The workbook of annex 1 (学籍管理人员汇总表) to be filled: drop-downs, codes as text, the organisations."""

from __future__ import annotations

import io
from collections.abc import Sequence

import xlsxwriter

from xueji.ground.accounts.selectors import ROLE_TITLES
from xueji.ground.accounts.services.roster_file import HEADERS

_ROWS = 2000
_NOTES = {
    "name": "按身份证填写。同一人在本单位任两个岗位的，写两行。",
    "code": "学校写 11 位学校代码，教育局写 6 位区划代码，见“单位代码”表。",
    "role": "从下拉列表选择。",
    "stage": "小学、初中由不同的人管理时填写；不分的留空。",
    "started_on": "例如 2008-03-01。空白为今天。",
    "trained_on": "没有培训的留空，培训后再登记；学籍管理员未培训不能办理。",
    "login": "一般留空，由系统编排。",
}


def roster_template(places: Sequence[tuple[str, str]]) -> bytes:
    """The .xlsx; ``places`` are (code, name) of the organisations that the list may name."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        sheet, listed = book.add_worksheet("汇总表"), book.add_worksheet("单位代码")
        head = book.add_format({"bold": True, "bg_color": "#E8F0F8", "border": 1})
        text = book.add_format({"num_format": "@"})
        for position, (field, headers) in enumerate(HEADERS.items()):
            sheet.write_string(0, position, headers[0], head)
            sheet.write_comment(0, position, _NOTES[field])
            sheet.set_column(position, position, 16, text)
        sheet.freeze_panes(1, 0)
        fields = list(HEADERS)
        _list(sheet, fields.index("role"), list(ROLE_TITLES.values()))
        _list(sheet, fields.index("stage"), ["小学", "初中"])
        for row, (code, name) in enumerate([("单位代码", "单位名称"), *places]):
            listed.write_string(row, 0, code, text if row else head)
            listed.write_string(row, 1, name, head if not row else None)
        listed.set_column(0, 0, 14)
        listed.set_column(1, 1, 36)
    return buffer.getvalue()


def _list(sheet: xlsxwriter.worksheet.Worksheet, column: int, options: list[str]) -> None:
    sheet.data_validation(1, column, _ROWS, column, {"validate": "list", "source": options})
