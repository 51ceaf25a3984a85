"""What stands on a pupil's form (学生信息采集表, 信息核对表): the field catalogue as sections of items. Pure.

Sections, labels, options and which fields there are come from the rulebook; a repeated group (guardians) has a
section for each. How many options are printed as boxes to tick is a matter of the paper's width, not of the rulebook.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from xueji.pure.kernel.catalogue import Column, FieldType
from xueji.pure.kernel.masking import mask
from xueji.pure.kernel.rulebook import Rulebook
from xueji.pure.kernel.value_words import in_words

MOST_BOXES = 8
_LONG_TEXT = 40  # characters that a field may hold and that want the whole width
_WIDE = frozenset({FieldType.DIVISION, FieldType.ID_NUMBER})
_MASKS = {FieldType.ID_NUMBER: "id_number", FieldType.PHONE: "phone"}


@dataclass(frozen=True, slots=True)
class FormItem:
    """A line of the form: ``value`` in words ('' leaves room to write), ``options`` to tick with what is ticked."""

    label: str
    value: str
    options: tuple[tuple[str, bool], ...] = ()
    blank: str = ""  # what is printed where one writes: "date", "month", or nothing
    required: bool = False
    wide: bool = False


@dataclass(frozen=True, slots=True)
class FormSection:
    """A section with its items in the order of the catalogue."""

    title: str
    items: tuple[FormItem, ...]


def sections_of(
    book: Rulebook, values: Mapping[str, Any] | None, *, without: Iterable[str], full: bool
) -> list[FormSection]:
    """The form's sections; ``values`` None: to be filled in by hand. ``full``: sensitive values in clear, else masked.

    ``without``: columns that the head of the form answers.
    """
    left_out = frozenset(without)
    found: dict[str, list[FormItem]] = {}
    columns = [column for column in book.fields.columns if column.code not in left_out]
    first = book.fields["name"].field.section
    for column in sorted(columns, key=lambda one: (one.field.section != first, one.index or 0)):
        title = f"{column.field.group_label}{column.index}" if column.index else column.field.section
        found.setdefault(title, []).append(_item(book, column, values, full=full))
    return [FormSection(title, tuple(items)) for title, items in found.items()]


def shown_text(book: Rulebook, column: Column, value: object, *, full: bool) -> str:
    """A value in words as a form prints it: masked where it is sensitive and not asked for in ``full``."""
    text, field = in_words(book, column, value), column.field
    if full or not field.sensitive:
        return text
    return mask(text, _MASKS.get(field.type, "address" if field.code.endswith("address") else "other"))


def _item(book: Rulebook, column: Column, values: Mapping[str, Any] | None, *, full: bool) -> FormItem:
    field = column.field
    text = shown_text(book, column, values.get(column.code), full=full) if values else ""
    names = () if text and field.sensitive and not full else _options(book, column)
    blank = {FieldType.DATE: "date", FieldType.YEAR_MONTH: "month"}.get(field.type, "")
    if names and (not text or text in names):
        options = tuple((name, name == text) for name in names)
        wide = sum(len(name) + 2 for name in names) > 16
        return FormItem(field.label, text, options, "", column.required.always, wide)
    wide = field.type in _WIDE or (field.type is FieldType.TEXT and (field.max_width or 0) >= _LONG_TEXT)
    return FormItem(field.label, text, (), blank, column.required.always, wide)


def _options(book: Rulebook, column: Column) -> tuple[str, ...]:
    """What can be ticked: 是 and 否, or the names of a short code table."""
    if column.field.type is FieldType.BOOLEAN:
        return ("是", "否")
    table = book.codes.get(column.field.code_table or "")
    names = table.names if table else ()
    return names if len(names) <= MOST_BOXES else ()
