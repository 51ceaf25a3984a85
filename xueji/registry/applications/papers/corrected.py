"""What a correction changes, as its form bears it: the field, what stands in the record, what it should be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from xueji.pure.kernel.catalogue import Column, FieldType
from xueji.pure.kernel.masking import mask
from xueji.pure.kernel.rulebook import ChangeKind, Rulebook
from xueji.pure.kernel.value_words import in_words
from xueji.pure.procedures.correction import KEY_DATA, PROCEDURES, corrections
from xueji.registry.register import selectors as register

_KINDS = frozenset(one.kind for one in PROCEDURES)
_BLANK_LINES = 4
_MASKS = {FieldType.ID_NUMBER: "id_number", FieldType.PHONE: "phone"}


@dataclass(frozen=True, slots=True)
class Corrected:
    """A line of the form; empty where it is to be written by hand. Sensitive values are masked on both sides."""

    label: str = ""
    old: str = ""
    new: str = ""


def corrected(
    change: ChangeKind, claim: Mapping[str, str], student: UUID | None, book: Rulebook
) -> tuple[Corrected, ...]:
    """The lines of a correction: those of the claim; before it, all key data, or room for other data by hand."""
    if change.kind not in _KINDS:
        return ()
    wanted = corrections(claim)
    if not wanted and change.kind != KEY_DATA:
        return (Corrected(),) * _BLANK_LINES
    record = register.student_record(student, book.day) if student else None
    known = {**record.fields, **record.sensitive} if record else {}
    columns = [one for one in book.fields.columns if (one.code in wanted if wanted else one.field.key_data)]
    return tuple(
        Corrected(one.label, _words(book, one, known.get(one.code)), _new(book, one, wanted)) for one in columns
    )


def _new(book: Rulebook, column: Column, wanted: Mapping[str, str]) -> str:
    if column.code not in wanted:
        return ""
    return _words(book, column, wanted[column.code]) or "（清空）"


def _words(book: Rulebook, column: Column, value: object) -> str:
    words = in_words(book, column, value)
    return mask(words, _MASKS.get(column.field.type, "")) if column.field.sensitive else words
