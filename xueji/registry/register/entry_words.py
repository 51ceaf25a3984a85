"""What an entry did in the words of papers (dossier, 学籍卡), with the names of places and classes of that day."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from xueji.ground.organisations import selectors as organisations
from xueji.ground.organisations.models import ClassGroup, Organisation
from xueji.pure.kernel.operations import (
    CloseRegistration,
    OpenRegistration,
    Operation,
    SetSpell,
    VoidRegistration,
)
from xueji.pure.kernel.rulebook import Rulebook
from xueji.registry.register.words import HOW_ENDED, HOW_STARTED, KIND_WORDS

_ARRIVALS = {"awaited": "等待到校", "confirmed": "已到校", "departing": "转出待回执"}


@dataclass(frozen=True, slots=True)
class EntryNames:
    """What words need of organisations and class groups, read at once (:func:`names_in`)."""

    places: Mapping[UUID, Organisation]
    groups: Mapping[UUID, ClassGroup]
    book: Rulebook

    def place(self, organisation: UUID | str | None) -> str:
        """An organisation's name, '' where it is not known."""
        found = self.places.get(UUID(str(organisation))) if organisation else None
        return found.name if found else ""

    def code(self, organisation: UUID) -> str:
        """An organisation's code, '' where it is not known."""
        found = self.places.get(organisation)
        return found.code if found else ""

    def group(self, group: str | None, on: date) -> str:
        """What a class was called on a day."""
        found = self.groups.get(UUID(group)) if group else None
        return organisations.class_display_name(found, on, stages=self.book.stages) if found else ""

    def kind(self, kind: str) -> str:
        """What an entry of a kind is called."""
        change = self.book.changes.get(kind)
        return change.title if change else KIND_WORDS.get(kind, "学籍变动")

    def spell(self, dimension: str, value: str | None, on: date) -> str:
        """A dated value in words."""
        if dimension == "class_group":
            return f"编入{self.group(value, on)}" if value else "不在班级"
        if dimension == "attends":
            return f"在{self.place(value) or '外校'}借读" if value else "在本校就读"
        if dimension == "arrival":
            return _ARRIVALS.get(str(value), str(value))
        return self.book.codes["registration_status"].name_of(str(value)) or str(value)


def names_in(places: Iterable[UUID], operations: Iterable[Operation], book: Rulebook) -> EntryNames:
    """The names of these organisations and of what the operations name; two queries."""
    wanted, groups = set(places), set[UUID]()
    for one in operations:
        if isinstance(one, SetSpell) and one.value and one.dimension in ("attends", "class_group"):
            (wanted if one.dimension == "attends" else groups).add(UUID(one.value))
    return EntryNames(organisations.by_ids(wanted), ClassGroup.objects.select_related("site").in_bulk(groups), book)


def operation_words(operation: Operation, on: date, names: EntryNames) -> Iterator[str]:
    """What an operation did on its day; nothing where it is about fields."""
    if isinstance(operation, OpenRegistration):
        yield f"建立学籍：{HOW_STARTED.get(operation.how, '建立学籍')}，学籍号 {operation.number}"
    elif isinstance(operation, CloseRegistration):
        yield f"学籍结束：{HOW_ENDED.get(operation.how, '离校')}"
    elif isinstance(operation, VoidRegistration):
        yield "学籍登记作废"
    elif isinstance(operation, SetSpell):
        yield names.spell(operation.dimension, operation.value, on)
