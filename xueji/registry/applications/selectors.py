"""Reads of the room ``applications``. Row-level security of the caller applies below every one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple
from uuid import UUID

from django.db import connection
from django.db.models import Q, QuerySet

from xueji.pure.kernel.environment import today
from xueji.pure.kernel.types import Actor
from xueji.registry.applications.books import rulebooks_of
from xueji.registry.applications.claims import open_claim, open_rows
from xueji.registry.applications.models import (
    Application,
    ApplicationState,
    DuplicateState,
    Evidence,
    Line,
    LineState,
    SuspectedDuplicate,
)
from xueji.registry.applications.placement import PLACEMENT
from xueji.registry.applications.services.checks import COMPARED
from xueji.registry.applications.suspicion import REASONS
from xueji.registry.applications.types import ApplicationView, Awaited, Comparison, DuplicateView, LineView
from xueji.registry.cases import selectors as cases
from xueji.registry.cases.reasons import open_reasons
from xueji.registry.cases.types import CaseView
from xueji.registry.register import selectors as register

PAGE = 50


def application(found: UUID, *, with_claim: bool = False) -> ApplicationView | None:
    """One application with its case; None where there is none in reach. The claim is decrypted on request."""
    row = Application.objects.filter(id=found).first()
    if row is None:
        return None
    return _view(row, cases.case_of(row.id), open_claim(row) if with_claim else {})


def several(ids: Iterable[UUID]) -> dict[UUID, ApplicationView]:
    """Applications by id, without steps or claims, for lists; one query."""
    return {row.id: _view(row, None, {}) for row in Application.objects.filter(id__in=list(ids))}


def approved_about(student: UUID, registration: UUID, kinds: Sequence[str]) -> ApplicationView | None:
    """The last approved application of these kinds about a registration, with its case and claim; None: none."""
    found = Application.objects.filter(
        student=student, registration=registration, kind__in=kinds, state=ApplicationState.APPROVED
    )
    row = found.order_by("-lodged_at", "-id").first()
    return None if row is None else _view(row, cases.case_of(row.id), open_claim(row))


def about(ids: Iterable[UUID]) -> dict[UUID, tuple[UUID | None, int]]:
    """Of applications by id: the pupil, if they concern one, and the number of rows; one query."""
    found = Application.objects.filter(id__in=list(ids)).values_list("id", "student", "rows")
    return {key: (student, rows) for key, student, rows in found}


def applications(
    schools: Sequence[UUID] | None, *, kinds: Iterable[str] = (), states: Iterable[str] = (), limit: int = PAGE
) -> tuple[ApplicationView, ...]:
    """Applications of these schools (None: all in reach), theirs and those that concern them, the newest first."""
    found = Application.objects.all()
    if schools is not None:
        found = found.filter(Q(school__in=list(schools)) | Q(other_school__in=list(schools)))
    if kinds:
        found = found.filter(kind__in=list(kinds))
    if states:
        found = found.filter(state__in=list(states))
    rows = list(found.order_by("-lodged_at", "-id")[:limit])
    known = cases.cases_of([row.id for row in rows])
    return tuple(_view(row, known.get(row.id), {}) for row in rows)


def under_way(schools: Sequence[UUID], kind: str = "transfer") -> tuple[ApplicationView, ...]:
    """Applications in hand at these schools on either side (在办转学), the oldest first."""
    found = Application.objects.filter(
        Q(school__in=list(schools)) | Q(other_school__in=list(schools)),
        kind=kind,
        state__in=ApplicationState.under_way(),
    )
    return tuple(_view(row, None, {}) for row in found.order_by("lodged_at", "id"))


def awaited(schools: Sequence[UUID], *, overdue_only: bool = False) -> tuple[Awaited, ...]:
    """Pupils moved to or from these schools who have not been reported as arrived (clause D2), the oldest first.

    ``overdue``: more working days have passed than the rulebook gives the receiving school.
    """
    rows = Application.objects.filter(
        Q(school__in=list(schools)) | Q(other_school__in=list(schools)),
        kind__in=("transfer", "placement"),
        state=ApplicationState.APPROVED,
        arrived_on__isnull=True,
        effective_on__isnull=False,
    ).order_by("effective_on", "id")
    books = rulebooks_of((row.school for row in rows), today())
    found = []
    for row in rows:
        if row.student is None or row.effective_on is None:
            continue
        book = books[row.school]
        days = book.change("transfer").arrival_days
        due_on = book.calendar.due(row.effective_on, days).on if days is not None else None
        late = due_on is not None and due_on < today()
        if late or not overdue_only:
            found.append(Awaited(row.id, row.student, row.school, row.other_school, row.effective_on, due_on, late))
    return tuple(found)


class UnderWay(NamedTuple):
    """An application in hand about a pupil, as the pupil's page warns of it."""

    id: UUID
    kind: str
    lodged_on: date


_UNDER_WAY = """
SELECT a.id, a.kind, a.lodged_on FROM applications_application a
WHERE a.state = ANY (%s::text[]) AND a.id IN (
  SELECT o.id FROM applications_application o WHERE o.student = %s
  UNION ALL SELECT l.application_id FROM applications_line l WHERE l.student = %s)
ORDER BY a.lodged_at DESC
"""


