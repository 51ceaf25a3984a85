"""A class's items come as a workbook: kept sealed, looked at, confirmed; all rows or none."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.db import transaction

from xueji.ground.journals import services as journals
from xueji.ground.keys import data_keys
from xueji.ground.keys.sealing import open_, seal
from xueji.ground.organisations import selectors as organisations
from xueji.ground.parameters import selectors as parameters
from xueji.pure.kernel.environment import environment, today
from xueji.pure.kernel.record_items import RECORDED, Item
from xueji.pure.kernel.rulebook import Rulebook
from xueji.pure.kernel.types import Actor, Refused
from xueji.pure.rules.record_items import ItemFacts, read_time
from xueji.registry.record_items import workbook
from xueji.registry.record_items.keeping import (
    BASIS,
    book_of,
    facts_of,
    kind_in,
    require_keeper,
    true_from,
)
from xueji.registry.record_items.models import ItemUpload
from xueji.registry.record_items.services.recording import entry_of, write
from xueji.registry.record_items.workbook import ClassPupil, Meant, ReadClass
from xueji.registry.register import selectors as register
from xueji.registry.register.selectors import StudentRecord


@dataclass(frozen=True, slots=True)
class Looked:
    """An upload as it reads now: what it is of, what it says, the records of the class."""

    upload: ItemUpload
    book: Rulebook
    meant: Meant
    found: ReadClass


def template(*, actor: Actor, class_group: UUID, kind: str, on: str) -> tuple[str, bytes, tuple[UUID, ...]]:
    """Name and bytes of the workbook to be filled in, and whom it names: the pupils of the class in the order of their
    numbers, without those of whom such an item stands there already (kinds of which one has one).

    Raises ``Refused``: the post, another school's class, no such kind, a time that cannot be.
    """
    require_keeper(actor, actor.organisation)
    book, meant = _meant(actor.organisation, class_group, kind, on)
    records = _records(actor.organisation, class_group)
    listed = [
        one
        for one in _pupils(records, book)
        if not (meant.kind.once and any(i.kind == kind and i.on == meant.on for i in one.facts.held))
    ]
    if not listed:
        message = "这个班没有要登记的学生：没有在籍学生，或都已经登记过。要改已登记的，请到学生页面更正。"
        raise Refused("record_items.nobody", message, BASIS)
    students = tuple(one.student for one in listed)
    return workbook.file_name(book, meant), workbook.write(book, meant, listed), students


@transaction.atomic
def upload(*, actor: Actor, class_group: UUID, kind: str, on: str, data: bytes) -> UUID:
    """Keep a workbook, sealed, until it is confirmed; nothing is recorded yet.

    Raises ``Refused`` as ``template`` does, and for a file that is no such workbook (``workbook.*``).
    """
    require_keeper(actor, actor.organisation)
    book, meant = _meant(actor.organisation, class_group, kind, on)
    workbook.read(data, book, meant, _pupils(_records(actor.organisation, class_group), book))
    made = environment().new_id()
    ItemUpload.objects.create(
        id=made, school=actor.organisation, class_group=class_group, kind=kind, said_on=meant.on,
        content=seal(data_keys.ensure([made])[made], data, _place(made)),
        uploaded_by=actor.person, uploaded_at=environment().now(),
    )  # fmt: skip
    return made


def look(*, actor: Actor, upload: UUID) -> Looked:
    """What an upload says, under the rules and against the records of now. Raises ``Refused`` where it is gone."""
    found, _ = _look(actor, upload)
    return found


@transaction.atomic
def confirm(*, actor: Actor, upload: UUID) -> int:
    """Record all rows of an upload in one transaction; how many. The workbook is erased.

    Raises ``Refused``: the post, the upload gone, any finding.
    """
    require_keeper(actor, actor.organisation)
    journals.lock([actor.organisation])
    looked, records = _look(actor, upload)
    if looked.found.faults:
        message = f"还有 {len(looked.found.faults)} 处要改，请改好表格重新上传。这次什么都没有登记。"
        raise Refused("record_items.findings", message, BASIS)
    entries = []
    for row in looked.found.rows:
        record = records[row.pupil.student]
        item = Item(environment().new_id(), looked.meant.kind.kind, row.item.on, row.item.parts)
        day = true_from(looked.book, item.on, record)
        entries.append(entry_of(actor.organisation, record, item, RECORDED, day))
    write(actor, looked.book, entries)
    ItemUpload.objects.filter(pk=upload).delete()
    return len(entries)


@transaction.atomic
def discard(*, actor: Actor, upload: UUID) -> None:
    """Give up an upload: it is erased. Raises ``Refused`` for another post."""
    require_keeper(actor, actor.organisation)
    ItemUpload.objects.filter(pk=upload, school=actor.organisation).delete()


def sweep() -> int:
    """Erase uploads that nobody confirmed in time; how many. In the system's context."""
    days = int(parameters.rulebook(today()).settings["items_unconfirmed_days"])
    gone, _ = ItemUpload.objects.filter(uploaded_at__lt=environment().now() - timedelta(days=days)).delete()
    return gone


def _look(actor: Actor, upload: UUID) -> tuple[Looked, dict[UUID, StudentRecord]]:
    found = ItemUpload.objects.filter(pk=upload, school=actor.organisation).first()
    if found is None:
        raise Refused("record_items.gone", "没有这份登记表，可能已经登记、撤销或超过保留期限。请重新上传。", BASIS)
    book, meant = _meant(found.school, found.class_group, found.kind, found.said_on)
    data = open_(data_keys.get([upload])[upload], bytes(found.content), _place(upload))
    records = _records(found.school, found.class_group)
    return Looked(found, book, meant, workbook.read(data, book, meant, _pupils(records, book))), records


def _place(upload: UUID) -> bytes:
    """The place that the sealed workbook is bound to."""
    return b"record_items_upload" + upload.bytes


def _meant(school: UUID, class_group: UUID, kind: str, on: str) -> tuple[Rulebook, Meant]:
    group = organisations.class_group(class_group)
    if group is None or group.school_id != school:
        raise Refused("record_items.class", "没有这个班级，请从列出的本校班级中选择。", BASIS)
    book = book_of(school, today())
    what = kind_in(book, kind)
    if not what.upload:
        raise Refused("record_items.single", f"“{what.label}”只能在学生页面逐人登记。", BASIS)
    time, faults = read_time(what, on, ItemFacts(book, today(), group.stage))
    if faults:
        raise Refused(f"record_{faults[0].code}", f"时间：{faults[0].message}。", BASIS)
    name = organisations.class_display_name(group, today(), stages=book.stages)
    return book, Meant(class_group, name, what, time, group.stage)


def _records(school: UUID, class_group: UUID) -> dict[UUID, StudentRecord]:
    listed = register.roster(school, today(), class_group)
    found = register.student_records(one.student for one in listed)
    return {one.student: found[one.student] for one in listed if one.student in found}


def _pupils(records: dict[UUID, StudentRecord], book: Rulebook) -> list[ClassPupil]:
    made = [
        ClassPupil(student, record.latest.number, record.name, facts_of(record, book))
        for student, record in records.items()
    ]
    return sorted(made, key=lambda one: one.number)
