"""Who records items, and what the verbs of this room say alike."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Final
from uuid import UUID

from xueji.ground.accounts import services as accounts
from xueji.ground.organisations.districts import competent_district
from xueji.ground.parameters import selectors as parameters
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.item_words import last_day
from xueji.pure.kernel.record_items import Item, ItemKind, items_in
from xueji.pure.kernel.rulebook import Rulebook
from xueji.pure.kernel.types import Actor, Refused, Role
from xueji.pure.rules.record_items import ItemFacts, ItemFault
from xueji.registry.register.selectors import StudentRecord

BASIS: Final = "通知二.3"
MAY_KEEP: Final = frozenset({Role.REGISTRAR})


class ItemRefused(Refused):
    """An item that is not as the rules want it; ``faults`` says where."""

    def __init__(self, label: str, faults: Iterable[ItemFault]) -> None:
        self.faults = tuple(faults)
        super().__init__("record_items.faults", f"{label}有 {len(self.faults)} 处要改，见下面各栏。", BASIS)


def require_keeper(actor: Actor, school: UUID) -> None:
    """``Refused`` for whoever keeps no records of this school, and for an untrained hand."""
    if actor.role not in MAY_KEEP or actor.organisation != school:
        message = "档案项目由本校（或中心校）的学籍管理员登记，您现在的岗位不能办理。"
        raise Refused("record_items.post", message, "通知一.3")
    accounts.can_act(actor)


def book_of(school: UUID, on: date) -> Rulebook:
    """The rulebook in force for a school: its district may ask for more items."""
    return parameters.rulebook(on, competent_district(school, on))


def kind_in(book: Rulebook, kind: str) -> ItemKind:
    """A kind in force. Raises ``Refused`` for another."""
    found = book.record_items.kinds.get(kind)
    if found is None:
        raise Refused("record_items.kind", "规则里没有这类档案项目，请从学生页面上列出的项目中选择。", BASIS)
    return found


def require_held(record: StudentRecord | None, school: UUID) -> StudentRecord:
    """The record, whose registration the school must hold today. Raises ``Refused``."""
    held = record.in_force if record is not None else None
    if record is None or held is None or held.school != school:
        message = "该生不是本校在籍学生，不能由本校登记档案项目。请核对学生；借读的由学籍所在学校登记。"
        raise Refused("record_items.not_yours", message, BASIS)
    return record


def facts_of(record: StudentRecord, book: Rulebook, item: Item | None = None) -> ItemFacts:
    """What the rules ask of a pupil. ``item``: the one that is corrected."""
    born = str(record.fields.get("birth_date") or "")
    return ItemFacts(book, today(), record.latest.stage, born, items_in(record.sensitive), item)


def true_from(book: Rulebook, on: str, record: StudentRecord) -> date:
    """From which day an item is true: when its term or year is complete, or its own day; neither in time to come nor
    before the registration of the school that records it."""
    day = min(today(), last_day(book, on) or today())
    return max(day, record.latest.started_on)
