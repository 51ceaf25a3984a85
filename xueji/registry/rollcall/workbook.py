"""The class lists as a workbook that is handed out, and read back when it was filled in.

One sheet for the whole school, a row a pupil; the first column bears the line's number in the list, by which a row is
known again. Rows that a teacher adds below, without that number, are pupils without a record here.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import xlsxwriter
from python_calamine import CalamineError, CalamineWorkbook

from xueji.pure.kernel.types import Refused
from xueji.registry.rollcall.authority import BASIS
from xueji.registry.rollcall.models import Presence
from xueji.registry.rollcall.types import Called

SHEET = "报到名单"
HEADERS = ("编号", "班级", "学号", "姓名", "性别", "到校情况", "到校日期", "事由")
PROPERTY = "xueji_rollcall"
LIMIT_BYTES = 4 * 1024 * 1024
_UNPACKED = 64 * 1024 * 1024
_ROWS = 20_000
_WORDS = {choice.label: choice.value for choice in Presence} | {"已到": "here", "✓": "here", "√": "here"}


@dataclass(frozen=True, slots=True)
class ListedPupil:
    """A row of the list before it is handed out; ``presence``: the word of what was entered already, or ''."""

    line: int
    class_name: str
    student_number: str
    name: str
    gender: str
    presence: str = ""
    came_on: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Read:
    """What a workbook says."""

    called: tuple[Called, ...]
    extra: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of a workbook: lines written, and (class, name) of rows added by hand."""

    written: int
    extra: tuple[tuple[str, str], ...]


def write(roll: UUID, title: str, pupils: Sequence[ListedPupil]) -> bytes:
    """The workbook (.xlsx) of these lines."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_numbers": False}) as book:
        book.set_properties({"title": title})
        book.set_custom_property(PROPERTY, str(roll))
        sheet, bold = book.add_worksheet(SHEET), book.add_format({"bold": True, "bottom": 1})
        text = book.add_format({"num_format": "@"})
        for column, width in enumerate((9, 14, 12, 14, 6, 16, 13, 40)):
            sheet.set_column(column, column, width, text)
        sheet.write_row(0, 0, HEADERS, bold)
        for row, one in enumerate(pupils, start=1):
            cells = (
                str(one.line), one.class_name, one.student_number, one.name, one.gender, one.presence, one.came_on,
                one.reason,
            )  # fmt: skip
            for column, cell in enumerate(cells):
                sheet.write_string(row, column, cell)
        last = len(pupils) + 200
        choices = [choice.label for choice in Presence]
        sheet.data_validation(1, 5, last, 5, {"validate": "list", "source": choices, "error_title": "到校情况"})
        sheet.freeze_panes(1, 4)
        sheet.autofilter(0, 0, max(1, len(pupils)), len(HEADERS) - 1)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(0)
    return buffer.getvalue()


def read(data: bytes, roll: UUID) -> Read:
    """What a filled-in workbook says. ``Refused`` for another list's file, and with all rows that cannot be read."""
    rows = _rows(data)
    if not rows or tuple(str(cell).strip() for cell in rows[0][: len(HEADERS)]) != HEADERS:
        raise Refused(
            "rollcall.file", "这不是本系统下载的报到名单（列名不同）。请下载名单，在里面填写后再上传。", BASIS
        )
    _require_own(data, roll)
    called: list[Called] = []
    extra: list[tuple[str, str]] = []
    faults: list[str] = []
    for number, cells in enumerate(rows[1:], start=2):
        row = [_text(cell) for cell in (*cells, *[""] * len(HEADERS))[: len(HEADERS)]]
        if not any(row):
            continue
        if not row[0]:
            if row[3]:
                extra.append((row[1], row[3]))
            continue
        if not row[5]:
            continue
        one = _called(row)
        if isinstance(one, str):
            faults.append(f"第 {number} 行（{row[3]}）：{one}")
        else:
            called.append(one)
    if faults:
        more = f"……共 {len(faults)} 行" if len(faults) > 5 else ""
        raise Refused("rollcall.rows", f"{'；'.join(faults[:5])}{more}。请改好后重新上传，这次什么都没有改动。", BASIS)
    return Read(tuple(called), tuple(extra))


def _rows(data: bytes) -> list[list[Any]]:
    if len(data) > LIMIT_BYTES:
        raise Refused("rollcall.file", f"文件超过 {LIMIT_BYTES // 1024 // 1024} MB，请上传下载的报到名单。", BASIS)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            if sum(one.file_size for one in packed.infolist()) > _UNPACKED:
                raise Refused("rollcall.file", "文件展开后过大，请上传下载的报到名单。", BASIS)
        rows = CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0).to_python(nrows=_ROWS + 1)
    except (zipfile.BadZipFile, CalamineError, ValueError, KeyError):
        raise Refused("rollcall.file", "文件打不开。请上传 .xlsx 格式、没有加密的报到名单。", BASIS) from None
    return rows


def _require_own(data: bytes, roll: UUID) -> None:
    """A file of another term or school would name other pupils' lines; one without the property is let through, since
    some programs drop it on saving: unknown lines are refused all the same."""
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        if "docProps/custom.xml" not in packed.namelist():
            return
        said = packed.read("docProps/custom.xml").decode("utf-8", "replace")
    if PROPERTY in said and str(roll) not in said:
        raise Refused("rollcall.file", "这是另一个学期（或另一所学校）的报到名单，请下载本学期的名单填写。", BASIS)


def _text(cell: Any) -> str:
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()


def _called(row: Sequence[str]) -> Called | str:
    if not (row[0].isascii() and row[0].isdecimal()):
        return "“编号”被改动了"
    presence = _WORDS.get(row[5].replace(",", "，"))
    if presence is None:
        return f"到校情况“{row[5]}”不认识，请从下拉框里选"
    came = _day(row[6])
    if row[6] and came is None:
        return f"到校日期“{row[6]}”读不出来，请写成 2008-09-03"
    if presence == Presence.EXCUSED and not row[7]:
        return "选了“未到，有事由”，请写明事由"
    return Called(int(row[0]), presence, came if presence == Presence.HERE else None, row[7])


def _day(text: str) -> date | None:
    digits = "".join(part.zfill(2) for part in text.replace("/", "-").replace(".", "-").split("-"))
    try:
        return datetime.strptime(digits, "%Y%m%d").date() if len(digits) == 8 else None  # noqa: DTZ007 (a day)
    except ValueError:
        return None
