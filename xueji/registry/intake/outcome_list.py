"""The list of leavers as a workbook: handed out with one row a pupil, read back with what the school filled in.

Number and name together name the pupil; an empty cell is the first choice (合格). Clauses B4 (by Excel), D2.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

import xlsxwriter

from xueji.ground.workbooks.keys import header_key
from xueji.ground.workbooks.reader import Limits, read_sheet
from xueji.pure.kernel.rulebook import Ask, Rulebook
from xueji.registry.applications.services.cohorts import choices_of

FIXED = ("学籍号", "姓名", "班级")
_MEGABYTE = 1024 * 1024
_WIDTHS = (22, 12, 12)


@dataclass(frozen=True, slots=True)
class ListedLeaver:
    """A row: the pupil, and the answers by key."""

    student: UUID
    number: str
    name: str
    class_name: str
    answers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ReadList:
    """What a workbook says: answers by student, and what cannot be understood (Excel row, sentence)."""

    outcomes: dict[UUID, dict[str, str]]
    faults: tuple[tuple[int, str], ...]


def write_list(title: str, leavers: Sequence[ListedLeaver], asks: Sequence[Ask], book: Rulebook) -> bytes:
    """The .xlsx with a drop-down a question; numbers are texts."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_numbers": False}) as made:
        sheet = made.add_worksheet("毕业结果")
        head = made.add_format({"bold": True, "bg_color": "#E8F0F8", "border": 1, "text_wrap": True})
        text = made.add_format({"num_format": "@"})
        sheet.set_header(f"&C{title}")
        for column, label in enumerate([*FIXED, *(ask.label for ask in asks)]):
            sheet.write_string(0, column, label, head)
            sheet.set_column(column, column, _WIDTHS[column] if column < len(_WIDTHS) else 18, text)
        sheet.freeze_panes(1, 2)
        for row, one in enumerate(leavers, start=1):
            for column, value in enumerate((one.number, one.name, one.class_name)):
                sheet.write_string(row, column, value, text)
        for place, ask in enumerate(asks, start=len(FIXED)):
            choices = choices_of(ask, book)
            first = "" if ask.codes else next(iter(choices.values()))
            sheet.data_validation(
                1, place, max(1, len(leavers)), place, {"validate": "list", "source": list(choices.values())}
            )
            if ask.hint:
                sheet.write_comment(0, place, ask.hint)
            for row, one in enumerate(leavers, start=1):
                sheet.write_string(row, place, choices.get(one.answers.get(ask.key, ""), first), text)
    return buffer.getvalue()


def read_list(data: bytes, leavers: Sequence[ListedLeaver], asks: Sequence[Ask], book: Rulebook) -> ReadList:
    """Read a filled-in list. Raises ``Refused`` (``workbook.*``) where it is no workbook of this form."""
    labels = {header_key(label): label for label in FIXED} | {header_key(ask.label): ask.key for ask in asks}
    sheet = read_sheet(data, list(labels), _limits(book))
    columns = {
        labels[key]: index for index, header in enumerate(sheet.headers) if (key := header_key(header)) in labels
    }
    known = {(one.number, one.name): one.student for one in leavers}
    words = {ask.key: {name: code for code, name in choices_of(ask, book).items()} for ask in asks}
    titles = {ask.key: ask.label for ask in asks}
    outcomes: dict[UUID, dict[str, str]] = {}
    faults: list[tuple[int, str]] = []
    for position, row in enumerate(sheet.rows):

        def cell(label: str, at: int = position) -> str:
            return sheet.columns[columns[label]][at].strip() if label in columns else ""

        student = known.get((cell("学籍号"), cell("姓名")))
        if student is None:
            faults.append((row, "学籍号和姓名与本届可以毕业的学生对不上，请核对；不能毕业的学生不用填。"))
            continue
        if student in outcomes:
            faults.append((row, "这名学生前面已有一行，请只留一行。"))
            continue
        answers = {}
        for key, choices in words.items():
            value = cell(key)
            if value and value not in choices:
                faults.append((row, f"“{titles[key]}”写的是“{value}”，请从{'、'.join(choices)}中选择。"))
            elif value:
                answers[key] = choices[value]
        outcomes[student] = answers
    return ReadList(outcomes, tuple(faults))


def _limits(book: Rulebook) -> Limits:
    number = {key: int(value) for key, value in book.settings.items() if key.startswith("intake_")}
    return Limits(
        file_bytes=number["intake_file_megabytes"] * _MEGABYTE,
        unpacked_bytes=number["intake_unpacked_megabytes"] * _MEGABYTE,
        rows=number["intake_rows"],
        columns=number["intake_columns"],
        memory_bytes=number["intake_memory_megabytes"] * _MEGABYTE,
        seconds=number["intake_seconds"],
    )
