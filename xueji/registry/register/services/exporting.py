"""A list as a workbook: asked for with a ground, made by a job, logged with its count, fetched by who asked.

What is shown is logged or neither happens: the line of the disclosure log is written in the transaction that
stores the workbook. Clause A6; design §4 ("a streamed export … must be made in a job").
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import xlsxwriter
from django.db import transaction

from xueji.ground.accounts.context import acting
from xueji.ground.disclosure import services as disclosure
from xueji.ground.disclosure.models import DisclosureKind
from xueji.ground.disclosure.services import Ground
from xueji.ground.keys import data_keys
from xueji.ground.keys.sealing import open_, open_json, seal, seal_json
from xueji.ground.organisations import selectors as organisations
from xueji.ground.organisations.models import ClassGroup
from xueji.ground.parameters import selectors as parameters
from xueji.pure.kernel.environment import environment, today
from xueji.pure.kernel.types import Actor, Refused
from xueji.registry.register.models import Export, Student
from xueji.registry.register.rows import aad
from xueji.registry.register.selectors.find import Found, find_students

LIMIT = 50_000
_BATCH = 2_000
_SENSITIVE = ("id_number", "phone", "current_address")
_HEADERS = ("姓名", "性别", "出生日期", "学校", "班级", "学籍号", "学号", "学籍起始日期")


@dataclass(frozen=True, slots=True)
class Conditions:
    """What the list was narrowed by; ``schools`` None: all that the post may see."""

    schools: tuple[str, ...] | None
    query: str = ""
    grade: int | None = None
    class_group: str | None = None
    status: str | None = None


@transaction.atomic
def ask_for_export(*, actor: Actor, conditions: Conditions, ground: Ground, full: bool = False) -> UUID:
    """Write down what is wanted and have the worker make it. The job carries ids only."""
    from xueji.registry.register.tasks import make_export as job

    return begin_export(actor=actor, conditions=asdict(conditions), ground=ground, full=full, job=job)


def begin_export(*, actor: Actor, conditions: Mapping[str, Any], ground: Ground, job: Any, full: bool = False) -> UUID:
    """Write down an export of any room with its conditions (sealed) and defer the room's ``job`` for it."""
    identity = environment().new_id()
    key = data_keys.ensure([identity])[identity]
    Export.objects.create(
        id=identity,
        organisation=actor.organisation,
        person=actor.person,
        full=full,
        conditions=seal_json(key, dict(conditions), _place(identity, b"conditions")),
        ground=ground.text,
        work=ground.work,
        state="waiting",
        asked_at=environment().now(),
    )
    job.defer(
        export=str(identity), person=str(actor.person), post=str(actor.post), organisation=str(actor.organisation)
    )
    return identity


@dataclass(frozen=True, slots=True)
class Made:
    """A file that was made: how many rows, whose; without ``content`` the ``answer`` says why there is none."""

    rows: int
    students: Sequence[UUID]
    content: bytes | None = None
    answer: str = ""


def make_export(*, actor: Actor, export: UUID) -> None:
    """Make the workbook in the name of who asked; too many rows end in an answer, not in a file."""

    def make(conditions: Mapping[str, Any], full: bool) -> Made:
        pupils = list(_pupils(Conditions(**conditions)))
        if len(pupils) > LIMIT:
            words = f"符合条件的学生超过 {LIMIT:,} 人，一次导不完。请按学校、年级或班级缩小范围后再导出。"
            return Made(0, (), answer=words)
        return Made(len(pupils), [one.student for one in pupils], _workbook(pupils, full=full))

    finish_export(actor=actor, export=export, make=make)


def finish_export(*, actor: Actor, export: UUID, make: Callable[[Mapping[str, Any], bool], Made]) -> None:
    """Make a file that was asked for, of its conditions and whether in full; stored and logged, or neither."""
    with acting(actor):
        found = Export.objects.select_for_update().get(pk=export)
        key = data_keys.get([export])[export]
        made = make(open_json(key, bytes(found.conditions), _place(export, b"conditions")), found.full)
        found.finished_at, found.rows, found.answer = environment().now(), made.rows, made.answer
        found.state = "failed" if made.content is None else "ready"
        if made.content is not None:
            found.content = seal(key, made.content, _place(export, b"content"))
            disclosure.log(
                actor=actor, kind=DisclosureKind.EXPORT, subjects=made.students, ground=Ground(found.work, found.ground)
            )
        found.save()


