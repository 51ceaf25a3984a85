"""Lodging what concerns whole cohorts: the yearly promotion, and graduation and completion of a final grade."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from django.db import transaction

from xueji.ground.journals import services as journals
from xueji.pure.kernel.environment import environment, today
from xueji.pure.kernel.rulebook import Ask, Rulebook
from xueji.pure.kernel.school_year import STAGE_NAMES, Stage, school_year_name
from xueji.pure.kernel.types import Actor, Refused
from xueji.pure.procedures.effective import opens_on
from xueji.pure.procedures.leaving import COMPLETION
from xueji.registry.applications.claims import seal_rows
from xueji.registry.applications.models import Application, ApplicationState, Line, LineState
from xueji.registry.applications.rows import insert_lines
from xueji.registry.applications.services.completing.leavers import final_pupils, leaving_plan, outcome_of
from xueji.registry.applications.services.completing.promotions import promotion_plan
from xueji.registry.applications.services.completing.writing import refuse
from xueji.registry.applications.services.lodging import Ground, ground, open_application
from xueji.registry.applications.types import LodgeResult

_FIRST_ROW = 2  # as in the workbook of the list


@transaction.atomic
def lodge_promotion(*, actor: Actor, school: UUID, school_year: int) -> LodgeResult:
    """Lodge the promotion of the school's cohorts into ``school_year`` (升级). Raises ``Refused``.

    From the first day of the school year on the pupils who stay behind are part of it; lodged before, they follow in
    another one.
    """
    journals.lock([school])
    stands = ground(actor, school, "promotion")
    _none_open(stands, school_year, "")
    plan = promotion_plan(school, school_year, stands.book)
    refuse(plan)
    application, _ = open_application(
        actor=actor,
        stands=stands,
        label=f"{school_year_name(school_year)} 学年升级",
        school_year=school_year,
        rows=len(plan.entries),
    )
    return LodgeResult(application.id, application.state, application.rows)


@transaction.atomic
def lodge_leaving(
    *,
    actor: Actor,
    school: UUID,
    stage: str,
    school_year: int,
    outcomes: Mapping[UUID, Mapping[str, str]] | None = None,
) -> LodgeResult:
    """Lodge graduation and completion of a stage's final grade at the end of ``school_year`` (毕业与结业).

    ``outcomes``: answers to the rulebook's questions by student (a key left out: its first choice); who is not named
    has passed everything. Who is suspended, dropped out, abroad, not arrived or has an application under way stays.
    The plan is made anew at the approval, for those on this list. Raises ``Refused``.
    """
    journals.lock([school])
    stands = ground(actor, school, "leaving")
    opens = opens_on(stands.change, school_year + 1)
    if opens is not None and today() < opens:
        raise Refused("leaving_too_early", f"毕业年级离校从 {opens:%Y-%m-%d} 起申报，请届时再报。", stands.change.basis)
    _none_open(stands, school_year, stage)
    given = {student: _answers(values, stands.change.asks, stands.book) for student, values in (outcomes or {}).items()}
    pupils, effective_on = final_pupils([school], stage, school_year, stands.book)
    found = leaving_plan(
        pupils,
        effective_on,
        stands.book,
        ahead=True,
        outcomes={student: outcome_of(values) for student, values in given.items()},
    )
    refuse(found.plan)
    completing = found.count(COMPLETION)
    application, _ = open_application(
        actor=actor,
        stands=stands,
        label=f"{school_year_name(school_year)} 学年{STAGE_NAMES[Stage(stage)]}毕业年级离校"
        + (f"（结业 {completing} 人）" if completing else ""),
        stage=stage,
        school_year=school_year,
        rows=len(found.plan.entries),
    )
    listed = [one.student for one in pupils if one.student in found.how]
    _write_lines(application, listed, given)
    return LodgeResult(application.id, application.state, application.rows)


@transaction.atomic
def revise_leaving(*, actor: Actor, application: UUID, outcomes: Mapping[UUID, Mapping[str, str]]) -> None:
    """Put the list of a graduation right that was sent back; then it is lodged again. Raises ``Refused``.

    Who may leave by now is on the list; ``outcomes`` as with :func:`lodge_leaving`.
    """
    found = Application.objects.filter(id=application, kind="leaving").first()
    if found is None:
        raise Refused("not_found", "没有找到这件申请，或它不在您单位的管理范围内。请核对后重试。", "通知一.2")
    journals.lock([found.school])
    stands = ground(actor, found.school, "leaving")
    found = Application.objects.select_for_update().get(id=application)
    if found.state != ApplicationState.SENT_BACK:
        raise Refused("not_sent_back", "名单只有在退回修改以后才能改动。", stands.change.basis)
    given = {student: _answers(values, stands.change.asks, stands.book) for student, values in outcomes.items()}
    pupils, effective_on = final_pupils([found.school], found.stage, found.school_year or 0, stands.book)
    plan = leaving_plan(pupils, effective_on, stands.book, ahead=True)
    refuse(plan.plan)
    _rewrite_lines(found, [one.student for one in pupils if one.student in plan.how], given)
    found.rows = len(plan.plan.entries)
    found.version += 1
    found.changed_at = environment().now()
    found.save(update_fields=["rows", "version", "changed_at"])


def _write_lines(
    application: Application, students: Sequence[UUID], given: Mapping[UUID, Mapping[str, str]], first: int = _FIRST_ROW
) -> None:
    new_id = environment().new_id
    ids = [new_id() for _ in students]
    blobs = _sealed(application, ids, students, given)
    lines = [
        Line(
            id=line,
            application=application,
            school=application.school,
            row_no=number,
            student=student,
            claim=blob,
            state=LineState.READY,
        )
        for number, (line, student, blob) in enumerate(zip(ids, students, blobs, strict=True), start=first)
    ]
    insert_lines(application.id, application.school, lines)


def _rewrite_lines(application: Application, students: Sequence[UUID], given: Mapping[UUID, Mapping[str, str]]) -> None:
    """The rows that stand get their new answers, who can leave by now is added at the end."""
    standing = {line.student: line for line in Line.objects.filter(application=application)}
    lines = list(standing.values())
    blobs = _sealed(application, [line.id for line in lines], [line.student for line in lines], given)
    for line, blob in zip(lines, blobs, strict=True):
        line.claim = blob
    Line.objects.bulk_update(lines, ["claim"], batch_size=500)
    added = [student for student in students if student not in standing]
    _write_lines(application, added, given, first=max((line.row_no for line in lines), default=_FIRST_ROW - 1) + 1)


def _sealed(
    application: Application, ids: Sequence[UUID], students: Sequence[UUID], given: Mapping[UUID, Mapping[str, str]]
) -> list[bytes]:
    return seal_rows(
        application.id, [(line, given.get(student, {})) for line, student in zip(ids, students, strict=True)]
    )


def _answers(values: Mapping[str, str], asks: Sequence[Ask], book: Rulebook) -> dict[str, str]:
    """Answers that the rulebook knows, the first choice left out; ``Refused`` for any other."""
    known = {ask.key: ask for ask in asks}
    answers = {}
    for key, value in values.items():
        ask = known.get(key)
        choices = choices_of(ask, book) if ask is not None else {}
        if value and value not in choices:
            raise Refused("outcome_unknown", "毕业结果中有规定以外的选项，请按列表选择。", "通知三.2")
        if ask is not None and value and (ask.codes or value != next(iter(choices))):
            answers[key] = value
    return answers


def choices_of(ask: Ask, book: Rulebook) -> dict[str, str]:
    """The choices of a question by code, in their order."""
    if ask.codes:
        return {code: row.name for code, row in book.codes[ask.codes].by_code.items()}
    return dict(ask.choices)


def _none_open(stands: Ground, school_year: int, stage: str) -> None:
    same = Application.objects.filter(
        school=stands.school.id, kind=stands.change.kind, school_year=school_year, stage=stage
    )
    if same.filter(state__in=ApplicationState.under_way()).exists():
        raise Refused(
            "already_lodged",
            f"本校这一学年的{stands.change.title}已经申报，正在办理，不必再报。",
            stands.change.basis,
        )
