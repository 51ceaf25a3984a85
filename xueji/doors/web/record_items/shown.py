"""Items on the page of a pupil: by section, by time, masked unless they were revealed; what may be done with them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.urls import reverse

from xueji.pure.kernel.field_changes import FieldChange
from xueji.pure.kernel.item_words import is_sensitive, parts_in_words, title_of
from xueji.pure.kernel.record_items import Item, item_of
from xueji.pure.kernel.rulebook import Rulebook
from xueji.pure.kernel.types import Actor
from xueji.registry.record_items.selectors import sections_of
from xueji.registry.record_items.services import MAY_KEEP
from xueji.registry.register.selectors import StudentRecord

MASKED = "（内容已隐去）"


def may_keep(actor: Actor, record: StudentRecord) -> bool:
    """Whether this post records items of this pupil today."""
    held = record.in_force
    return actor.role in MAY_KEEP and held is not None and held.school == actor.organisation


def item_sections(book: Rulebook, record: StudentRecord, *, revealed: bool, may: bool) -> list[dict[str, Any]]:
    """Each section with its items, the newest first, and the kinds that may be added."""
    held = record.latest.value("class_group", record.on) if may else None
    class_group = UUID(held) if held else None
    return [
        {
            "key": one.section.section,
            "title": one.section.title,
            "rows": [item_row(book, record.student, item, revealed=revealed, may=may) for item in one.items],
            "new": [
                {"title": kind.label, "url": reverse("web:record-item-new", args=[record.student, kind.kind])}
                for kind in book.record_items.of_section(one.section.section)
                if may
            ],
            "class_url": _class_url(book, one.section.section, class_group),
        }
        for one in sections_of(record.sensitive, book)
    ]


def _class_url(book: Rulebook, section: str, class_group: UUID | None) -> str:
    """Where the whole class is recorded at once; '' where nothing of the section can be."""
    kinds = [one.kind for one in book.record_items.of_section(section) if one.upload]
    if class_group is None or not kinds:
        return ""
    return f"{reverse('web:record-items')}?class={class_group}&kind={kinds[0]}"


def item_row(book: Rulebook, student: UUID, item: Item, *, revealed: bool, may: bool) -> dict[str, Any]:
    """One item as the pages show it."""
    masked = is_sensitive(book, item) and not revealed
    return {
        "title": title_of(book, item),
        "parts": [] if masked else list(parts_in_words(book, item)),
        "masked": MASKED if masked else "",
        "url": reverse("web:record-item", args=[student, item.id]) if may else "",
    }


def change_words(book: Rulebook, change: FieldChange, *, revealed: bool) -> str:
    """What an entry did with an item: 已登记：2007-2008 学年第一学期成绩. '' for a field that is none."""
    after, before = item_of(change.code, change.after), item_of(change.code, change.before)
    item = after or before
    if item is None:
        return ""
    title, masked = title_of(book, item), is_sensitive(book, item) and not revealed
    reason = f"（原因：{item.reason}）" if item.reason and not masked else ""
    if after is None or after.removed:
        return f"已撤下：{title}{reason}"
    if before is None or before.removed:
        return f"已登记：{title}"
    return f"已更正：{title}{reason}"
