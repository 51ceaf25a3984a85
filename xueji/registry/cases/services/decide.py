"""One post's yes: checked, stored with its register check, and what follows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from xueji.ground.organisations import selectors as organisations
from xueji.ground.parameters import selectors as parameters
from xueji.pure.kernel.environment import environment, today
from xueji.pure.kernel.types import Actor, Refused
from xueji.registry.cases import authority
from xueji.registry.cases.models import Case, CaseState, FileNumber, Outcome, Step
from xueji.registry.cases.reasons import seal_reason
from xueji.registry.cases.services.notices import NewNotice, concerned, no_longer_waiting, notify
from xueji.registry.cases.services.opening import open_step
from xueji.registry.cases.types import Decision
from xueji.registry.cases.wording import act_word, role_word


def lock_case(case: UUID) -> Case:
    """The case, locked until the end of the transaction; ``Refused`` where it is not in reach."""
    found = Case.objects.select_for_update().filter(id=case).first()
    if found is None:
        raise _not_found()
    return found


def _not_found() -> Refused:
    return Refused("not_found", "没有找到这件申请，或它不在您单位的管理范围内。请核对后重试。", "通知一.2")


@dataclass(slots=True)
class TakenStep:
    """The step that waits, with its case and all steps of it, locked until the end of the transaction.

    Whoever writes to a step locks its case first: nothing of this can change meanwhile, and the decision need not
    ask again.
    """

    actor: Actor
    case: Case
    step: Step
    steps: Sequence[Step]


def current_step(case: Case, steps: Sequence[Step]) -> Step:
    """The step that is waited for; ``Refused`` where the case is not under way."""
    step = next((one for one in steps if one.opened_at is not None and one.decided_at is None), None)
    if step is None or case.state != CaseState.OPEN:
        label = CaseState(case.state).label
        raise Refused("case_not_open", f"这件申请现在是“{label}”，不能再办理。请刷新页面查看最新情况。", "通知一.2")
    return step


def steps_of(case: Case) -> list[Step]:
    """All steps of a case, by round and order."""
    return list(Step.objects.filter(case=case).order_by("round", "order"))


def take_step(*, actor: Actor, case: UUID, act: str) -> TakenStep:
    """The step that waits, locked with its case, if it is this actor's: to be looked at before deciding it.

    Inside the transaction of the decision. Raises ``Refused``.
    """
    return own_step(actor, lock_case(case), act)


def take_step_of(*, actor: Actor, subject: UUID, act: str) -> TakenStep:
    """The same, by what the case is about."""
    found = Case.objects.select_for_update().filter(subject=subject).first()
    if found is None:
        raise _not_found()
    return own_step(actor, found, act)


def own_step(actor: Actor, case: Case, act: str | None) -> TakenStep:
    """The current step, if it is this actor's and of this act; ``Refused`` otherwise."""
    steps = steps_of(case)
    step = current_step(case, steps)
    if act is not None and step.act != act:
        raise Refused(
            "another_act_due",
            f"现在等待的是{role_word(step.role)}{act_word(step.act)}，还不能{act_word(act)}。请按顺序办理。",
            "通知一.3",
        )
    authority.check(actor, case, step, [one for one in steps if one.decided_at is not None])
    return TakenStep(actor, case, step, steps)


@transaction.atomic
def decide_step(
    *,
    actor: Actor,
    case: UUID,
    act: str | None = None,
    remark: str = "",
    register_check: Mapping[str, Any] | None = None,
) -> Decision:
    """Agree to the step that waits. The register check is stored with it; one with a difference blocks.

    ``finished`` in the answer: the last step agreed, the caller writes to the register in this transaction.
    """
    return decide_taken(own_step(actor, lock_case(case), act), remark=remark, register_check=register_check)


def decide_taken(taken: TakenStep, *, remark: str = "", register_check: Mapping[str, Any] | None = None) -> Decision:
    """Agree to a step that the actor has taken in this transaction, whole or not at all with it."""
    actor, locked, step = taken.actor, taken.case, taken.step
    if step.needs_check and (register_check is None or not register_check.get("agreed")):
        raise Refused(
            "register_check_missing", "比对学籍档案没有通过，不能办理这一步。请先处理比对出的差异。", "通知三.2"
        )
    stamp(step, actor, Outcome.AGREED, remark, locked.subject)
    step.register_check = dict(register_check) if register_check is not None else None
    if step.files:
        step.file_number = _file_number(locked, step)
        locked.file_number = step.file_number
    step.save(update_fields=[*STAMPED, "register_check", "file_number"])
    following = None if step.completes else _following(taken)
    if following is not None:
        if step.files:
            locked.save(update_fields=["file_number"])
        open_step(locked, following, before=step, told=[_for_applicant(locked, step)])
    else:
        close(locked, CaseState.APPROVED)
        params = {"label": locked.label, "file_number": f"卷号 {locked.file_number}。" if locked.file_number else ""}
        told = [locked.organisation, *concerned(locked, actor, taken.steps)]
        notify(told, "approved", subject=locked.subject, params=params)
    return Decision(
        case=locked.id,
        step=step.id,
        act=step.act,
        state=locked.state,
        finished=following is None,
        file_number=step.file_number,
        next_act=following.act if following else None,
        next_role=following.role if following else None,
        next_organisation=following.organisation if following else None,
        next_due_on=following.due_on if following else None,
    )


def _for_applicant(case: Case, step: Step) -> NewNotice:
    """The applicant hears of each decision; whoever is to act next is told by ``open_step``."""
    where = organisations.by_id(step.organisation).name
    params = {"label": case.label, "where": where, "role": role_word(step.role), "act": act_word(step.act)}
    return NewNotice(case.organisation, "step_agreed", params, case.lodged_role, case.subject)


#: What ``stamp`` sets.
STAMPED = (
    "decided_at", "decided_by", "decided_post", "decided_name", "decided_as", "outcome", "reason",
)  # fmt: skip


def stamp(step: Step, actor: Actor, outcome: Outcome, reason: str, subject: UUID) -> None:
    """Say on the step who decided it, in whose place, when and how (not saved)."""
    step.decided_at = environment().now()
    step.decided_by = actor.person
    step.decided_post = actor.post
    step.decided_name = actor.name
    step.decided_as = actor.capacity.value
    step.outcome = outcome
    step.reason = seal_reason(subject, reason)
    no_longer_waiting(step, subject)


def close(case: Case, state: CaseState) -> None:
    """End the case as a whole."""
    case.state = state
    case.closed_on = today() if state not in (CaseState.OPEN, CaseState.SENT_BACK) else None
    case.save(update_fields=["state", "closed_on", "file_number"])


def _following(taken: TakenStep) -> Step | None:
    step = taken.step
    later = (one for one in taken.steps if one.round == taken.case.round and one.order > step.order)
    return next(later, None)


def _file_number(case: Case, step: Step) -> str:
    """The bureau's next 卷号 of the year: gapless, since the counter rolls back with the decision."""
    year = today().year
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO cases_filecounter AS c (bureau, year, last) VALUES (%s, %s, 1)"
            " ON CONFLICT (bureau, year) DO UPDATE SET last = c.last + 1 RETURNING last",
            [step.organisation, year],
        )
        serial = int(cursor.fetchone()[0])
    bureau = organisations.by_id(step.organisation)
    change = parameters.rulebook(today()).change(case.kind)
    text = change.number_of(bureau=bureau.code, year=year, serial=serial)
    FileNumber.objects.create(bureau=step.organisation, year=year, serial=serial, text=text, step=step)
    return text
