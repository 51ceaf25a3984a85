"""Lodging 升学 (admission of primary leavers to the junior stage) and 分班 (division into classes)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from django.db import connection, transaction

from xueji.ground.disclosure import services as disclosure
from xueji.ground.journals import services as journals
from xueji.ground.organisations import selectors as organisations
from xueji.pure.kernel.environment import environment, today
from xueji.pure.kernel.school_year import STAGE_NAMES, Stage, school_year_name
from xueji.pure.kernel.types import Actor, Refused
from xueji.registry.applications.claims import seal_rows
from xueji.registry.applications.models import Application, ApplicationState, Line, LineState
from xueji.registry.applications.rows import insert_lines
from xueji.registry.applications.services.lodging import Ground, ground, open_application
from xueji.registry.applications.services.rosters import pending_students
from xueji.registry.applications.types import LodgeResult
from xueji.registry.register import selectors as register

_FIRST_ROW = 2
_SHOWN = 5  # names in a sentence
JUNIOR = Stage.JUNIOR.value


@transaction.atomic
def lodge_admission(*, actor: Actor, school: UUID, school_year: int, listed: Sequence[tuple[str, str]]) -> LodgeResult:
    """Lodge the admission of primary leavers to the junior stage from ``school_year`` on (升学).

    ``listed``: (19-digit number of the primary stage, name) as the admission list says. Each leaver is continued: the
    same student, a new registration, a number when he is divided into a class. Raises ``Refused`` naming the
    rows for which no leaver without a registration is found.
    """
    journals.lock([school])
    stands = ground(actor, school, "admission")
    if JUNIOR not in organisations.stages_of(stands.school):
        raise Refused("admission_stage", "本校没有初中学段，不能录取小学毕业生。", stands.change.basis)
    if not listed:
        raise Refused("admission_nobody", "名单中没有学生，请先选择或上传录取名单。", stands.change.basis)
    disclosure.log_register_search(actor=actor, rows=len(listed))
    known = found_leavers(listed)
    missing = [row for row, one in enumerate(listed, start=_FIRST_ROW) if one not in known]
    if missing:
        rows = "、".join(str(row) for row in missing[:10]) + ("等" if len(missing) > 10 else "")
        raise Refused(
            "admission_unknown",
            f"第 {rows} 行没有查到待升学的小学毕业生。请核对学籍号和姓名；没有小学学籍的按新生入学申报。",
            stands.change.basis,
        )
    students = [known[one] for one in listed]
    _none_in_hand(listed, students, stands)
    application, _ = open_application(
        actor=actor,
        stands=stands,
        label=f"{school_year_name(school_year)} 学年升学 · {len(students)} 人",
        stage=JUNIOR,
        school_year=school_year,
        rows=len(students),
    )
    claims = [{"prior_registration_number": number, "name": name} for number, name in listed]
    _write(application, students, claims, continued=True)
    return LodgeResult(application.id, application.state, len(students))


def found_leavers(listed: Sequence[tuple[str, str]]) -> dict[tuple[str, str], UUID]:
    """The leavers with exactly these numbers and names who have no registration in force."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT number, name, student FROM applications_leavers(%s::text[], %s::text[])",
            [[number for number, _ in listed], [name for _, name in listed]],
        )
        return {(number, name): student for number, name, student in cursor.fetchall()}


def _none_in_hand(listed: Sequence[tuple[str, str]], students: Sequence[UUID], stands: Ground) -> None:
    """A leaver stands on one list at a time, of whatever school; of another's no more is said than that."""
    if len(set(students)) < len(students):
        raise Refused("admission_doubled", "名单中同一名学生出现了两次，请只留一行。", stands.change.basis)
    held = Line.objects.filter(
        student__in=list(students), application__kind="admission", application__state__in=ApplicationState.under_way()
    )
    if held.exists():
        raise Refused("admission_in_hand", "名单中有学生已在另一份录取名单中，请先办完或撤回。", stands.change.basis)
    busy = pending_students(students, stands.school.id)
    if busy:
        named = [name for (_, name), student in zip(listed, students, strict=True) if student in busy]
        shown = "、".join(named[:_SHOWN]) + (f" 等 {len(named)} 人" if len(named) > _SHOWN else "")
        message = f"{shown}另有正在办理的申请（例如已在别校的录取名单中），请待其办结或撤回后再报，或先从名单中去掉。"
        raise Refused("admission_elsewhere", message, stands.change.basis)


@transaction.atomic
def lodge_division(
    *, actor: Actor, school: UUID, stage: str, intake_year: int, assigned: Sequence[tuple[UUID, int]]
) -> LodgeResult:
    """Lodge the division of entrants into classes (分班). Raises ``Refused``.

    ``assigned``: (student, class number) in the order in which those without a number are numbered.
    """
    journals.lock([school])
    stands = ground(actor, school, "division")
    waiting = {one.student for one in register.unclassed_pupils(school, today()) if one.stage == stage}
    given = [student for student, _ in assigned]
    if not given or set(given) - waiting or len(set(given)) < len(given):
        raise Refused(
            "division_pupils", "名单中有学生已经有班级、不在本校或重复。请刷新后重新分班。", stands.change.basis
        )
    highest = int(stands.book.settings["class_no_most"])
    if any(not 0 < number <= highest for _, number in assigned):
        raise Refused("division_class", f"班号写 1 到 {highest} 的数字，请核对。", stands.change.basis)
    if Application.objects.filter(school=school, kind="division", state__in=ApplicationState.under_way()).exists():
        raise Refused("already_lodged", "本校的分班已经提交，正在办理，不必再报。", stands.change.basis)
    classes = len({number for _, number in assigned})
    application, _ = open_application(
        actor=actor,
        stands=stands,
        label=f"{intake_year} 级{STAGE_NAMES[Stage(stage)]}分班 · {classes} 个班 {len(given)} 人",
        stage=stage,
        school_year=intake_year,
        rows=len(given),
    )
    _write(application, given, [{"class_no": str(number)} for _, number in assigned], continued=False)
    return LodgeResult(application.id, application.state, len(given))


def _write(
    application: Application, students: Sequence[UUID], claims: Sequence[Mapping[str, str]], *, continued: bool
) -> None:
    new_id = environment().new_id
    ids = [new_id() for _ in students]
    blobs = seal_rows(application.id, list(zip(ids, claims, strict=True)))
    insert_lines(
        application.id,
        application.school,
        [
            Line(
                id=line,
                application=application,
                school=application.school,
                row_no=row,
                student=student,
                continued=continued,
                claim=blob,
                state=LineState.READY,
            )
            for row, (line, student, blob) in enumerate(zip(ids, students, blobs, strict=True), start=_FIRST_ROW)
        ],
    )
