"""Opening a case, and opening its steps one after the other."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.db import transaction

from xueji.ground.parameters import selectors as parameters
from xueji.pure.kernel.environment import environment, today
from xueji.pure.kernel.types import Actor, Role
from xueji.registry.cases.models import Case, Party, Step
from xueji.registry.cases.services.notices import NewNotice, notify_all
from xueji.registry.cases.types import PlannedStep
from xueji.registry.cases.wording import act_word


@transaction.atomic
def open_case(
    *,
    actor: Actor,
    subject: UUID,
    kind: str,
    organisation: UUID,
    steps: Sequence[PlannedStep],
    stage: str = "",
    label: str = "",
    concerns: Sequence[UUID] = (),
) -> Case:
    """Open a case with its steps of the first round, and its first step.

    ``organisation`` lodges it; those whom it ``concerns`` see it without having a step. ``label`` says what it is
    without naming a pupil (转学申请 · 三年级).
    """
    case = Case(
        id=environment().new_id(),
        subject=subject,
        kind=kind,
        stage=stage,
        organisation=organisation,
        label=label,
        lodged_by=actor.person,
        lodged_role=actor.role.value,
        lodged_as=actor.capacity.value,
        opened_on=today(),
    )
    case.save(force_insert=True)
    seen = {organisation, *(step.organisation for step in steps), *concerns}
    Party.objects.bulk_create([Party(case=case, organisation=item, owner=organisation) for item in sorted(seen)])
    add_round(case, steps)
    return case


def add_round(case: Case, steps: Sequence[PlannedStep]) -> None:
    """Write the steps of the case's current round and open the first one."""
    rows = [
        Step(
            id=environment().new_id(),
            case=case,
            kind=case.kind,
            applicant=case.organisation,
            round=case.round,
            order=order,
            key=planned.step.key,
            title=planned.step.title,
            phase=planned.step.phase,
            act=planned.step.act.value,
            role=planned.step.role.value,
            side=planned.step.at.value,
            stage=case.stage,
            organisation=planned.organisation,
            working_days=planned.step.days,
            completes=planned.step.completes,
            needs_check=planned.step.register_check,
            files=planned.files,
        )
        for order, planned in enumerate(steps, start=1)
    ]
    _begin(rows[0], before=None)
    Step.objects.bulk_create(rows)
    notify_all([_waiting(case, rows[0])])


def open_step(case: Case, step: Step, before: Step | None, told: Sequence[NewNotice] = ()) -> None:
    """Begin to wait for a step: its due date is its phase's, and its post is told, with the notices ``told``."""
    _begin(step, before)
    step.save(update_fields=["opened_at", "due_on", "due_is_provisional"])
    notify_all([_waiting(case, step), *told])


def _begin(step: Step, before: Step | None) -> None:
    """Set since when and until when a step waits (not saved).

    A phase's term runs from the day on which its first step began to wait.
    """
    now, day = environment().now(), today()
    step.opened_at = now
    if before is not None and before.phase == step.phase and before.organisation == step.organisation:
        step.due_on, step.due_is_provisional = before.due_on, before.due_is_provisional
    elif step.working_days is not None:
        due = parameters.rulebook(day).calendar.due(day, step.working_days)
        step.due_on, step.due_is_provisional = due.on, due.provisional


def _waiting(case: Case, step: Step) -> NewNotice:
    """What the step's post is told."""
    code = "step_waiting" if step.due_on else "step_waiting_undated"
    params = {
        "label": case.label,
        "act": act_word(step.act),
        "due_on": step.due_on.isoformat() if step.due_on else None,
    }
    return NewNotice(step.organisation, code, params, Role(step.role).value, case.subject)
