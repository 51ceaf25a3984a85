"""The papers of a pupil's changes, or of one change, to be held against the record."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db import connection

from xueji.ground.documents import selectors as documents
from xueji.pure.kernel.rulebook import Rulebook
from xueji.registry.applications import selectors as applications
from xueji.registry.applications.models import Application
from xueji.registry.applications.papers.selectors import titles
from xueji.registry.applications.types import ApplicationView


@dataclass(frozen=True, slots=True)
class ShownPaper:
    """A paper: of which application and kind of change, what it is, its file's name."""

    application: UUID
    kind: str
    title: str
    document: UUID
    name: str


_PAPERS = """
SELECT a.id, a.kind, e.key, e.document FROM applications_application a
JOIN applications_evidence e ON e.application_id = a.id
WHERE (a.id = %(application)s OR (%(application)s IS NULL AND a.student = %(student)s))
ORDER BY a.lodged_at DESC, e.key, e.document
"""


def papers_about(book: Rulebook, *, student: UUID | None = None, application: UUID | None = None) -> list[ShownPaper]:
    """The papers in sight, the newest change first; two statements."""
    with connection.cursor() as cursor:
        cursor.execute(_PAPERS, {"application": application, "student": student})
        rows = cursor.fetchall()
    seen = documents.documents([row[3] for row in rows])
    return [
        ShownPaper(found, kind, titles(book.changes.get(kind)).get(key, key), document, seen[document].name)
        for found, kind, key, document in rows
        if document in seen
    ]


def changes_about(student: UUID) -> tuple[ApplicationView, ...]:
    """The applications about a pupil that are in sight, the newest first; what may have mended a finding."""
    ids = Application.objects.filter(student=student).values_list("id", flat=True)
    found = applications.several(ids)
    return tuple(sorted(found.values(), key=lambda one: one.lodged_at, reverse=True))
