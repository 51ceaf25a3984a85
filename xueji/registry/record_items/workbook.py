"""The workbook of a class: handed out with the pupils filled in, read back with every finding at its cell."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from xueji.ground.workbooks.keys import header_key
from xueji.ground.workbooks.reader import Limits, Sheet, read_sheet
from xueji.pure.kernel.item_words import time_words
from xueji.pure.kernel.record_items import ItemKind, ItemPart, PartType
from xueji.pure.kernel.rulebook import Rulebook
from xueji.pure.kernel.types import Refused
from xueji.pure.rules.record_items import ItemFacts, ReadItem, read_item
from xueji.registry.record_items.keeping import BASIS

NUMBER, NAME = "学籍号", "姓名"
_SHEET, _GUIDE, _OPTIONS = "登记表", "填表说明", "选项"
_PROPERTY: Final = "xueji_kind"
_MEGA: Final = 1024 * 1024
_NO_VALUE: Final = {"formula": "这是公式，请改成填写的内容（选择性粘贴—数值）", "error": "这是错误值，请改成填写的内容"}


@dataclass(frozen=True, slots=True)
class Meant:
    """What a workbook is of: a class, a kind of item, a time."""

    class_group: UUID
    class_name: str
    kind: ItemKind
    on: str
    stage: str

    @property
    def mark(self) -> str:
        """What the file says of itself, so that another one is noticed."""
        return f"{self.kind.kind} {self.on} {self.class_group}"


@dataclass(frozen=True, slots=True)
class ClassPupil:
    """A pupil of the class, with what the rules ask of him."""

    student: UUID
    number: str
    name: str
    facts: ItemFacts


@dataclass(frozen=True, slots=True)
class CellFault:
    """A finding: the row of the workbook (None: the file), the header of the cell ('' the whole row)."""

    row: int | None
    header: str
    message: str


@dataclass(frozen=True, slots=True)
class ReadRow:
    """A row that is filled in and belongs to a pupil of the class."""

    row: int
    pupil: ClassPupil
    item: ReadItem


@dataclass(frozen=True, slots=True)
class ReadClass:
    """What a workbook says. ``blank``: how many pupils' rows were left empty."""

    rows: tuple[ReadRow, ...]
    faults: tuple[CellFault, ...]
    blank: int = 0


def file_name(book: Rulebook, meant: Meant) -> str:
    """三（2）班2007-2008 学年第一学期成绩.xlsx."""
    return f"{meant.class_name}{time_words(book, meant.on)}{meant.kind.label}.xlsx"


def limits_of(book: Rulebook) -> Limits:
    """What a workbook may be."""

    def setting(name: str) -> int:
        return int(book.settings[name])

    return Limits(
        file_bytes=setting("intake_file_megabytes") * _MEGA,
        unpacked_bytes=setting("intake_unpacked_megabytes") * _MEGA,
        rows=setting("items_upload_rows"),
        columns=setting("intake_columns"),
        memory_bytes=setting("intake_memory_megabytes") * _MEGA,
        seconds=setting("intake_seconds"),
    )


def write(book: Rulebook, meant: Meant, pupils: Iterable[ClassPupil]) -> bytes:
    """The workbook (.xlsx) of a class: a row a pupil, a column a part."""
    buffer, rows = io.BytesIO(), list(pupils)
    with xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_numbers": False}) as made:
        made.set_properties({"title": file_name(book, meant)})
        made.set_custom_property(_PROPERTY, meant.mark)
        page, guide, options = (made.add_worksheet(name) for name in (_SHEET, _GUIDE, _OPTIONS))
        options.hide()
        text = made.add_format({"num_format": "@"})
        heads = {
            needed: made.add_format({"bold": True, "border": 1, "bg_color": "#FCE4D6" if needed else "#EDEDED"})
            for needed in (True, False)
        }
        for column, (label, width) in enumerate(((NUMBER, 22), (NAME, 14))):
            page.set_column(column, column, width, text)
            page.write_string(0, column, label, heads[True])
        for row, one in enumerate(rows, start=1):
            page.write_string(row, 0, one.number, text)
            page.write_string(row, 1, one.name, text)
        for column, part in enumerate(meant.kind.parts_of(meant.stage), start=2):
            width = 24 if part.type is PartType.TEXT else max(10, len(part.label) * 2 + 2)
            page.set_column(column, column, width, text)
            page.write_string(0, column, part.label, heads[part.required])
            page.write_comment(0, column, how_to_fill(book, part), {"x_scale": 1.6, "author": "学籍系统"})
            _offer(page, options, column, () if part.type is PartType.MARK else _names(book, part), len(rows))
        page.freeze_panes(1, 2)
        for row, line in enumerate(_guide(book, meant)):
            guide.write_string(row, 0, line)
        guide.set_column(0, 0, 90)
        page.activate()
    return buffer.getvalue()


def _offer(page: Worksheet, options: Worksheet, column: int, names: Sequence[str], rows: int) -> None:
    """A drop-down of these names, which stand on the hidden sheet."""
    for row, name in enumerate(names):
        options.write_string(row, column, name)
    if names:
        letters = xlsxwriter.utility.xl_col_to_name(column, True)
        source = f"='{_OPTIONS}'!{letters}$1:{letters}${len(names)}"
        shown = {"validate": "list", "source": source, "error_type": "warning"}
        page.data_validation(1, column, max(1, rows), column, shown)


