"""A record's values in words, section by section, masked unless they were revealed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from xueji.doors.web.templatetags.ui import mask_id, mask_phone, mask_text
from xueji.pure.kernel.catalogue import Column, FieldType
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


def masked(column: Column, text: str) -> str:
    """What is shown of a sensitive value."""
    if not text:
        return ""
    if column.field.type is FieldType.ID_NUMBER:
        return mask_id(text)
    if column.field.type is FieldType.PHONE:
        return mask_phone(text)
    return mask_text(text)


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
        text = in_words(rulebook, column, values.get(column.code))
        if column.field.sensitive and not revealed:
            text = masked(column, text)
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
