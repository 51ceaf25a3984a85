"""The workbook that a school downloads and fills (issue 2 "Intake").

Row 1 holds the headers, pupils begin in row 2. Drop-downs come from the code
tables, every column that must not be reckoned with is text, each header bears a
note. The school's code and the kind stand in the file's own properties, so that another
school's template is noticed.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from xueji.pure.kernel.catalogue import Column, FieldType
from xueji.pure.rules import KINDS, RuleContext
from xueji.registry.intake.headers import columns_of
from xueji.registry.intake.sources import INSTRUCTIONS, KIND_TITLES

PREPARED_ROWS = 3000
ROSTER = "学生名册"
OPTIONS = "选项"
_WIDTHS = {
    FieldType.DATE: 13,
    FieldType.YEAR_MONTH: 11,
    FieldType.ID_NUMBER: 22,
    FieldType.PHONE: 15,
    FieldType.DIVISION: 16,
    FieldType.BOOLEAN: 10,
    FieldType.NUMBER: 9,
}
_FORMS = {
    FieldType.DATE: "写成 2001-09-03",
    FieldType.YEAR_MONTH: "写成 2007-09",
    FieldType.CODE: "从下拉列表选择",
    FieldType.NUMBER: "整数",
    FieldType.BOOLEAN: "是 或 否",
    FieldType.ID_NUMBER: "文本",
    FieldType.PHONE: "文本",
    FieldType.POSTCODE: "6 位数字，文本",
    FieldType.DIVISION: "6 位或 12 位代码，文本",
    FieldType.TEXT: "文本",
}


def requirement_shown(column: Column) -> str:
    """必填, 视证件类型必填 or 选填."""
    if column.required.always:
        return "必填"
    return "选填" if column.required.never else "视证件类型必填"


def file_name(kind: str, school_code: str) -> str:
    """建档名册-32010200001.xlsx."""
    return f"{KIND_TITLES[kind]}名册-{school_code}.xlsx"


def write_template(context: RuleContext, rows: Sequence[Mapping[str, str]] = ()) -> bytes:
    """The workbook (.xlsx) of a school and kind; ``rows``: field code → text, written below the header.

    Raises ValueError for a kind that has no workbook.
    """
    if context.kind not in KINDS:
        raise ValueError(f"no workbook of kind {context.kind}")
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True, "strings_to_numbers": False, "strings_to_formulas": False})
    try:
        _fill(book, context, rows)
    finally:
        book.close()
    return target.getvalue()


def _fill(book: xlsxwriter.Workbook, context: RuleContext, rows: Sequence[Mapping[str, str]]) -> None:
    stamp = datetime(context.today.year, context.today.month, context.today.day, tzinfo=UTC).replace(tzinfo=None)
    title = f"{context.school.name}{KIND_TITLES[context.kind]}名册"
    book.set_properties({"title": title, "created": stamp})
    book.set_custom_property("xueji_school", context.school.code)
    book.set_custom_property("xueji_kind", context.kind)
    columns = columns_of(context.catalogue, context.kind, with_sites=bool(context.school.sites))
    sheet = book.add_worksheet(ROSTER)
    guide = book.add_worksheet(INSTRUCTIONS)
    options = book.add_worksheet(OPTIONS)
    options.hide()
    ranges = _write_options(options, columns, context)
    write_columns(book, sheet, columns, ranges)
    text = book.add_format({"num_format": "@"})
    for position, values in enumerate(rows, start=1):
        for place, column in enumerate(columns):
            value = values.get(column.code)
            if value:
                sheet.write_string(position, place, value, text)
    _write_guide(book, guide, columns, context)
    sheet.activate()


def _choices(column: Column, context: RuleContext) -> list[str]:
    if column.code == "site":
        return list(context.school.sites)
    if column.field.type is FieldType.BOOLEAN:
        return ["是", "否"]
    if column.field.type is FieldType.CODE:
        return list(context.rulebook.codes[column.field.code_table or ""].names)
    return []


def _write_options(sheet: Worksheet, columns: Sequence[Column], context: RuleContext) -> dict[str, str]:
    """One column of the hidden sheet a list; field code → the range that the drop-down shows."""
    ranges: dict[str, str] = {}
    written: dict[tuple[str, ...], str] = {}
    for column in columns:
        choices = tuple(_choices(column, context))
        if not choices:
            continue
        if choices not in written:
            place = len(written)
            for row, choice in enumerate(choices):
                sheet.write_string(row, place, choice)
            letters = xlsxwriter.utility.xl_col_to_name(place, True)
            written[choices] = f"='{OPTIONS}'!{letters}$1:{letters}${len(choices)}"
        ranges[column.code] = written[choices]
    return ranges


def write_columns(
    book: xlsxwriter.Workbook, sheet: Worksheet, columns: Sequence[Column], ranges: Mapping[str, str]
) -> None:
    """Headers with notes, text format, drop-downs, frozen header."""
    text = book.add_format({"num_format": "@"})
    heads = {shown: book.add_format(_head_look(shown)) for shown in ("必填", "视证件类型必填", "选填")}
    for place, column in enumerate(columns):
        shown = requirement_shown(column)
        width = _WIDTHS.get(column.field.type, 14)
        sheet.set_column(place, place, max(width, len(column.label) * 2 + 2), text)
        sheet.write_string(0, place, column.label, heads[shown])
        sheet.write_comment(0, place, _note(column, shown), {"x_scale": 1.6, "y_scale": 1.1, "author": "学籍系统"})
        if column.code in ranges:
            sheet.data_validation(
                1,
                place,
                PREPARED_ROWS,
                place,
                {
                    "validate": "list",
                    "source": ranges[column.code],
                    "error_type": "warning",
                    "error_title": "请核对",
                    "error_message": "填的内容不在列表里，建议从下拉列表选择。",
                },
            )
    sheet.freeze_panes(1, 0)
    sheet.set_row(0, 24)


def _head_look(shown: str) -> dict[str, object]:
    colour = {"必填": "#FCE4D6", "视证件类型必填": "#FFF2CC", "选填": "#EDEDED"}[shown]
    return {"bold": True, "bg_color": colour, "border": 1, "num_format": "@", "valign": "vcenter"}


def _note(column: Column, shown: str) -> str:
    lines = [f"{shown}；{_FORMS[column.field.type]}。"]
    if column.field.help and column.field.help != _FORMS[column.field.type]:
        lines.append(column.field.help + "。")
    if column.field.example:
        lines.append(f"例：{column.field.example}")
    return "\n".join(lines)


def _write_guide(book: xlsxwriter.Workbook, sheet: Worksheet, columns: Sequence[Column], context: RuleContext) -> None:
    bold: Format = book.add_format({"bold": True, "num_format": "@"})
    text: Format = book.add_format({"num_format": "@", "text_wrap": True, "valign": "top"})
    head: Format = book.add_format(_head_look("选填"))
    facts = [
        ("学校名称", context.school.name),
        ("学校代码", context.school.code),
        ("办理事项", KIND_TITLES[context.kind]),
        ("制表日期", context.today.isoformat()),
    ]
    for row, (name, value) in enumerate(facts):
        sheet.write_string(row, 0, name, bold)
        sheet.write_string(row, 1, value, text)
    row = len(facts) + 1
    for line in _GUIDE:
        sheet.merge_range(row, 0, row, 5, line, text)
        row += 1
    row += 1
    for place, name in enumerate(("栏目", "所属部分", "是否必填", "写法", "说明", "依据")):
        sheet.write_string(row, place, name, head)
    for column in columns:
        row += 1
        cells = (column.label, column.field.section, requirement_shown(column), _FORMS[column.field.type])
        for place, value in enumerate((*cells, column.field.help, column.field.basis)):
            sheet.write_string(row, place, value, text)
    sheet.set_column(0, 0, 26)
    sheet.set_column(1, 3, 22)
    sheet.set_column(4, 5, 48)


_GUIDE = (
    "一、第 1 行是列名，请不要改动；从第 2 行起每行填一名学生。列的先后可以调整，用不到的选填列可以删去。",
    "二、橙色的列必填，黄色的列视证件类型必填，灰色的列选填。",
    "三、证件号、学籍号、电话已设为“文本”，请不要改成数字，否则后几位会丢失；从别处复制时用“选择性粘贴—数值”。",
    "四、姓名、性别、出生日期、证件号以户口簿为准，填好后请第二人逐行校对。",
    "五、这份表含有学生的个人信息，只在学籍管理专用计算机上填写，用后及时删除，不外传。",
)