def under_way_about(student: UUID) -> tuple[UnderWay, ...]:
    """What is in hand about one pupil, the newest first; one query."""
    with connection.cursor() as cursor:
        cursor.execute(_UNDER_WAY, [[str(one) for one in ApplicationState.under_way()], student, student])
        return tuple(UnderWay(*row) for row in cursor.fetchall())


def lines(
    found: UUID, *, states: Iterable[str] = (), with_claim: bool = False, offset: int = 0, limit: int | None = None
) -> tuple[LineView, ...]:
    """Rows of a roster in the order of the file; decrypted on request."""
    query = Line.objects.filter(application=found).order_by("row_no")
    if states:
        query = query.filter(state__in=list(states))
    rows = list(query[offset : offset + limit] if limit is not None else query[offset:])
    claims = open_rows(found, rows) if with_claim else {}
    reasons = open_reasons((found, line.reason) for line in rows)
    return tuple(
        LineView(
            line.id,
            line.row_no,
            line.student,
            line.continued,
            line.state,
            tuple(line.findings),
            reason,
            line.registration,
            claims.get(line.id, {}),
        )
        for line, reason in zip(rows, reasons, strict=True)
    )


def evidence(found: UUID) -> tuple[tuple[str, UUID], ...]:
    """The papers of an application: (the rulebook's key, document)."""
    return tuple(Evidence.objects.filter(application=found).order_by("key").values_list("key", "document"))


def _approved() -> QuerySet[Application]:
    """Approved applications, as a subquery: the other bureau sees the duplicate, not the application."""
    return Application.objects.filter(state=ApplicationState.APPROVED)


def duplicates(actor: Actor, *, open_only: bool = True, limit: int = PAGE) -> tuple[DuplicateView, ...]:
    """Suspected duplicates that wait for the actor's bureau, the oldest first; all of them without ``open_only``.

    One waits until both bureaus have decided, a released row until the bureau that approved its roster registers it.
    """
    bureau = actor.organisation
    found = SuspectedDuplicate.objects.filter(Q(bureau=bureau) | Q(matched_bureau=bureau))
    if open_only:
        waits = Q(bureau=bureau, line__state=LineState.READY, application__in=_approved())
        found = found.filter(Q(state=DuplicateState.OPEN) | waits)
    rows = found.select_related("line").order_by("opened_at", "id")[:limit]
    return tuple(_duplicate(row, ()) for row in rows)


def side_by_side(duplicate: UUID) -> DuplicateView | None:
    """One suspected duplicate with the fields of both sides. Values are in clear: the door masks and logs."""
    row = SuspectedDuplicate.objects.select_related("line").filter(id=duplicate).first()
    if row is None:
        return None
    claim = open_rows(row.application_id, [row.line])[row.line_id]
    record = register.student_record(row.matched, today())
    registered = {**record.fields, **record.sensitive} if record is not None else {}
    catalogue = rulebooks_of([row.school], today())[row.school].fields
    codes = [*COMPARED, *(code for code in catalogue.by_code if code in claim and code not in {*COMPARED, *PLACEMENT})]
    comparison = tuple(
        Comparison(
            code, catalogue[code].label, claim.get(code), registered.get(code), code in catalogue.sensitive_codes
        )
        for code in codes
        if code in catalogue and (claim.get(code) or registered.get(code))
    )
    return _duplicate(row, comparison)


def _duplicate(row: SuspectedDuplicate, comparison: tuple[Comparison, ...]) -> DuplicateView:
    return DuplicateView(
        id=row.id,
        application=row.application_id,
        line=row.line_id,
        row_no=row.line.row_no,
        reason=row.reason,
        reason_text=REASONS.get(row.reason, row.reason),
        state=row.state,
        school=row.school,
        matched_school=row.matched_school,
        bureau=row.bureau,
        matched_bureau=row.matched_bureau,
        matched=row.matched,
        matched_in_force=row.matched_in_force,
        choice=row.choice,
        matched_choice=row.matched_choice,
        opened_at=row.opened_at,
        closed_at=row.closed_at,
        comparison=comparison,
        released=row.line.state == LineState.READY and _approved().filter(id=row.application_id).exists(),
    )


def _view(row: Application, case: CaseView | None, claim: dict[str, str]) -> ApplicationView:
    return ApplicationView(
        id=row.id,
        kind=row.kind,
        variant=row.variant,
        school=row.school,
        other_school=row.other_school,
        stage=row.stage,
        school_year=row.school_year,
        state=row.state,
        student=row.student,
        class_group=row.class_group,
        rows=row.rows,
        registrations=row.registrations,
        effective_on=row.effective_on,
        new_registration=row.new_registration,
        arrived_on=row.arrived_on,
        lodged_by=row.lodged_by,
        lodged_on=row.lodged_on,
        lodged_at=row.lodged_at,
        changed_at=row.changed_at,
        version=row.version,
        case=case,
        claim=claim,
        paper_date=row.paper_date,
    )
