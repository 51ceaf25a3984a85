"""The catalogue of a pupil's record: which fields there are, and what each is like.

The entries are data (``rulebooks/**/fields.yaml``); this is the shape that every
room reads. A repeated field (two guardians) is one entry with ``repeats`` and a
``group``; :meth:`FieldCatalogue.columns` unfolds it.

Sources: clause B3 (content of the record), domain.md §5 (templates), design §2.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import cached_property


class FieldType(StrEnum):
    """What kind of value a field holds; the rules and the template follow it."""

    TEXT = "text"
    DATE = "date"  # ISO date, stored as text YYYY-MM-DD
    YEAR_MONTH = "year_month"  # YYYY-MM
    CODE = "code"  # a code of ``code_table``; names and aliases are accepted at the doors
    NUMBER = "number"  # whole number between ``minimum`` and ``maximum``
    BOOLEAN = "boolean"  # 是 / 否
    ID_NUMBER = "id_number"  # checked by the document type beside it
    PHONE = "phone"
    POSTCODE = "postcode"
    DIVISION = "division"  # GB/T 2260 code, 6 digits, or 12 digits of the statistics office


@dataclass(frozen=True, slots=True)
class Requirement:
    """When a field must be filled.

    ``always`` wins; else it is needed where the pupil's document type
    (``id_document_type`` code) is in ``document_types``, or, with
    ``except_document_types`` not empty, where it is not in these.
    """

    always: bool = False
    document_types: tuple[str, ...] = ()
    except_document_types: tuple[str, ...] = ()

    @property
    def never(self) -> bool:
        """Whether the field may be empty in every record."""
        return not (self.always or self.document_types or self.except_document_types)

    def needed_with(self, document_type: str | None) -> bool:
        """Whether the field is needed for a pupil with this document type."""
        if self.always:
            return True
        if document_type in self.document_types:
            return True
        return bool(self.except_document_types) and document_type not in self.except_document_types


@dataclass(frozen=True, slots=True)
class CatalogueField:
    """One entry of the catalogue.

    ``code`` is the snake_case identifier of the glossary, ``label`` the column
    header as users read it; ``aliases`` are other headers understood on import.
    ``minimal`` marks the set that makes a record established (已建档, clause B3);
    ``sensitive`` fields are never in clear in the database (design §3).
    ``key_data`` (关键数据) is corrected on evidence by the competent bureau only (domain.md §3.3).
    ``width`` limits count characters. ``valid_from`` .. ``valid_to`` are inclusive.
    """

    code: str
    label: str
    section: str
    type: FieldType
    aliases: tuple[str, ...] = ()
    code_table: str | None = None
    required: Requirement = field(default_factory=Requirement)
    minimal: bool = False
    sensitive: bool = False
    key_data: bool = False
    min_width: int | None = None
    max_width: int | None = None
    minimum: int | None = None
    maximum: int | None = None
    help: str = ""
    example: str = ""
    default: str | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    basis: str = ""
    certainty: str = ""
    repeats: int = 1
    group: str | None = None  # code of the repeated group: code begins with it and "_"
    group_label: str | None = None  # e.g. 监护人: the header becomes 监护人1·现住址
    group_aliases: tuple[str, ...] = ()  # other words for the group in headers: 家庭成员, 成员
    required_count: int | None = None  # of a repeated field: how many must be filled (default all)
    kinds: tuple[str, ...] = ()  # workbooks that have the column (opening, entrants); empty: all

    def in_force(self, on: date) -> bool:
        """Whether the entry is valid on a date."""
        return (self.valid_from is None or self.valid_from <= on) and (self.valid_to is None or on <= self.valid_to)


@dataclass(frozen=True, slots=True)
class Column:
    """A field as it stands in a file, a form or a record: repeated fields counted out.

    ``code`` is the key of the stored value (``guardian_1_name``), ``label`` the
    header (监护人1·姓名), ``aliases`` the other headers, likewise counted out.
    """

    code: str
    label: str
    aliases: tuple[str, ...]
    field: CatalogueField
    index: int | None = None  # 1, 2 … of a repeated field

    @property
    def required(self) -> Requirement:
        """The requirement that holds for this one of a repeated field."""
        count = self.field.required_count
        if self.index is not None and count is not None and self.index > count:
            return Requirement()
        return self.field.required

    @property
    def minimal(self) -> bool:
        """Whether the column belongs to the minimal set (clause B3)."""
        count = self.field.required_count
        return self.field.minimal and (self.index is None or count is None or self.index <= count)


def _columns_of(entry: CatalogueField) -> Iterator[Column]:
    if entry.repeats == 1 or entry.group is None:
        yield Column(entry.code, entry.label, entry.aliases, entry)
        return
    tail = entry.code.removeprefix(entry.group).removeprefix("_")
    shown = entry.group_label or entry.group
    for index in range(1, entry.repeats + 1):
        aliases = tuple(f"{shown}{index}·{alias}" for alias in entry.aliases)
        yield Column(f"{entry.group}_{index}_{tail}", f"{shown}{index}·{entry.label}", aliases, entry, index)


@dataclass(frozen=True)
class FieldCatalogue:
    """All fields in force, in the order of the official form."""

    entries: tuple[CatalogueField, ...] = ()

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """Every column, repeated fields counted out, in order."""
        return tuple(column for entry in self.entries for column in _columns_of(entry))

    @cached_property
    def by_code(self) -> Mapping[str, Column]:
        """Columns by the key of the stored value."""
        return {column.code: column for column in self.columns}

    @cached_property
    def minimal(self) -> tuple[Column, ...]:
        """The columns that make a record established (clause B3)."""
        return tuple(column for column in self.columns if column.minimal)

    @cached_property
    def sensitive_codes(self) -> frozenset[str]:
        """Keys whose values stand only in the encrypted part of an entry."""
        return frozenset(column.code for column in self.columns if column.field.sensitive)

    @cached_property
    def sections(self) -> tuple[str, ...]:
        """Section names in the order of the form."""
        return tuple(dict.fromkeys(entry.section for entry in self.entries))

    def __getitem__(self, code: str) -> Column:
        return self.by_code[code]

    def __contains__(self, code: object) -> bool:
        return code in self.by_code

    def on(self, day: date) -> FieldCatalogue:
        """The catalogue of the fields valid on a day."""
        return FieldCatalogue(tuple(entry for entry in self.entries if entry.in_force(day)))