def conditions_of(export: UUID) -> dict[str, Any]:
    """What an export was asked for with, to who asked; empty where there is none."""
    found = Export.objects.filter(pk=export).first()
    if found is None:
        return {}
    conditions: dict[str, Any] = open_json(
        data_keys.get([export])[export], bytes(found.conditions), _place(export, b"conditions")
    )
    return conditions


def open_export(export: UUID) -> bytes:
    """The workbook in clear, to who asked for it. Raises ``Refused`` where it is not there (any more)."""
    found = Export.objects.filter(pk=export, state="ready").first()
    if found is None or found.content is None or environment().now() - found.asked_at > _kept():
        raise Refused(
            "register.no_export", f"这份导出文件不存在，或已过 {kept_hours()} 小时被清除。请重新导出。", "通知一.6"
        )
    key = data_keys.get([export])[export]
    return open_(key, bytes(found.content), _place(export, b"content"))


def kept_hours() -> int:
    """Hours for which a file can be fetched."""
    return int(parameters.rulebook(today()).settings["export_kept_hours"])


def _kept() -> timedelta:
    return timedelta(hours=kept_hours())


def sweep_exports() -> int:
    """Erase exports that are too old; the worker's job, in the system's context."""
    gone, _ = Export.objects.filter(asked_at__lt=environment().now() - _kept()).delete()
    return gone


def _place(export: UUID, what: bytes) -> bytes:
    return b"register_export" + export.bytes + what


def _pupils(conditions: Conditions) -> Iterator[Found]:
    schools = None if conditions.schools is None else [UUID(one) for one in conditions.schools]
    after: UUID | None = None
    count = 0
    while True:
        page = find_students(
            schools=schools,
            query=conditions.query,
            grade=conditions.grade,
            class_group=UUID(conditions.class_group) if conditions.class_group else None,
            status=conditions.status,
            after=after,
            limit=_BATCH,
        )
        yield from page.pupils
        count += len(page.pupils)
        after = page.after
        if after is None or count > LIMIT:
            return


def _workbook(pupils: Sequence[Found], *, full: bool) -> bytes:
    book = parameters.rulebook(today())
    names = {key: one.name for key, one in organisations.by_ids(one.school for one in pupils).items()}
    groups = ClassGroup.objects.select_related("site").in_bulk({one.class_group for one in pupils if one.class_group})
    classes = {key: organisations.class_display_name(group, stages=book.stages) for key, group in groups.items()}
    secret = sensitive_of(one.student for one in pupils) if full else {}
    headers = [*_HEADERS, *(book.fields[code].label for code in _SENSITIVE if full)]
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_numbers": False}) as made:
        sheet, bold, text = (
            made.add_worksheet("学生名单"),
            made.add_format({"bold": True}),
            made.add_format({"num_format": "@"}),
        )
        sheet.set_column(0, len(headers) - 1, 16, text)
        sheet.write_row(0, 0, headers, bold)
        sheet.freeze_panes(1, 1)
        for row, one in enumerate(pupils, start=1):
            cells = [
                one.name,
                book.codes["gender"].name_of(one.gender) or "",
                one.birth_date.isoformat() if one.birth_date else "",
                names.get(one.school, ""),
                classes.get(one.class_group, "") if one.class_group else "",
                one.number,
                one.student_number,
                one.started_on.isoformat(),
            ]
            if full:
                cells += [str(secret.get(one.student, {}).get(code) or "") for code in _SENSITIVE]
            for column, cell in enumerate(cells):
                sheet.write_string(row, column, cell)
    return buffer.getvalue()


def sensitive_of(students: Iterable[UUID]) -> dict[UUID, Mapping[str, Any]]:
    """The sensitive fields of pupils as they are now, in clear, as far as the actor sees them: for a file that is
    logged with everyone who stands in it."""
    rows = Student.objects.filter(pk__in=set(students), sensitive__isnull=False)
    blobs = dict(rows.values_list("id", "sensitive"))
    keys = data_keys.get(blobs)
    return {student: open_json(keys[student], bytes(blob), aad(student)) for student, blob in blobs.items() if blob}
