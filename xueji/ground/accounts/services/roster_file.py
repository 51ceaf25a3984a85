"""Reading the workbook of annex 1 (学籍管理人员汇总表): lines, and findings at the cell."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from python_calamine import CalamineWorkbook

from xueji.ground.accounts.selectors import ROLE_TITLES
from xueji.pure.kernel.codes import comparable
from xueji.pure.kernel.environment import LOCAL_ZONE
from xueji.pure.kernel.types import Finding, Refused, Role, Severity

LIMIT_BYTES: Final = 8 * 1024 * 1024
LIMIT_ROWS: Final = 20_000

#: Field → headers under which it may stand; the first is the form's own.
HEADERS: Final = {
    "name": ("姓名", "教师姓名", "人员姓名"),
    "code": ("单位代码", "学校代码", "代码"),
    "role": ("岗位", "职务", "岗位名称"),
    "stage": ("学段", "小教/中教"),
    "started_on": ("任职日期", "到岗日期"),
    "trained_on": ("培训日期", "培训时间"),
    "login": ("登录名", "账号"),
}
NEEDED: Final = ("name", "code", "role")
_ROLES: Final = {
    **{title: role for role, title in ROLE_TITLES.items()},
    "校对员": Role.PROOFREADER,
    "副校长": Role.DEPUTY_HEAD,
    "教研": Role.RESEARCH,
}
_STAGES: Final = {"": "", "不分": "", "小学": "primary", "小教": "primary", "初中": "junior", "中教": "junior"}


@dataclass(frozen=True, slots=True)
class RosterRow:
    """One line: a person in a post. ``row`` is the Excel row, ``login`` '' where the system chooses it."""

    row: int
    name: str
    code: str
    role: Role
    stage: str = ""
    started_on: date | None = None
    trained_on: date | None = None
    login: str = ""


def read_roster(content: bytes) -> tuple[list[RosterRow], list[Finding]]:
    """The lines of a workbook's first sheet and what is wrong with them, each at its cell.

    Columns in any order under any header of ``HEADERS``; dates as Excel dates, 2008-03-01 or 20080301.
    Raises ``Refused`` for what is no .xlsx workbook, or is too large.
    """
    table = table_of(content)
    header, findings = _header(table[0] if table else [])
    if any(finding.severity is Severity.ERROR for finding in findings):
        return [], findings
    rows = []
    for number, cells in enumerate(table[1:], start=2):
        values = {field: cells[at] if at < len(cells) else "" for field, at in header.items()}
        if any(text_of(value) for value in values.values()):
            row, found = _row(number, values)
            findings += found
            rows += [row] if row is not None else []
    return rows, findings


def table_of(content: bytes) -> list[list[Any]]:
    """The cells of a workbook's first sheet; ``Refused`` for what is no .xlsx, or is too large."""
    if len(content) > LIMIT_BYTES:
        raise Refused("accounts.roster_size", "文件太大，请只保留人员汇总表一张工作表后再上传。", "附件 1")
    try:
        table = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python(nrows=LIMIT_ROWS)
    except Exception as error:
        raise Refused(
            "accounts.roster_file", "无法读取这个文件。请用 Excel 或 WPS 另存为 .xlsx 格式后再上传。", "附件 1"
        ) from error
    while table and not any(text_of(cell) for cell in table[0]):
        table.pop(0)
    return table


def _header(cells: Sequence[Any]) -> tuple[dict[str, int], list[Finding]]:
    by_text = {comparable(alias): field for field, aliases in HEADERS.items() for alias in aliases}
    found: dict[str, int] = {}
    for at, cell in enumerate(cells):
        field = by_text.get(comparable(text_of(cell)))
        if field is not None:
            found.setdefault(field, at)
    missing = [field for field in NEEDED if field not in found]
    return found, [
        Finding(
            "roster.column_missing",
            Severity.ERROR,
            f"缺少“{HEADERS[field][0]}”一列，请补上后重新上传。",
            None,
            (field,),
        )
        for field in missing
    ]


def _row(number: int, values: dict[str, Any]) -> tuple[RosterRow | None, list[Finding]]:
    found: list[Finding] = []

    def wrong(code: str, field: str, message: str) -> None:
        found.append(
            Finding(f"roster.{code}", Severity.ERROR, f"第 {number} 行“{HEADERS[field][0]}”{message}", number, (field,))
        )

    name, role = text_of(values.get("name")), _ROLES.get(comparable(text_of(values.get("role"))))
    stage = _STAGES.get(comparable(text_of(values.get("stage"))))
    if not name:
        wrong("empty", "name", "没有填写。")
    if role is None:
        wrong("role", "role", f"不在岗位列表中，请填写：{'、'.join(ROLE_TITLES.values())}。")
    if stage is None:
        wrong("stage", "stage", "请填写小教、中教，或留空。")
    code = text_of(values.get("code"))
    if isinstance(values.get("code"), float) and len(code) > 15:
        wrong("code_number", "code", "被 Excel 当成了数字，末几位可能已丢失。请把该列设为文本后重新填写。")
    dates = {}
    for field in ("started_on", "trained_on"):
        dates[field], fits = _date(values.get(field, ""))
        if not fits:
            wrong("date", field, "不是日期，请按 2008-03-01 的格式填写。")
    if found or role is None or stage is None:
        return None, found
    login = text_of(values.get("login"))
    return RosterRow(number, name, code, role, stage, dates["started_on"], dates["trained_on"], login), found


def text_of(value: Any) -> str:
    """A cell as text without blanks; a whole number without its decimals."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return "".join(str(value if value is not None else "").split())


def _date(value: Any) -> tuple[date | None, bool]:
    if isinstance(value, datetime):
        return value.date(), True
    if isinstance(value, date):
        return value, True
    text = text_of(value).replace("/", "-").replace(".", "-").replace("年", "-").replace("月", "-").rstrip("日")
    if not text:
        return None, True
    for form in ("%Y-%m-%d", "%Y%m%d"):
        try:
            return datetime.strptime(text, form).replace(tzinfo=LOCAL_ZONE).date(), True
        except ValueError:
            continue
    return None, False
