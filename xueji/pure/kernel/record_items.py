"""Record items (档案项目): what a pupil's record holds beside its fields, each with its time (clause B3).

Marks, fitness, awards, aid: kinds are data of the rulebook (``record_items.yaml``). One item of one pupil is a sealed
field of the record, named ``item:<uuid>``, set by an ordinary ``set_fields`` entry; a correction sets it anew, and what
was taken away stays as a value that says so and why. Fold, packages and as-of views need no word about it (ADR 0020).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from .school_year import Stage

PREFIX: Final = "item:"
#: The kinds of entries that write items.
RECORDED, CORRECTED, REMOVED = "record_item", "record_item_corrected", "record_item_removed"


class ItemTime(StrEnum):
    """What an item is of: a term (``2007-autumn``), a school year (``2007``) or a day (``2008-05-01``)."""

    TERM = "term"
    SCHOOL_YEAR = "school_year"
    DAY = "day"


class PartType(StrEnum):
    """What kind of value a part holds."""

    TEXT = "text"
    DATE = "date"
    CODE = "code"
    NUMBER = "number"
    MARK = "mark"  # a number, or a level of ``code_table``
    BOOLEAN = "boolean"


@dataclass(frozen=True, slots=True)
class ItemPart:
    """One part of an item, as the rulebook says it. ``stages``: empty is every stage."""

    code: str
    label: str
    type: PartType
    code_table: str | None = None
    required: bool = False
    minimum: float | None = None
    maximum: float | None = None
    decimals: int = 0
    unit: str = ""
    max_width: int = 100
    stages: tuple[Stage, ...] = ()
    not_before: bool = False
    help: str = ""


@dataclass(frozen=True, slots=True)
class ItemKind:
    """A kind of item. ``once``: a pupil has one of a time; ``upload``: a class's may come as a workbook."""

    kind: str
    label: str
    section: str
    time: ItemTime
    parts: tuple[ItemPart, ...]
    sensitive: bool = False
    once: bool = False
    upload: bool = True
    basis: str = ""
    certainty: str = ""

    def parts_of(self, stage: str) -> tuple[ItemPart, ...]:
        """The parts that a pupil of a stage has."""
        return tuple(one for one in self.parts if not one.stages or stage in one.stages)


@dataclass(frozen=True, slots=True)
class ItemSection:
    """A section of the record; ``wanted``: that it is empty is warned of."""

    section: str
    title: str
    wanted: bool = False


@dataclass(frozen=True)
class RecordItemRules:
    """Sections in their order, kinds in force, and kinds of any time (to read what was recorded under them)."""

    sections: tuple[ItemSection, ...] = ()
    kinds: Mapping[str, ItemKind] = field(default_factory=dict)
    known: Mapping[str, ItemKind] = field(default_factory=dict)

    def of_section(self, section: str) -> tuple[ItemKind, ...]:
        """The kinds in force of a section."""
        return tuple(one for one in self.kinds.values() if one.section == section)

    def kind(self, kind: str) -> ItemKind | None:
        """A kind in force, else of another time; None where no layer here knows it."""
        return self.kinds.get(kind) or self.known.get(kind)


@dataclass(frozen=True, slots=True)
class Item:
    """One item of a pupil. ``reason``: why it was corrected last, or taken away (``removed``)."""

    id: UUID
    kind: str
    on: str
    parts: Mapping[str, str]
    reason: str = ""
    removed: bool = False

    @property
    def code(self) -> str:
        """The name of its field."""
        return code_of(self.id)

    def to_json(self) -> dict[str, Any]:
        """The value of its field."""
        value: dict[str, Any] = {"kind": self.kind, "on": self.on, "parts": dict(self.parts)}
        if self.reason:
            value["reason"] = self.reason
        if self.removed:
            value["removed"] = True
        return value


def empty_sections(rules: RecordItemRules, values: Mapping[str, Any]) -> tuple[str, ...]:
    """Titles of the sections that should hold something and hold nothing: a warning, it forbids nothing."""
    kinds = (rules.kind(one.kind) for one in items_in(values))
    filled = {kind.section for kind in kinds if kind is not None}
    return tuple(one.title for one in rules.sections if one.wanted and one.section not in filled)


def code_of(item: UUID) -> str:
    """The name of the field that holds an item."""
    return f"{PREFIX}{item}"


def is_item(code: str) -> bool:
    """Whether a field of the record is an item."""
    return code.startswith(PREFIX)


def item_of(code: str, value: Any) -> Item | None:
    """The item that a field holds; None for any other field, and for a value that is none."""
    if not is_item(code) or not isinstance(value, Mapping):
        return None
    try:
        identity = UUID(code.removeprefix(PREFIX))
    except ValueError:
        return None
    parts = value.get("parts")
    return Item(
        identity,
        str(value.get("kind") or ""),
        str(value.get("on") or ""),
        {str(key): str(one) for key, one in parts.items()} if isinstance(parts, Mapping) else {},
        str(value.get("reason") or ""),
        value.get("removed") is True,
    )


def items_in(values: Mapping[str, Any]) -> list[Item]:
    """The items that stand in a record's sensitive values, by time; those taken away left out."""
    found = [one for code, value in values.items() if (one := item_of(code, value)) is not None]
    return sorted((one for one in found if not one.removed), key=lambda one: (one.on, one.kind, one.id))
