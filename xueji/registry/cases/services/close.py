"""Sending back, refusing, retracting, running the steps again; the end of what has no applicant any more."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import UUID

from django.db import transaction

from xueji.ground.accounts import services as accounts
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.types import Actor, Refused
from xueji.registry.cases.models import Case, CaseState, Outcome, Step
from xueji.registry.cases.services.decide import STAMPED, close, current_step, lock_case, own_step, stamp, steps_of
from xueji.registry.cases.services.notices import concerned, no_longer_waiting, notify
from xueji.registry.cases.services.opening import add_round
from xueji.registry.cases.types import Decision, PlannedStep


@transaction.atomic
def send_back(*, actor: Actor, case: UUID, reason: str, reason_code: str = "") -> Decision:
    """退回修改: the lodging school corrects and lodges again. Needs a reason (``reasons.worded``)."""
    return _end_negatively(actor, case, (reason, reason_code), Outcome.SENT_BACK, CaseState.SENT_BACK)


@transaction.atomic
def refuse(*, actor: Actor, case: UUID, reason: str, reason_code: str = "") -> Decision:
    """不予批准: the end of the matter. Needs a reason (``reasons.worded``)."""
    return _end_negatively(actor, case, (reason, reason_code), Outcome.REFUSED, CaseState.REFUSED)


def _end_negatively(actor: Actor, case: UUID, why: tuple[str, str], outcome: Outcome, state: CaseState) -> Decision:
    reason, reason_code = why
    if not reason.strip():
        raise Refused(
            "reason_missing", f"{outcome.label}必须写明原因，以便申请单位知道怎样修改。请填写原因。", "通知四.2"
        )
    locked = lock_case(case)
    taken = own_step(actor, locked, None)
    step = taken.step
    stamp(step, actor, outcome, reason, locked.subject)
    step.reason_code = reason_code
    step.save(update_fields=[*STAMPED, "reason_code"])
    close(locked, state)
    params = {"label": locked.label}
    told = concerned(locked, actor, taken.steps, reached=outcome is Outcome.SENT_BACK)
    notify([locked.organisation, *told], state.value, subject=locked.subject, params=params)
    return Decision(locked.id, step.id, step.act, locked.state, False)


@transaction.atomic
def resubmit(*, actor: Actor, case: UUID, steps: Sequence[PlannedStep]) -> Case:
    """Lodge a matter that was sent back again: its steps run anew from the first one."""
    locked = lock_case(case)
    _check_owner(actor, locked)
    if locked.state != CaseState.SENT_BACK:
        raise Refused("not_sent_back", "这件申请没有被退回，不需要重新提交。", "通知一.2")
    _check_never_decided(actor, locked)
    locked.round += 1
    locked.state = CaseState.OPEN
    locked.lodged_by, locked.lodged_role, locked.lodged_as = actor.person, actor.role.value, actor.capacity.value
    locked.save(update_fields=["round", "state", "lodged_by", "lodged_role", "lodged_as"])
    add_round(locked, steps)
    return locked


@transaction.atomic
def retract(*, actor: Actor, case: UUID) -> Case:
    """撤回申请: only by the lodging school, only while nothing was finally decided."""
    locked = lock_case(case)
    _check_owner(actor, locked)
    steps = steps_of(locked)
    told = concerned(locked, actor, steps, reached=True)
    if locked.state == CaseState.OPEN:
        step = current_step(locked, steps)
        no_longer_waiting(step, locked.subject)
        step.opened_at = step.due_on = None
        step.save(update_fields=["opened_at", "due_on"])
    elif locked.state != CaseState.SENT_BACK:
        label = CaseState(locked.state).label
        raise Refused("case_not_open", f"这件申请已经“{label}”，不能撤回。", "通知一.2")
    close(locked, CaseState.RETRACTED)
    params = {"label": locked.label}
    notify(told, "retracted", subject=locked.subject, params=params)
    return locked


def lapse(*, subjects: Collection[UUID]) -> int:
    """End the matters that are under way of these subjects, whose applicant is no more: nobody decides them any more.

    In the transaction that closes the applicant, or the system's; the caller says why, and to whom. How many ended.
    """
    found = Case.objects.filter(subject__in=subjects, state__in=[CaseState.OPEN, CaseState.SENT_BACK])
    ended = list(found.select_for_update().order_by("id").values_list("id", flat=True))
    waiting = Step.objects.filter(case__in=ended, opened_at__isnull=False, decided_at__isnull=True)
    waiting.update(opened_at=None, due_on=None)
    return Case.objects.filter(id__in=ended).update(state=CaseState.RETRACTED, closed_on=today())


def _check_owner(actor: Actor, case: Case) -> None:
    if actor.organisation != case.organisation or actor.role.value != case.lodged_role:
        raise Refused(
            "not_the_applicant", "只有提出申请的单位的经办岗位可以这样办理。请核对所选的岗位和单位。", "通知一.2"
        )
    accounts.can_act(actor)


def _check_never_decided(actor: Actor, case: Case) -> None:
    if Step.objects.filter(case=case, decided_by=actor.person).exists():
        raise Refused(
            "four_eyes", "您已在本件中校对或审核过，不能再作为经办人提交。请由本单位学籍管理员提交。", "通知一.3"
        )
