"""Lists of pupils as workbooks: behind a figure of a return or of the statistics, and of a whole return its pupils with
all changes of the window. Asked for with a ground, made by a job, logged with everyone who stands in it (clause A6)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from django.db import transaction

from xueji.duties.returns.changing import changes_of, pupils_of_changes, words_of
from xueji.duties.returns.models import Return
from xueji.duties.returns.opening import Figure, rows_behind
from xueji.duties.returns.selectors import round_of
from xueji.ground.disclosure.services import Ground
from xueji.ground.organisations import selectors as organisations
from xueji.ground.organisations.models import ClassGroup
from xueji.ground.parameters import selectors as parameters
from xueji.pure.kernel.catalogue import Column, FieldType
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.rulebook import Rulebook
from xueji.pure.kernel.school_year import grade_name
from xueji.pure.kernel.types import Actor, Refused
from xueji.registry.register.services.exporting import Made, begin_export, finish_export, sensitive_of
from xueji.registry.snapshots.persons import CountedPupil, pupils_behind
from xueji.registry.statistics import yearly
from xueji.registry.statistics.workbook import Cell, Sheet, sheets

#: Which list: the pupils behind a figure of a return, behind one of the statistics, or all that a return is of.
FIGURE, STATISTICS, WHOLE = "figure", "statistics", "return"
LIMIT = 50_000
PRESENCE = {
    "attending": "在校", "suspended": "休学", "dropped_out": "辍学", "abroad": "出国（境）",
    "guest_elsewhere": "在外校借读", "not_arrived": "尚未到校", "": "不在籍",
}  # fmt: skip
#: Columns of the catalogue that the list has of its own.
_OWN = frozenset({"name", "gender", "birth_date"})


@transaction.atomic
def ask_for_list(*, actor: Actor, wanted: Mapping[str, Any], title: str, ground: Ground, full: bool = False) -> UUID:
    """Have a list made; the export's id. ``wanted``: ``list`` and what it needs (a ``return`` with the parts of a
    ``Figure``; the ``table``, ``on``, ``schools``, ``key``, ``column`` of the statistics); ``full``: with the sensitive
    fields. Whether the actor may see it is asked when it is made, in his name."""
    from xueji.duties.returns.tasks import make_list as job

    return begin_export(actor=actor, conditions={**wanted, "title": title}, ground=ground, full=full, job=job)


def make_list(*, actor: Actor, export: UUID) -> None:
    """Make the file in the name of who asked; the job's work."""
    finish_export(actor=actor, export=export, make=_made)


def _made(wanted: Mapping[str, Any], full: bool) -> Made:
    try:
        found, pupils = _sheets(wanted, full)
    except Refused as refused:
        return Made(0, (), answer=refused.message)
    if len(pupils) > LIMIT:
        return Made(0, (), answer=f"超过 {LIMIT:,} 人，一次导不完。请按区县、学校或年级展开后再导出。")
    sub = f"{wanted.get('about', '')}　{today().isoformat()} 制表"
    # A guest from outside has no record of his own that could be opened.
    return Made(len(pupils), [one.student for one in pupils if not one.outside], sheets(found, "", sub))


def _sheets(wanted: Mapping[str, Any], full: bool) -> tuple[list[Sheet], list[CountedPupil]]:
    if wanted["list"] == STATISTICS:
        day = date.fromisoformat(wanted["on"])
        schools = None if wanted["schools"] is None else [UUID(one) for one in wanted["schools"]]
        opened = yearly.opened(wanted["table"], day, schools, wanted["key"], wanted["column"])
        pupils = pupils_behind(opened.rows, day, schools=schools)
        return [pupil_sheet("学生", pupils, day, full=full)], pupils
    made = Return.objects.filter(pk=UUID(wanted["return"])).first()
    if made is None:
        raise Refused("return.not_yours", "这份上报不在您的管辖范围内，不能导出。", "通知一.6")
    figure = Figure(**wanted["figure"]) if wanted["list"] == FIGURE else Figure()
    behind = rows_behind(made, figure)
    if behind.rows.height > LIMIT:
        return [], [CountedPupil(UUID(int=0), "", "", "", "", None)] * (LIMIT + 1)
    pupils = behind.pupils()
    found = [pupil_sheet("学生", pupils, behind.on, full=full)]
    if wanted["list"] == WHOLE:
        found.append(change_sheet(made))
    return found, pupils


def pupil_sheet(title: str, pupils: Sequence[CountedPupil], on: date, *, full: bool) -> Sheet:
    """Basic and other information of pupils: the catalogue's clear fields as of the day they were counted, the
    sensitive ones (with ``full``) as they are registered now."""
    book = parameters.rulebook(on)
    columns = [one for one in book.fields.columns if one.code not in _OWN]
    clear = [one for one in columns if not one.field.sensitive]
    secret = [one for one in columns if one.field.sensitive] if full else []
    known = sensitive_of(one.student for one in pupils) if full else {}
    names = _names(pupils, book, on)
    head = ("姓名", "性别", "出生日期", "学校", "年级", "班级", "学籍号", "情况")
    rows = [
        (
            one.name or "（已不在可见范围）",
            book.codes["gender"].name_of(one.gender) or "",
            one.birth_date.isoformat() if one.birth_date else "",
            names.get(one.school or one.host, ""),
            grade_name(one.grade) if one.grade else "",
            names.get(one.class_group, ""),
            one.number,
            "外地借读" if one.outside else PRESENCE.get(one.presence, ""),
            *(said(book, column, one.clear.get(column.code)) for column in clear),
            *(said(book, column, known.get(one.student, {}).get(column.code)) for column in secret),
        )
        for one in pupils
    ]
    later = tuple(f"{one.label}（现登记）" for one in secret)
    return Sheet(title, (*head, *(one.label for one in clear), *later), tuple(rows))


def _names(pupils: Sequence[CountedPupil], book: Rulebook, on: date) -> dict[UUID | None, str]:
    """Of schools and of classes as they were called that day."""
    places = {place for one in pupils for place in (one.school, one.host) if place}
    groups = ClassGroup.objects.select_related("site").in_bulk({one.class_group for one in pupils if one.class_group})
    classes = {key: organisations.class_display_name(one, on, stages=book.stages) for key, one in groups.items()}
    return dict([*organisations.names(places, on).items(), *classes.items()])


def said(book: Rulebook, column: Column, value: Any) -> Cell:
    """A field's value in words."""
    if value in (None, ""):
        return ""
    if column.field.type is FieldType.BOOLEAN:
        return "是" if str(value).lower() in ("1", "true") else "否"
    table = book.codes.get(column.field.code_table) if column.field.code_table else None
    return (table.name_of(str(value)) if table else None) or str(value)


def change_sheet(made: Return) -> Sheet:
    """All changes of the window, by day."""
    changes = changes_of(made)
    pupils = pupils_of_changes(made, changes)
    places = organisations.names({one.school for one in changes}, round_of(made.round).reference_date)
    rows = []
    for one in changes:
        pupil = pupils.get((one.school, one.student))
        rows.append(
            (
                one.on.isoformat(),
                places.get(one.school, ""),
                pupil.name if pupil and pupil.name else "（已不在可见范围）",
                pupil.number if pupil else "",
                words_of(one),
            )
        )
    return Sheet("统计时段内的变动", ("日期", "学校", "姓名", "学籍号", "变动"), tuple(rows))
