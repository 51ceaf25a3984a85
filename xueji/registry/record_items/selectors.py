"""Reads of record items, out of a record that the caller has read as of its day: who sees that sees them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from xueji.ground.journals import selectors as journals
from xueji.pure.kernel.item_words import is_sensitive, last_day, line_of, title_of
from xueji.pure.kernel.record_items import Item, ItemSection, items_in
from xueji.pure.kernel.rulebook import Rulebook
from xueji.registry.record_items.models import ItemUpload
from xueji.registry.register.selectors import StudentRecord


@dataclass(frozen=True, slots=True)
class HeldSection:
    """A section of the record with its items by time, the newest first."""

    section: ItemSection
    items: tuple[Item, ...]


def sections_of(values: Mapping[str, Any], book: Rulebook) -> list[HeldSection]:
    """All sections in the rulebook's order, empty ones too; what no kind here is known for stands in the last."""
    rules, found = book.record_items, items_in(values)
    found.sort(key=lambda one: last_day(book, one.on) or date.max)
    if not rules.sections:
        return []
    by_section: dict[str, list[Item]] = {one.section: [] for one in rules.sections}
    for item in found:
        kind = rules.kind(item.kind)
        section = kind.section if kind and kind.section in by_section else rules.sections[-1].section
        by_section[section].append(item)
    return [HeldSection(one, tuple(reversed(by_section[one.section]))) for one in rules.sections]


def item_in(record: StudentRecord, item: UUID) -> Item | None:
    """One item of a record, None where it has none (any more)."""
    return next((one for one in items_in(record.sensitive) if one.id == item), None)


def set_by(record: StudentRecord, code: str) -> tuple[UUID, date]:
    """The entry that last set a field, and the day from which it is true."""
    entry = record.state.field_entries[code]
    found = journals.entry(entry)
    return entry, found.effective_on if found is not None else record.latest.started_on


def uploads(school: UUID) -> list[ItemUpload]:
    """The workbooks of a school that wait to be confirmed, the newest first; without their contents."""
    return list(ItemUpload.objects.filter(school=school).defer("content").order_by("-uploaded_at")[:50])


@dataclass(frozen=True, slots=True)
class ItemLine:
    """An item as papers say it; ``text`` '' where it is masked."""

    title: str
    text: str
    masked: bool = False


def lines_of(items: Sequence[Item], book: Rulebook, *, full: bool) -> Iterator[ItemLine]:
    """Items in words; sensitive ones masked unless ``full``."""
    for item in items:
        masked = not full and is_sensitive(book, item)
        yield ItemLine(title_of(book, item), "" if masked else line_of(book, item), masked)