def _names(book: Rulebook, part: ItemPart) -> tuple[str, ...]:
    if part.type is PartType.BOOLEAN:
        return ("是", "否")
    table = book.codes.get(part.code_table or "")
    return tuple(table.names) if table else ()


def how_to_fill(book: Rulebook, part: ItemPart) -> str:
    """How a part is filled in: 必填；0 至 150 的数，最多 1 位小数，或 优秀、良好……"""
    words = ["必填" if part.required else "可不填"]
    if part.type in (PartType.NUMBER, PartType.MARK):
        places = f"，最多 {part.decimals} 位小数" if part.decimals else "，整数"
        unit = f"，单位{part.unit}" if part.unit else ""
        words.append(f"{part.minimum:g} 至 {part.maximum:g} 的数{places}{unit}")
    elif part.type is PartType.DATE:
        words.append("写成 2008-05-06")
    elif part.type is PartType.TEXT:
        words.append(f"最多 {part.max_width} 字")
    names = "、".join(_names(book, part))
    if names:
        words.append(f"或等级：{names}" if part.type is PartType.MARK else f"可填：{names}")
    return "；".join([*words, *([part.help] if part.help else [])])


def _guide(book: Rulebook, meant: Meant) -> Iterator[str]:
    yield f"{meant.class_name} {time_words(book, meant.on)} {meant.kind.label}"
    yield "一、第 1 行是列名，请不要改动；每行一名学生，学籍号、姓名不要改。没有内容的学生留空，不登记。"
    yield "二、橙色的列必填。填好后上传，先看检查结果，确认后才登记。"
    yield "三、这份表含有学生的个人信息，只在学籍管理专用计算机上填写，用后及时删除，不外传。"
    yield ""
    yield from (f"{part.label}：{how_to_fill(book, part)}" for part in meant.kind.parts_of(meant.stage))


def read(data: bytes, book: Rulebook, meant: Meant, pupils: Sequence[ClassPupil]) -> ReadClass:
    """What a workbook says, with all findings at once. Raises ``Refused`` for a file that is no such workbook."""
    parts = meant.kind.parts_of(meant.stage)
    by_key = {header_key(label): label for label in (NUMBER, NAME, *(part.label for part in parts))}
    sheet = read_sheet(data, by_key, limits_of(book), least=3)
    if sheet.kind and sheet.kind != meant.mark:
        message = "这是另一个班、另一学期或另一种项目的登记表。请选对班级、项目和时间，或重新下载表格。"
        raise Refused("record_items.other_file", message, BASIS)
    places: dict[str, int] = {}
    faults: list[CellFault] = []
    for place, header in enumerate(sheet.headers):
        label = by_key.get(header_key(header))
        if label is None or label in places:
            if header.strip() or any(text.strip() for text in sheet.columns[place]):
                why = "出现了两次" if label else "不是这张表的列，请删去或改回原来的列名"
                faults.append(CellFault(sheet.header_row, header or f"第 {place + 1} 列", why))
        else:
            places[label] = place
    missing = [label for label in (NUMBER, NAME) if label not in places]
    if missing:
        raise Refused("record_items.columns", f"表里没有“{'”“'.join(missing)}”列。请用下载的表格填写。", BASIS)
    return _rows(sheet, places, meant, parts, {one.number: one for one in pupils}, faults)


def _rows(
    sheet: Sheet,
    places: Mapping[str, int],
    meant: Meant,
    parts: Sequence[ItemPart],
    pupils: Mapping[str, ClassPupil],
    faults: list[CellFault],
) -> ReadClass:
    labels = {part.code: part.label for part in parts}
    rows: list[ReadRow] = []
    first: dict[UUID, int] = {}
    blank = 0
    for position, row in enumerate(sheet.rows):
        cells = {label: sheet.columns[place][position].strip() for label, place in places.items()}
        typed = {part.code: cells.get(part.label, "") for part in parts}
        if not any(typed.values()):
            blank += 1
            continue
        spoilt = [
            CellFault(row, label, words)
            for label, place in places.items()
            for kind, words in _NO_VALUE.items()
            if position in sheet.kinds[place].get(kind, ())
        ]
        pupil = pupils.get(cells[NUMBER])
        if pupil is None:
            spoilt.append(CellFault(row, NUMBER, f"本班没有学籍号为“{cells[NUMBER]}”的在籍学生"))
        elif pupil.name != cells[NAME]:
            spoilt.append(CellFault(row, NAME, f"与学籍号不符，学籍库里是“{pupil.name}”"))
        elif pupil.student in first:
            spoilt.append(CellFault(row, NUMBER, f"与第 {first[pupil.student]} 行是同一名学生，请只留一行"))
        faults += spoilt
        if pupil is None:
            continue
        first.setdefault(pupil.student, row)
        item = read_item(meant.kind, meant.on, typed, pupil.facts)
        faults += [CellFault(row, labels.get(one.place, ""), one.message) for one in item.faults]
        rows.append(ReadRow(row, pupil, item))
    if not rows and not faults:
        faults.append(CellFault(None, "", "一名学生也没有填写"))
    return ReadClass(tuple(rows), tuple(sorted(faults, key=lambda one: one.row or 0)), blank)
