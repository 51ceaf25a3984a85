"""A record's values in words, section by section, masked unless they were revealed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from xueji.doors.web.templatetags.ui import mask_id, mask_phone, mask_text
from xueji.pure.kernel.catalogue import Column, FieldType
from xueji.pure.kernel.field_changes import FieldChange
from xueji.pure.kernel.rulebook import Rulebook
from xueji.pure.kernel.value_words import in_words
from xueji.registry.applications.placement import PLACEMENT


@dataclass(frozen=True, slots=True)
class ShownField:
    """A label and what is shown beside it."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Section:
    """A section of the record with its fields, in the order of the official form."""

    title: str
    fields: tuple[ShownField, ...]
    missing: str = ""  # labels of what is not filled, in one line


@dataclass(frozen=True, slots=True)
class ChangedField:
    """A field that was changed: its label, what stood there and what took its place, as they are shown."""

    label: str
    before: str
    after: str


_HIDDEN_CHANGE = "已更改（已隐去）"


def masked(column: Column, text: str) -> str:
    """What is shown of a sensitive value."""
    if not text:
        return ""
    if column.field.type is FieldType.ID_NUMBER:
        return mask_id(text)
    if column.field.type is FieldType.PHONE:
        return mask_phone(text)
    return mask_text(text)


def shown(rulebook: Rulebook, column: Column, value: object, *, revealed: bool) -> str:
    """A value in words, masked where it is sensitive and was not revealed."""
    text = in_words(rulebook, column, value)
    return text if revealed or not column.field.sensitive else masked(column, text)


def changed_fields(rulebook: Rulebook, changes: Iterable[FieldChange], *, revealed: bool) -> tuple[ChangedField, ...]:
    """What an entry changed, in the order of the official form; fields that the form does not know are left out."""
    by_code = {one.code: one for one in changes}
    return tuple(
        _changed(rulebook, column, by_code[column.code], revealed=revealed)
        for column in rulebook.fields.columns
        if column.code in by_code
    )


def _changed(rulebook: Rulebook, column: Column, change: FieldChange, *, revealed: bool) -> ChangedField:
    """Two values whose masks look alike are said to differ: else the line would read as if nothing had changed."""
    before, after = (shown(rulebook, column, one, revealed=revealed) for one in (change.before, change.after))
    alike = column.field.sensitive and not revealed and before == after
    return ChangedField(column.label, before, _HIDDEN_CHANGE if alike else after)


def section_of(column: Column) -> str:
    """The heading under which a column stands: each guardian has one of his own."""
    return f"{column.field.group_label}{column.index}" if column.index else column.field.section


def sections(
    rulebook: Rulebook, values: Mapping[str, Any], *, revealed: bool, only: frozenset[str] | None = None
) -> list[Section]:
    """The record by sections: who it is first, each guardian apart, empty fields named in one line.

    A section without any value is left out, and so are the columns of a roster that the registration answers.
    ``only``: the fields that may be shown at all (None: all of them).
    """
    first = rulebook.fields["name"].field.section
    found: dict[str, list[ShownField]] = {}
    columns = [
        column
        for column in rulebook.fields.columns
        if column.code not in PLACEMENT and (only is None or column.code in only)
    ]
    for column in sorted(columns, key=lambda one: (one.field.section != first, one.index or 0)):
        text = shown(rulebook, column, values.get(column.code), revealed=revealed)
        found.setdefault(section_of(column), []).append(ShownField(column.field.label, text))
    return [
        Section(
            title,
            tuple(one for one in fields if one.value),
            "、".join(one.label for one in fields if not one.value),
        )
        for title, fields in found.items()
        if any(one.value for one in fields)
    ]
