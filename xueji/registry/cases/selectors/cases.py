"""A case with its steps; why a post may not decide; file numbers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from uuid import UUID

from xueji.pure.kernel.types import Actor, Refused
from xueji.registry.cases import authority
from xueji.registry.cases.models import Case, Step
from xueji.registry.cases.reasons import open_reasons
from xueji.registry.cases.types import CaseView, StepView, step_view


def hindrance(actor: Actor, subject: UUID) -> Refused | None:
    """Why the actor may not decide the step that waits, as the page says beside the button; None where one may.

    Looks only, locks nothing; the deciding service checks again.
    """
    return hindrances(actor, [subject])[subject]


def hindrances(actor: Actor, subjects: Iterable[UUID]) -> dict[UUID, Refused | None]:
    """The same of many subjects: two queries."""
    wanted = list(dict.fromkeys(subjects))
    found = Step.objects.select_related("case").filter(
        case__subject__in=wanted, opened_at__isnull=False, decided_at__isnull=True
    )
    waiting = {step.case.subject: step for step in found}
    earlier: dict[UUID, list[Step]] = defaultdict(list)
    for past in Step.objects.filter(
        case__in=[step.case_id for step in waiting.values()], decided_at__isnull=False
    ).only("case", "decided_by", "role"):
        earlier[past.case_id].append(past)
    return {subject: _hindered(actor, waiting.get(subject), earlier) for subject in wanted}


def _hindered(actor: Actor, step: Step | None, earlier: dict[UUID, list[Step]]) -> Refused | None:
    if step is None:
        return Refused("case_not_open", "这件申请现在没有等待办理的步骤。", "通知一.2")
    try:
        authority.check(actor, step.case, step, earlier[step.case_id])
    except Refused as refused:
        return refused
    return None


def case_of(subject: UUID) -> CaseView | None:
    """The case of a subject with all its steps, or None where there is none in reach."""
    return cases_of([subject]).get(subject)


def cases_of(subjects: Iterable[UUID]) -> dict[UUID, CaseView]:
    """The cases of many subjects, with their steps: two queries."""
    cases = {case.id: case for case in Case.objects.filter(subject__in=list(subjects))}
    steps: dict[UUID, list[StepView]] = {}
    found = list(Step.objects.filter(case__in=list(cases)).order_by("round", "order"))
    reasons = open_reasons((cases[step.case_id].subject, step.reason) for step in found)
    for step, reason in zip(found, reasons, strict=True):
        steps.setdefault(step.case_id, []).append(step_view(step, reason))
    return {case.subject: view_of(case, steps.get(case.id, ())) for case in cases.values()}


def file_numbers(subjects: Iterable[UUID]) -> dict[UUID, str]:
    """卷号 of the cases of these subjects, as far as they have one and are in reach; one query."""
    found = Case.objects.filter(subject__in=list(subjects)).exclude(file_number__isnull=True)
    return {subject: number for subject, number in found.values_list("subject", "file_number") if number}


def view_of(case: Case, steps: Iterable[StepView]) -> CaseView:
    """A case's row as pages and services of other rooms see it."""
    return CaseView(
        id=case.id,
        subject=case.subject,
        kind=case.kind,
        stage=case.stage,
        organisation=case.organisation,
        label=case.label,
        state=case.state,
        round=case.round,
        file_number=case.file_number,
        lodged_by=case.lodged_by,
        lodged_as=case.lodged_as,
        opened_on=case.opened_on,
        closed_on=case.closed_on,
        steps=tuple(steps),
    )
