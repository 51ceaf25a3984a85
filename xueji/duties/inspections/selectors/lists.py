"""Inspections with their counts, their lines, answers and findings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import connection

from xueji.duties.inspections.models import (
    ChecklistAnswer,
    FindingState,
    Inspection,
    InspectionFinding,
    InspectionRound,
    SampleLine,
)
from xueji.duties.inspections.sealed import open_all, place
from xueji.pure.kernel.environment import today


@dataclass(frozen=True, slots=True)
class Counts:
    """``records``, ``procedures`` drawn; ``looked_at`` of them with an answer; findings by state and severity."""

    records: int = 0
    procedures: int = 0
    looked_at: int = 0
    findings: int = 0
    errors: int = 0
    open: int = 0
    corrected: int = 0
    closed: int = 0
    late: int = 0


_COUNTS = """
SELECT i.id,
  count(*) FILTER (WHERE l.what = 'record'), count(*) FILTER (WHERE l.what = 'procedure'),
  count(*) FILTER (WHERE EXISTS (SELECT FROM inspections_checklistanswer a
    WHERE a.inspection_id = i.id AND a.checklist = l.what AND a.subject = l.subject))
FROM inspections_inspection i LEFT JOIN inspections_sampleline l ON l.inspection_id = i.id
WHERE i.id = ANY (%(ids)s) GROUP BY i.id
"""
_FINDINGS = """
SELECT f.inspection_id, count(*), count(*) FILTER (WHERE f.severity = 'error'),
  count(*) FILTER (WHERE f.state = 'open'), count(*) FILTER (WHERE f.state = 'corrected'),
  count(*) FILTER (WHERE f.state = 'closed'), count(*) FILTER (WHERE f.state = 'open' AND f.due_on < %(day)s)
FROM inspections_inspectionfinding f WHERE f.inspection_id = ANY (%(ids)s) GROUP BY 1
"""


def counts_of(inspections: Iterable[UUID]) -> dict[UUID, Counts]:
    """The counts by inspection; two statements."""
    values: dict[str, Any] = {"ids": list(inspections), "day": today()}
    with connection.cursor() as cursor:
        cursor.execute(_FINDINGS, values)
        found = {row[0]: row[1:] for row in cursor.fetchall()}
        cursor.execute(_COUNTS, values)
        return {row[0]: Counts(*row[1:], *found.get(row[0], ())) for row in cursor.fetchall()}


def inspection(identity: UUID) -> Inspection | None:
    """One in reach, None without."""
    return Inspection.objects.filter(pk=identity).first()


def inspections(
    schools: Sequence[UUID] | None, *, kind: str = "", state: str = "", school_year: int | None = None
) -> list[Inspection]:
    """Those of these schools (None: all in reach), the newest first."""
    found = Inspection.objects.all()
    if schools is not None:
        found = found.filter(school__in=list(schools))
    if kind:
        found = found.filter(kind=kind)
    if state:
        found = found.filter(state=state)
    if school_year is not None:
        found = found.filter(school_year=school_year)
    return list(found.order_by("-drawn_at", "-id"))


def rounds(bureaus: Sequence[UUID] | None) -> list[InspectionRound]:
    """A bureau's rounds (None: all in reach), the newest first."""
    found = InspectionRound.objects.all()
    if bureaus is not None:
        found = found.filter(bureau__in=list(bureaus))
    return list(found.order_by("-drawn_at"))


def round_of(identity: UUID) -> InspectionRound | None:
    """One round in reach."""
    return InspectionRound.objects.filter(pk=identity).first()


def inspections_of_round(identity: UUID) -> list[Inspection]:
    """Its schools' inspections."""
    return list(Inspection.objects.filter(round=identity).order_by("school"))


@dataclass(frozen=True, slots=True)
class LineView:
    """What was drawn, how far it is looked at, how many findings it has."""

    id: int
    what: str
    place: int
    subject: UUID
    student: UUID | None
    why: str
    score: int
    answered: int
    findings: int


_LINES = """
SELECT l.id, l.what, l.place, l.subject, l.student, l.why, l.score,
  (SELECT count(*) FROM inspections_checklistanswer a
   WHERE a.inspection_id = l.inspection_id AND a.checklist = l.what AND a.subject = l.subject),
  (SELECT count(*) FROM inspections_inspectionfinding f
   WHERE f.inspection_id = l.inspection_id AND f.checklist = l.what AND f.subject = l.subject)
FROM inspections_sampleline l WHERE l.inspection_id = %s ORDER BY l.place, l.id
"""


def lines(identity: UUID) -> list[LineView]:
    """The sample in its order; one statement."""
    with connection.cursor() as cursor:
        cursor.execute(_LINES, [identity])
        return [LineView(*row) for row in cursor.fetchall()]


def line(identity: int) -> SampleLine | None:
    """One line of a sample in reach, with its inspection."""
    return SampleLine.objects.select_related("inspection").filter(pk=identity).first()


def answers(identity: UUID, checklist: str, subject: UUID) -> dict[str, str]:
    """Verdict by item."""
    found = ChecklistAnswer.objects.filter(inspection=identity, checklist=checklist, subject=subject)
    return dict(found.values_list("item", "verdict"))


@dataclass(frozen=True, slots=True)
class FindingView:
    """A finding with what it says opened."""

    id: UUID
    inspection: UUID
    school: UUID
    number: int
    checklist: str
    item: str
    subject: UUID
    student: UUID | None
    severity: str
    responsible: str
    said: str
    due_on: date
    state: str
    late: bool
    found_at: datetime
    found_by: UUID
    corrected_at: datetime | None
    corrected_by: UUID | None
    application: UUID | None
    mended: str
    rechecked_at: datetime | None
    rechecked_by: UUID | None
    answer: str
    sent_back: int


def findings(identity: UUID) -> list[FindingView]:
    """Those of an inspection in their order."""
    return _views(InspectionFinding.objects.filter(inspection=identity).order_by("number"))


def finding(identity: UUID) -> FindingView | None:
    """One in reach."""
    return next(iter(_views(InspectionFinding.objects.filter(pk=identity))), None)


def findings_of_subject(identity: UUID, checklist: str, subject: UUID) -> dict[str, FindingView]:
    """By item."""
    found = InspectionFinding.objects.filter(inspection=identity, checklist=checklist, subject=subject)
    return {one.item: one for one in _views(found)}


def _views(rows: Iterable[InspectionFinding]) -> list[FindingView]:
    listed = list(rows)
    blobs: list[tuple[UUID, Any, bytes]] = []
    for one in listed:
        key = one.student or one.school
        blobs += [
            (key, one.said, place(one.id, "said")),
            (key, one.mended, place(one.id, "mended")),
            (key, one.answer, place(one.id, "answer")),
        ]
    texts = open_all(blobs)
    return [
        FindingView(
            one.id, one.inspection_id, one.school, one.number, one.checklist, one.item, one.subject, one.student,
            one.severity, one.responsible, said, one.due_on, one.state,
            one.state == FindingState.OPEN and one.due_on < today(), one.found_at, one.found_by, one.corrected_at,
            one.corrected_by, one.application, mended, one.rechecked_at, one.rechecked_by, answer, one.sent_back,
        )
        for one, said, mended, answer in zip(listed, texts[::3], texts[1::3], texts[2::3], strict=True)
    ]  # fmt: skip
