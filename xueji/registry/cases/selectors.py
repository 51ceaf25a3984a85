"""Reads of the room ``cases``: the inbox, a case with its steps, who is late, notices.

Every read filters by organisation itself, so that the partial index over open steps serves;
row-level security is the net below it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from django.db import connection

from xueji.pure.kernel.environment import today
from xueji.pure.kernel.types import Actor, Refused
from xueji.registry.cases import authority
from xueji.registry.cases.models import Case, CaseState, Notice, Step
from xueji.registry.cases.reasons import open_reasons
from xueji.registry.cases.types import (
    CaseView,
    Inbox,
    InboxCounts,
    InboxItem,
    NoticeView,
    StepView,
    Waiting,
    step_view,
)
from xueji.registry.cases.wording import notice_text

_ITEM = """
SELECT c.id, c.subject, c.kind, s.stage, c.label, c.organisation, s.act, s.role, s.organisation, s.opened_at, s.due_on,
       coalesce(s.due_on < %(today)s, false)
FROM cases_step s JOIN cases_case c ON c.id = s.case_id
WHERE s.opened_at IS NOT NULL AND s.decided_at IS NULL AND {which}
ORDER BY s.due_on NULLS LAST, s.opened_at, c.id LIMIT %(limit)s
"""
_MINE = "s.organisation = %(me)s AND s.role = %(role)s AND (%(stage)s = '' OR s.stage IN ('', %(stage)s))"
_ELSEWHERE = "c.organisation = %(me)s AND NOT (s.organisation = %(me)s AND s.role = %(role)s)"
_COUNTS = """
SELECT count(*) FILTER (WHERE mine), count(*) FILTER (WHERE mine AND late),
       count(*) FILTER (WHERE NOT mine), count(*) FILTER (WHERE NOT mine AND late)
FROM (
  SELECT true AS mine, coalesce(s.due_on < %(today)s, false) AS late
  FROM cases_step s WHERE s.opened_at IS NOT NULL AND s.decided_at IS NULL AND {mine}
  UNION ALL
  SELECT false, coalesce(s.due_on < %(today)s, false)
  FROM cases_step s JOIN cases_case c ON c.id = s.case_id
  WHERE s.opened_at IS NOT NULL AND s.decided_at IS NULL AND {elsewhere}
) AS open
"""


def inbox(actor: Actor, *, stage: str = "", limit: int = 50) -> Inbox:
    """What waits for the actor's post, by deadline; what came back; what is stuck with others.

    ``stage`` is the post's (小教 / 中教): cases of no stage come to everyone. Counts are of all,
    the lists hold up to ``limit``.
    """
    values: dict[str, Any] = {
        "me": actor.organisation,
        "role": actor.role.value,
        "stage": stage,
        "today": today(),
        "limit": limit,
    }
    with connection.cursor() as cursor:
        cursor.execute(_COUNTS.format(mine=_MINE, elsewhere=_ELSEWHERE), values)
        waiting, overdue, elsewhere, elsewhere_overdue = cursor.fetchone()
        cursor.execute(_ITEM.format(which=_MINE), values)
        mine = tuple(InboxItem(*row) for row in cursor.fetchall())
        cursor.execute(_ITEM.format(which=_ELSEWHERE), values)
        others = tuple(InboxItem(*row) for row in cursor.fetchall())
    sent_back = Case.objects.filter(
        organisation=actor.organisation, state=CaseState.SENT_BACK, lodged_role=actor.role.value
    )
    returned = list(sent_back.order_by("opened_on", "id")[:limit])
    counts = InboxCounts(waiting, overdue, sent_back.count(), elsewhere, elsewhere_overdue)
    return Inbox(mine, tuple(_view(case, ()) for case in returned), others, counts)


def waiting(actor: Actor, *, stage: str = "") -> Waiting:
    """The two figures that stand on top of every page; one query."""
    sql = (
        "SELECT count(*), min(s.due_on) FROM cases_step s"
        f" WHERE s.opened_at IS NOT NULL AND s.decided_at IS NULL AND {_MINE}"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, {"me": actor.organisation, "role": actor.role.value, "stage": stage})
        return Waiting(*cursor.fetchone())


def hindrance(actor: Actor, subject: UUID) -> Refused | None:
    """Why the actor may not decide the step that waits, as the page says beside the button; None where one may.

    Looks only, locks nothing; the deciding service checks again.
    """
    step = Step.objects.select_related("case").filter(
        case__subject=subject, opened_at__isnull=False, decided_at__isnull=True
    ).first()  # fmt: skip
    if step is None:
        return Refused("case_not_open", "这件申请现在没有等待办理的步骤。", "通知一.2")
    try:
        authority.check(actor, step.case, step, Step.objects.filter(case=step.case_id, decided_at__isnull=False))
    except Refused as refused:
        return refused
    return None


def overdue(organisations: Sequence[UUID], *, on: date | None = None, limit: int = 200) -> tuple[InboxItem, ...]:
    """Open steps of these organisations whose due date has passed, the oldest first."""
    which = "s.organisation = ANY(%(organisations)s::uuid[]) AND s.due_on < %(today)s"
    values: dict[str, Any] = {"organisations": list(organisations), "today": on or today(), "limit": limit}
    with connection.cursor() as cursor:
        cursor.execute(_ITEM.format(which=which), values)
        return tuple(InboxItem(*row) for row in cursor.fetchall())


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
    return {case.subject: _view(case, steps.get(case.id, ())) for case in cases.values()}


def file_numbers(subjects: Iterable[UUID]) -> dict[UUID, str]:
    """卷号 of the cases of these subjects, as far as they have one and are in reach; one query."""
    found = Case.objects.filter(subject__in=list(subjects)).exclude(file_number__isnull=True)
    return {subject: number for subject, number in found.values_list("subject", "file_number") if number}


def notices(actor: Actor, *, unread_only: bool = True, limit: int = 50) -> tuple[NoticeView, ...]:
    """Notices to the actor's post, the newest first."""
    found = Notice.objects.filter(organisation=actor.organisation, role__in=["", actor.role.value])
    if unread_only:
        found = found.filter(read_at__isnull=True)
    return tuple(
        NoticeView(
            notice.id,
            notice.code,
            notice_text(notice.code, notice.params),
            notice.subject,
            notice.created_at,
            notice.read_at,
        )
        for notice in found.order_by("-created_at", "-id")[:limit]
    )


def _view(case: Case, steps: Iterable[StepView]) -> CaseView:
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
        opened_on=case.opened_on,
        closed_on=case.closed_on,
        steps=tuple(steps),
    )
