"""The list of files as a workbook: asked for with a ground, made by a job, logged with whom it names (clause A6)."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

import xlsxwriter
from django.db import transaction

from xueji.ground.disclosure.services import Ground
from xueji.ground.organisations import selectors as organisations
from xueji.ground.parameters import selectors as parameters
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.types import Actor
from xueji.registry.applications.files import FileRow, WantedFiles, files, pupils_of
from xueji.registry.cases.models import CaseState
from xueji.registry.register.services.exporting import Made, begin_export, finish_export

LIMIT = 50_000
#: How the conditions of this export are told from those of other rooms.
FILES = "files"
_HEADERS = (
    "卷号",
    "事项",
    "学生",
    "人数",
    "申请单位",
    "对方学校",
    "提出日期",
    "办结日期",
    "状态",
    "现在由谁办理",
    "期限",
)
_WIDTHS = (24, 22, 12, 7, 24, 24, 12, 12, 12, 24, 12)


@transaction.atomic
def ask_for_files(*, actor: Actor, wanted: WantedFiles, ground: Ground) -> UUID:
    """Have the list made with these conditions; the export's id."""
    from xueji.registry.applications.tasks import make_file_list as job

    conditions = {
        "list": FILES,
        "kind": wanted.kind,
        "state": wanted.state,
        "school": str(wanted.school) if wanted.school else None,
        "first": wanted.first.isoformat() if wanted.first else None,
        "last": wanted.last.isoformat() if wanted.last else None,
        "query": wanted.query,
    }
    return begin_export(actor=actor, conditions=conditions, ground=ground, job=job)


def make_export(*, actor: Actor, export: UUID) -> None:
    """Make the workbook in the name of who asked; the job's work."""

    def make(conditions: Mapping[str, Any], _: bool) -> Made:
        found = files(actor, _wanted(conditions), limit=LIMIT + 1)
        if found.total > LIMIT:
            words = f"符合条件的申请超过 {LIMIT:,} 件，一次导不完。请按学校、事项或日期缩小范围后再导出。"
            return Made(0, (), answer=words)
        students = {row.student for row in found.rows if row.student is not None}
        return Made(len(found.rows), sorted(students), _workbook(found.rows))

    finish_export(actor=actor, export=export, make=make)


def _wanted(conditions: Mapping[str, Any]) -> WantedFiles:
    school, first, last = (conditions[key] for key in ("school", "first", "last"))
    return WantedFiles(
        conditions["kind"],
        conditions["state"],
        UUID(school) if school else None,
        date.fromisoformat(first) if first else None,
        date.fromisoformat(last) if last else None,
        conditions["query"],
    )


def _workbook(rows: Sequence[FileRow]) -> bytes:
    changes = parameters.rulebook(today()).changes
    pupils = pupils_of(rows)
    places = organisations.names(
        one for row in rows for one in (row.applicant, row.other_school, row.organisation) if one is not None
    )
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_numbers": False}) as made:
        sheet = made.add_worksheet("申请一览")
        bold, text = made.add_format({"bold": True}), made.add_format({"num_format": "@"})
        for column, width in enumerate(_WIDTHS):
            sheet.set_column(column, column, width, text)
        sheet.write_row(0, 0, _HEADERS, bold)
        sheet.freeze_panes(1, 1)
        for place, row in enumerate(rows, start=1):
            cells = [
                row.file_numbers,
                changes[row.kind].title if row.kind in changes else row.label,
                pupils.get(row.student, "") if row.student else "",
                str(row.rows),
                places.get(row.applicant, ""),
                places.get(row.other_school, "") if row.other_school else "",
                row.opened_on.isoformat(),
                row.closed_on.isoformat() if row.closed_on else "",
                CaseState(row.state).label,
                places.get(row.organisation, "") if row.organisation else "",
                row.due_on.isoformat() if row.due_on else "",
            ]
            for column, cell in enumerate(cells):
                sheet.write_string(place, column, str(cell))
    return buffer.getvalue()
