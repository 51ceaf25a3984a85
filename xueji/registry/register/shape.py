"""What the catalogue says of a record: its ID number's field, and what makes it established (已建档, clause B3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from xueji.ground.parameters import selectors as parameters
from xueji.pure.kernel.catalogue import Column, FieldCatalogue, FieldType
from xueji.pure.kernel.fold import StudentState
from xueji.pure.kernel.numbers import Scheme, short_form
from xueji.pure.kernel.rulebook import Rulebook

#: Columns of a roster that are no fields of the record: the class group's spell answers them.
PLACEMENT = frozenset({"grade", "class_no"})


@dataclass(frozen=True, slots=True)
class RecordShape:
    """``minimal``: needed fields by document type; ``minimal_otherwise``: with any other document type."""

    id_number: str
    minimal: Mapping[str, frozenset[str]]
    minimal_otherwise: frozenset[str]

    def established(self, state: StudentState) -> bool:
        """Whether every field of the minimal set is there, and a class group with a number."""
        needed = self.minimal.get(state.fields.get("id_document_type", ""), self.minimal_otherwise)
        if not needed <= state.fields.keys() | state.sensitive_codes:
            return False
        return any(
            item.number and not item.voided and any(spell.dimension == "class_group" for spell in item.spells)
            for item in state.registrations.values()
        )


def shape_of(catalogue: FieldCatalogue, document_types: frozenset[str]) -> RecordShape:
    """The shape under a catalogue; ``document_types`` are the codes of document types."""
    own = [
        column.code
        for column in catalogue.columns
        if column.field.type is FieldType.ID_NUMBER and column.field.group is None
    ]
    minimal = [column for column in catalogue.minimal if _counted(column)]

    def needed(document_type: str | None) -> frozenset[str]:
        return frozenset(
            column.code
            for column in minimal
            if column.field.required.never or column.field.required.needed_with(document_type)
        )

    return RecordShape(own[0], {code: needed(code) for code in document_types}, needed(None))


def _counted(column: Column) -> bool:
    """Whether a column of the minimal set must be filled: of repeated fields only the first so many."""
    count = column.field.required_count
    return column.code not in PLACEMENT and (column.index is None or count is None or column.index <= count)


_KEPT = 256
_shapes: dict[tuple[str, date], RecordShape] = {}


def _shape_under(book: Rulebook) -> RecordShape:
    """Made once for a version and a day."""
    at = book.version, book.day
    shape = _shapes.get(at)
    if shape is None:
        if len(_shapes) >= _KEPT:
            _shapes.clear()
        shape = _shapes[at] = shape_of(book.fields, frozenset(book.codes["id_document_type"].by_code))
    return shape


class Shapes:
    """The shapes by date, looked up once a batch; the database is asked when this is made, and not again.

    Raises ``Refused`` ``parameters.not_loaded``.
    """

    def __init__(self) -> None:
        self._source = parameters.source()
        self._found: dict[date, RecordShape] = {}
        self._schemes: dict[str, Scheme] = {}

    def short_number(self, scheme: str, number: str, on: date) -> str:
        """The daily short form (学号) of a number, as wide as its own scheme says.

        A scheme that only another node's rulebook holds is read as the one in force here: the width is the frame's.
        """
        if not number:
            return ""
        found = self._schemes.get(scheme)
        if found is None:
            book = self._source.rulebook(on)
            found = book.all_schemes.get(scheme) or book.numbers["registration_number"]
            self._schemes[scheme] = found
        return short_form(found, number)

    def on(self, day: date) -> RecordShape:
        """The shape under the rulebook in force on a day."""
        shape = self._found.get(day)
        if shape is None:
            shape = self._found[day] = _shape_under(self._source.rulebook(day))
        return shape
