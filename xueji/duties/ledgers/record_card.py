"""What stands on a pupil's 学籍卡（学籍表）: record by sections, chain of schooling, what changed with its file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any
from uuid import UUID

from xueji.duties.ledgers.form_layout import sections_of, shown_text
from xueji.ground.typesetting import picture_svg
from xueji.pure.kernel.catalogue import Column
from xueji.pure.kernel.rulebook import Rulebook
from xueji.pure.kernel.school_year import STAGE_NAMES, Stage
from xueji.registry.applications.placement import PLACEMENT
from xueji.registry.cases import selectors as cases
from xueji.registry.photos import selectors as photos
from xueji.registry.photos.limits import limits_of
from xueji.registry.record_items.selectors import lines_of
from xueji.registry.record_items.selectors import sections_of as items_by_section
from xueji.registry.register.entry_words import EntryNames, names_in, operation_words
from xueji.registry.register.selectors import StudentRecord, TimelineItem
from xueji.registry.register.words import HOW_ENDED, HOW_STARTED

MASKED = "（已隐去）"
Story = tuple[StudentRecord, Sequence[TimelineItem]]


def cards_of(book: Rulebook, found: Mapping[UUID, Story], *, full: bool) -> dict[UUID, dict[str, Any]]:
    """The cards of many pupils: everything that they name is read at once. ``full``: nothing masked."""
    items = [item for _, story in found.values() for item in story]
    schools = {one.school for record, _ in found.values() for one in record.registrations}
    names = names_in(schools, (operation for item in items for operation in item.operations), book)
    numbers = _file_numbers(items)
    limits = limits_of(book)
    pictures = photos.contents(photos.photos(photos.digest_of(record) for record, _ in found.values()).values())
    columns = {column.code: column for column in book.fields.columns}
    made: dict[UUID, dict[str, Any]] = {}
    for student, (record, story) in found.items():
        values = {**record.fields, **record.sensitive}
        picture = pictures.get(photos.digest_of(record))
        events = (_event(one, names, columns, numbers, full=full) for one in story if one.corrected_by is None)
        made[student] = {
            "sections": [asdict(one) for one in sections_of(book, values, without=(*PLACEMENT, "name"), full=full)],
            "items": _items(book, record, full=full),
            "chain": [_registration(one, names) for one in record.registrations],
            "events": [one for one in events if one is not None],
            "picture": picture_svg(picture, limits.width, limits.height) if picture else "",
            "ratio": limits.height / limits.width,
        }
    return made


def _items(book: Rulebook, record: StudentRecord, *, full: bool) -> list[dict[str, Any]]:
    """The sections beside the fields with their items, the oldest first; empty ones too."""
    return [
        {
            "title": one.section.title,
            "lines": [
                {"title": line.title, "text": MASKED if line.masked else line.text}
                for line in lines_of(one.items[::-1], book, full=full)
            ],
        }
        for one in items_by_section(record.sensitive, book)
    ]


def _file_numbers(items: Iterable[TimelineItem]) -> dict[str, str]:
    wanted = {UUID(str(item.basis["application"])) for item in items if item.basis.get("application")}
    return {str(key): number for key, number in cases.file_numbers(wanted).items()} if wanted else {}


def _registration(one: Any, names: EntryNames) -> dict[str, str]:
    how = HOW_STARTED.get(one.how_started, "建立学籍")
    ended = HOW_ENDED.get(one.how_ended or "", "离校") if one.ended_on else ""
    return {
        "school": names.place(one.school),
        "stage": STAGE_NAMES[Stage(one.stage)],
        "number": one.number,
        "started_on": one.started_on.isoformat(),
        "ended_on": one.ended_on.isoformat() if one.ended_on else "",
        "how": "登记作废" if one.voided else "；".join(part for part in (how, ended) if part),
    }


def _event(
    item: TimelineItem, names: EntryNames, columns: Mapping[str, Column], numbers: Mapping[str, str], *, full: bool
) -> dict[str, str] | None:
    """A line of 学籍变动; None for an entry that changed nothing that a card says (a photo)."""
    said = [words for one in item.operations for words in operation_words(one, item.effective_on, names)]
    said += _changes(item, names.book, columns, full=full)
    if not said:
        return None
    number = item.basis.get("file_number") or numbers.get(str(item.basis.get("application", "")), "")
    return {
        "on": item.effective_on.isoformat(),
        "what": names.kind(item.kind),
        "text": "；".join(said),
        "file": str(number),
    }


def _changes(item: TimelineItem, book: Rulebook, columns: Mapping[str, Column], *, full: bool) -> Iterator[str]:
    for one in item.changes:
        column = columns.get(one.code)
        if column is not None:
            before, after = (
                shown_text(book, column, value, full=full) or "（空）" for value in (one.before, one.after)
            )
            yield f"{column.label}：{before} → {after}"
