"""Results of a course as a workbook: the list to be filled, and reading it with findings at the cell."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import xlsxwriter

from xueji.duties.training.models import Course, CourseResult
from xueji.duties.training.services.courses import NewResult
from xueji.ground.accounts.models import PostHolding
from xueji.ground.accounts.selectors import ROLE_TITLES
from xueji.ground.accounts.services.roster_file import table_of, text_of
from xueji.pure.kernel.codes import comparable
from xueji.pure.kernel.types import Finding, Role, Severity

#: Field → headers; the first is the form's own.
HEADERS = {
    "name": ("姓名", "人员姓名"),
    "code": ("单位代码", "学校代码"),
    "role": ("岗位",),
    "score": ("成绩", "考核成绩", "分数"),
    "present": ("出勤", "是否参加", "结果"),
}
_ABSENT = {comparable(word) for word in ("缺席", "缺考", "未参加", "否")}
_PRESENT = {comparable(word) for word in ("", "参加", "合格", "出勤", "是")}


def course_workbook(course: Course, held: Sequence[PostHolding], known: Mapping[UUID, CourseResult]) -> bytes:
    """The .xlsx with everyone whom the bureau trains; what is entered already stands in it."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        sheet = book.add_worksheet("成绩登记表")
        head = book.add_format({"bold": True, "bg_color": "#E8F0F8", "border": 1})
        text = book.add_format({"num_format": "@"})
        for at, title in enumerate(("姓名", "单位代码", "单位名称", "岗位", "成绩", "出勤")):
            sheet.write_string(0, at, title, head)
        for row, one in enumerate(held, start=1):
            result = known.get(one.pk)
            cells = (one.account.name, one.post.organisation.code, one.post.organisation.name, _role(one))
            for at, value in enumerate(cells):
                sheet.write_string(row, at, value, text)
            if result is not None and result.score is not None:
                sheet.write_number(row, 4, result.score)
            sheet.write_string(row, 5, "缺席" if result is not None and result.outcome == "absent" else "")
        sheet.set_column(0, 0, 12)
        sheet.set_column(1, 1, 14)
        sheet.set_column(2, 2, 32)
        sheet.set_column(3, 5, 12)
        sheet.freeze_panes(1, 0)
        sheet.data_validation(1, 5, 5000, 5, {"validate": "list", "source": ["参加", "缺席"]})
    return buffer.getvalue()


def _role(one: PostHolding) -> str:
    return ROLE_TITLES[Role(one.post.role)]


def read_results(
    content: bytes, course: Course, held: Sequence[PostHolding]
) -> tuple[dict[UUID, NewResult], list[Finding]]:
    """Results by holding, and what is wrong with each line; lines without a result are passed over.

    Raises ``Refused`` for what is no .xlsx workbook, or is too large.
    """
    table = table_of(content)
    header = _header(table[0] if table else [])
    needed = ("name", "code", "score") if course.pass_mark is not None else ("name", "code")
    lacking = [field for field in needed if field not in header]
    if lacking:
        return {}, [
            _finding("column_missing", field, None, f"缺少“{HEADERS[field][0]}”一列，请补上后重新上传。")
            for field in lacking
        ]
    people: dict[tuple[str, str], list[PostHolding]] = {}
    for one in held:
        people.setdefault((one.post.organisation.code, comparable(one.account.name)), []).append(one)
    read: dict[UUID, NewResult] = {}
    findings: list[Finding] = []
    for number, cells in enumerate(table[1:], start=2):
        values = {field: cells[at] if at < len(cells) else "" for field, at in header.items()}
        if not any(text_of(value) for value in values.values()):
            continue
        _line(number, values, course, people, read, findings)
    return read, findings


def _header(cells: Sequence[Any]) -> dict[str, int]:
    by_text = {comparable(alias): field for field, aliases in HEADERS.items() for alias in aliases}
    found: dict[str, int] = {}
    for at, cell in enumerate(cells):
        field = by_text.get(comparable(text_of(cell)))
        if field is not None:
            found.setdefault(field, at)
    return found


def _finding(code: str, field: str, row: int | None, message: str) -> Finding:
    return Finding(f"training.{code}", Severity.ERROR, message, row, (field,))


def _line(
    number: int,
    values: Mapping[str, Any],
    course: Course,
    people: Mapping[tuple[str, str], list[PostHolding]],
    read: dict[UUID, NewResult],
    findings: list[Finding],
) -> None:
    def wrong(code: str, field: str, words: str) -> None:
        findings.append(_finding(code, field, number, f"第 {number} 行“{HEADERS[field][0]}”{words}"))

    present, score = comparable(text_of(values.get("present", ""))), text_of(values.get("score", ""))
    if not present and not score and course.pass_mark is not None:
        return
    fitting = people.get((text_of(values["code"]), comparable(text_of(values["name"]))), [])
    if role := text_of(values.get("role", "")):
        fitting = [one for one in fitting if comparable(_role(one)) == comparable(role)]
    if not fitting:
        wrong("unknown", "name", "没有对上本局培训的在任人员，请核对姓名、单位代码和岗位。")
        return
    absent = present in _ABSENT
    mark: int | None = None
    if present not in _ABSENT | _PRESENT:
        wrong("present", "present", "请填写“参加”或“缺席”，或留空。")
    elif course.pass_mark is not None and not absent:
        if not score.isascii() or not score.isdigit() or int(score) > 100:
            wrong("score", "score", "应是 0 到 100 的整数；没有参加的在“出勤”写“缺席”。")
            return
        mark = int(score)
    for one in fitting:
        if one.pk in read:
            wrong("twice", "name", "与前面一行是同一人，请只留一行。")
        read[one.pk] = NewResult(mark, absent)
