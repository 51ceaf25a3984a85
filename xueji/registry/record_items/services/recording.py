"""One item of one pupil: recorded, corrected, taken away; each an entry of the school's journal, none is edited."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from uuid import UUID

from django.db import transaction

from xueji.ground.journals import services as journals
from xueji.ground.journals.services import NewEntry
from xueji.pure.kernel.environment import environment, today
from xueji.pure.kernel.operations import SetFields
from xueji.pure.kernel.record_items import CORRECTED, RECORDED, REMOVED, Item, item_of
from xueji.pure.kernel.rulebook import Rulebook
from xueji.pure.kernel.types import Actor, Refused
from xueji.pure.rules.record_items import read_item
from xueji.registry.record_items.keeping import (
    BASIS,
    ItemRefused,
    book_of,
    facts_of,
    kind_in,
    require_held,
    require_keeper,
    true_from,
)
from xueji.registry.record_items.selectors import set_by
from xueji.registry.register import selectors
from xueji.registry.register import services as register
from xueji.registry.register.selectors import StudentRecord

REASON_LEAST, REASON_MOST = 2, 120


@transaction.atomic
def record(*, actor: Actor, student: UUID, kind: str, on: str, typed: Mapping[str, str]) -> UUID:
    """Record an item of a pupil; its id. ``typed``: its parts by code, as people type them.

    Raises ``Refused``: the post, a pupil of another school, no such kind; ``ItemRefused`` with every fault.
    """
    found = _begin(actor, student)
    book = book_of(actor.organisation, today())
    what = kind_in(book, kind)
    read = read_item(what, on, typed, facts_of(found, book))
    if read.faults:
        raise ItemRefused(what.label, read.faults)
    item = Item(environment().new_id(), kind, read.on, read.parts)
    write(actor, book, [entry_of(actor.organisation, found, item, RECORDED, true_from(book, item.on, found))])
    return item.id


@transaction.atomic
def record_many(*, actor: Actor, kind: str, on: str, typed: Mapping[UUID, Mapping[str, str]]) -> int:
    """Record an item of one kind and time of many pupils in one transaction; how many. All or none.

    ``typed``: by pupil the parts by code. Raises ``Refused`` as ``record`` does, for the first pupil whose is wrong.
    """
    require_keeper(actor, actor.organisation)
    journals.lock([actor.organisation])
    book = book_of(actor.organisation, today())
    what = kind_in(book, kind)
    records = selectors.student_records(typed)
    entries = []
    for student, parts in typed.items():
        found = require_held(records.get(student), actor.organisation)
        read = read_item(what, on, parts, facts_of(found, book))
        if read.faults:
            raise ItemRefused(f"{found.name}的{what.label}", read.faults)
        item = Item(environment().new_id(), kind, read.on, read.parts)
        entries.append(entry_of(actor.organisation, found, item, RECORDED, true_from(book, item.on, found)))
    write(actor, book, entries)
    return len(entries)


@transaction.atomic
def correct(
    *, actor: Actor, student: UUID, item: UUID, typed: Mapping[str, str], reason: str, seen: UUID | None = None
) -> None:
    """Set an item's parts anew, with the reason; true from the day of what it corrects (ADR 0011). Its time stays.

    ``seen``: the entry that had set it when the form was opened.
    Raises ``Refused`` as ``record`` does; no reason, no such item, changed meanwhile, nothing changed.
    """
    found, before, day = _held(actor, student, item, seen)
    book = book_of(actor.organisation, today())
    what = book.record_items.kind(before.kind)
    if what is None:
        raise Refused("record_items.kind", "规则里没有这类档案项目，不能更正；登记错了的请撤下。", BASIS)
    words = _reason(reason, "更正")
    read = read_item(what, before.on, typed, facts_of(found, book, before))
    if read.faults:
        raise ItemRefused(what.label, read.faults)
    if dict(read.parts) == dict(before.parts):
        raise Refused("record_items.nothing", "与原来登记的相同，没有要更正的。", BASIS)
    after = replace(before, parts=read.parts, reason=words)
    write(actor, book, [entry_of(actor.organisation, found, after, CORRECTED, day)])


@transaction.atomic
def remove(*, actor: Actor, student: UUID, item: UUID, reason: str, seen: UUID | None = None) -> None:
    """Take an item away that should not be there, with the reason; it and the reason stay in the journal.

    Raises ``Refused`` as ``correct`` does.
    """
    found, before, day = _held(actor, student, item, seen)
    after = replace(before, reason=_reason(reason, "撤下"), removed=True)
    book = book_of(actor.organisation, today())
    write(actor, book, [entry_of(actor.organisation, found, after, REMOVED, day)])


def _begin(actor: Actor, student: UUID) -> StudentRecord:
    require_keeper(actor, actor.organisation)
    journals.lock([actor.organisation])
    return require_held(selectors.student_record(student), actor.organisation)


def _held(actor: Actor, student: UUID, item: UUID, seen: UUID | None) -> tuple[StudentRecord, Item, date]:
    """The record, the item as it stands, and the day from which it is true."""
    found = _begin(actor, student)
    code = Item(item, "", "", {}).code
    before = item_of(code, found.sensitive.get(code))
    if before is None or before.removed:
        raise Refused("record_items.none", "档案里没有这一项，可能已经撤下。请刷新后再看。", BASIS)
    entry, day = set_by(found, code)
    if seen is not None and seen != entry:
        raise Refused("record_items.changed", "这一项刚刚由他人更正过。请刷新，看过现在的内容再办。", BASIS)
    return found, before, day


def _reason(text: str, what: str) -> str:
    words = " ".join(text.split())
    if not REASON_LEAST <= len(words) <= REASON_MOST:
        message = f"请写明{what}的原因（{REASON_LEAST} 至 {REASON_MOST} 字），例如“登记时看错一行”。"
        raise Refused("record_items.reason", message, BASIS)
    return words


def entry_of(school: UUID, record: StudentRecord, item: Item, kind: str, day: date) -> NewEntry:
    """The entry of an item; nothing of it stands in clear, not even of which kind it is."""
    return NewEntry(
        school, kind, day, (SetFields({}, (item.code,)),), record.student, {"regulation": BASIS},
        {item.code: item.to_json()},
    )  # fmt: skip


def write(actor: Actor, book: Rulebook, entries: list[NewEntry]) -> None:
    """Append entries and fold their pupils again, in the caller's transaction, the journal locked."""
    transaction_id = environment().new_id()
    made = journals.append(actor=actor, transaction_id=transaction_id, entries=entries, rulebook_version=book.version)
    students = {one.student for one in entries if one.student is not None}
    register.refold(students=students, transaction_id=transaction_id, entries=made)
