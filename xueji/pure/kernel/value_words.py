"""A stored value of the record in the words that people read."""

from __future__ import annotations

from xueji.pure.kernel.catalogue import Column, FieldType
from xueji.pure.kernel.divisions import county_of
from xueji.pure.kernel.rulebook import Rulebook

_YES_NO = {"1": "是", "true": "是", "y": "是", "0": "否", "false": "否", "n": "否"}


def in_words(book: Rulebook, column: Column, value: object) -> str:
    """The name of a code, 是 or 否, the division's name with its code; '' where nothing is stored."""
    if value is None or value == "":
        return ""
    kind, text = column.field.type, str(value)
    if kind is FieldType.CODE and column.field.code_table:
        table = book.codes.get(column.field.code_table)
        return (table.name_of(text) if table else None) or text
    if kind is FieldType.BOOLEAN:
        return _YES_NO.get(text.lower(), text)
    if kind is FieldType.DIVISION:
        name = book.regions.name_of(county_of(text))
        return f"{name}（{text}）" if name else text
    return text
