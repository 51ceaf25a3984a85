"""Courses and examinations: the city trains districts, its own schools and maintainers; districts their schools."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db import transaction

from xueji.duties.training.models import Course, CourseKind, CourseResult, Outcome
from xueji.duties.training.selectors import trainees
from xueji.ground.accounts import services as accounts
from xueji.ground.accounts.models import PostHolding
from xueji.ground.accounts.staffing import staffing_of
from xueji.pure.kernel.environment import environment, today
from xueji.pure.kernel.types import Actor, Level, Refused, Role

BASIS = "通知一.5"


@dataclass(frozen=True, slots=True)
class NewResult:
    """What is entered for one holder: a mark where the course has an examination, else whether present."""

    score: int | None = None
    absent: bool = False


def require_trainer(actor: Actor) -> None:
    """``Refused`` unless a bureau's clerk or head acts."""
    if actor.level is Level.SCHOOL or actor.role not in (Role.CLERK, Role.HEAD):
        raise Refused("training.post", "培训由教育局的经办人或负责人登记，请核对岗位。", BASIS)


def open_course(*, actor: Actor, title: str, kind: str, held_on: date, examined: bool) -> Course:
    """Register a course of the actor's bureau; the mark to pass is the rulebook's."""
    require_trainer(actor)
    faults = []
    if not title.strip():
        faults.append("请填写培训名称。")
    if kind not in CourseKind.values:
        faults.append("请选择是岗前培训还是定期轮训。")
    if faults:
        raise Refused("training.incomplete", "".join(faults), BASIS)
    mark = staffing_of(actor.organisation, held_on).limits.get("pass_mark", 60) if examined else None
    return Course.objects.create(
        id=environment().new_id(),
        bureau=actor.organisation,
        title=title.strip(),
        kind=kind,
        held_on=held_on,
        pass_mark=mark,
        opened_by=actor.person,
        opened_at=environment().now(),
    )


@transaction.atomic
def enter_results(*, actor: Actor, course: UUID, results: Mapping[UUID, NewResult]) -> int:
    """Enter or correct results (holding → result): who passed is trained from the course's day; returns how many.

    ``Refused``, with nothing written, where a holder is not one whom the bureau trains, is the actor, has no mark of
    an examined course, or the course lies ahead.
    """
    require_trainer(actor)
    found = Course.objects.select_for_update().filter(pk=course, bureau=actor.organisation).first()
    if found is None:
        raise Refused("training.no_course", "没有找到本局的这期培训，请从“培训”重新打开。", BASIS)
    if found.held_on > today():
        raise Refused("training.ahead", "这期培训还没有举行，举行以后再登记结果。", BASIS)
    held = {one.pk: one for one in trainees(actor.organisation, found.held_on).filter(pk__in=results)}
    _require_fit(actor, found, held, results)
    known = {one.holding: one for one in CourseResult.objects.select_for_update().filter(course=found)}
    days: dict[UUID, date | None] = {}
    rows = []
    for holding, given in results.items():
        one, old = held[holding], known.get(holding)
        outcome = _outcome(found, given)
        before = old.before if old else one.trained_on
        if outcome is Outcome.PASSED:
            days[holding] = max(found.held_on, one.trained_on or found.held_on)
        elif one.trained_on == found.held_on:
            days[holding] = before
        rows.append(
            CourseResult(
                id=old.pk if old else environment().new_id(),
                course=found,
                holding=holding,
                person=one.account_id,
                organisation=one.post.organisation_id,
                outcome=outcome,
                score=given.score,
                before=before,
                entered_by=actor.person,
                entered_at=environment().now(),
            )
        )
    CourseResult.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["course", "holding"],
        update_fields=["outcome", "score", "entered_by", "entered_at"],
    )
    accounts.record_trainings(actor=actor, days=days)
    return len(rows)


def _outcome(course: Course, given: NewResult) -> Outcome:
    if given.absent:
        return Outcome.ABSENT
    if course.pass_mark is None:
        return Outcome.PASSED
    return Outcome.PASSED if (given.score or 0) >= course.pass_mark else Outcome.FAILED


def _require_fit(
    actor: Actor, course: Course, held: Mapping[UUID, PostHolding], results: Mapping[UUID, NewResult]
) -> None:
    faults = []
    if set(results) - set(held):
        faults.append("有人员不由本局培训，或培训当天不在任。市局培训区县、市直属学校和软件维护员，区县培训所属学校。")
    if any(one.account_id == actor.person for one in held.values()):
        faults.append("不能登记自己的培训结果，请由其他人员登记。")
    for holding, given in results.items():
        who = held[holding].account.name if holding in held else ""
        if course.pass_mark is not None and not given.absent and given.score is None:
            faults.append(f"{who}没有填写考核成绩；没有参加的请选“缺席”。")
        elif given.score is not None and not 0 <= given.score <= 100:
            faults.append(f"{who}的成绩应在 0 到 100 之间。")
    if faults:
        raise Refused("training.results", "".join(dict.fromkeys(faults)), BASIS)
