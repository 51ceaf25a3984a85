"""Who has what to do by when: own checks not signed off, findings not corrected, corrections to be looked at again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db import connection

from xueji.duties.inspections.models import Inspection
from xueji.ground.parameters import selectors as parameters
from xueji.pure.kernel.rulebook import Rulebook

OWN, MEND, RECHECK, EXAMINE, SIGN = "own", "mend", "recheck", "examine", "sign"


@dataclass(frozen=True, slots=True)
class Due:
    """One matter: of what sort, who must act (``organisation``), about which school, by when (None: no day)."""

    key: str
    sort: str
    organisation: UUID
    school: UUID
    due_on: date | None
    inspection: UUID | None = None
    count: int = 1


# Schools with pupils whose own check of the term is not signed off.
_OWN = """
SELECT r.school, i.id FROM (
  SELECT DISTINCT school FROM register_registration
  WHERE NOT voided AND started_on <= %(day)s AND (ended_on IS NULL OR ended_on > %(day)s)
    AND (%(schools)s::uuid[] IS NULL OR school = ANY (%(schools)s::uuid[]))
) AS r LEFT JOIN inspections_inspection i ON i.school = r.school AND i.term = %(term)s AND i.kind = 'own'
WHERE i.id IS NULL OR i.state <> 'signed_off'
"""
# By inspection: what the school must mend, what the inspecting side must look at again, examine or sign.
_OPEN = """
SELECT i.id, i.school, i.inspector, i.kind, i.state, count(f.id) FILTER (WHERE f.state = 'open'),
  min(f.due_on) FILTER (WHERE f.state = 'open'), count(f.id) FILTER (WHERE f.state = 'corrected'),
  min(f.due_on) FILTER (WHERE f.state = 'corrected'), i.due_on
FROM inspections_inspection i LEFT JOIN inspections_inspectionfinding f ON f.inspection_id = i.id
WHERE i.state <> 'signed_off' AND (%(schools)s::uuid[] IS NULL OR i.school = ANY (%(schools)s::uuid[]))
GROUP BY i.id
"""


def own_checks_due(schools: Sequence[UUID] | None, book: Rulebook, day: date) -> list[Due]:
    """Own checks of the running term that are not signed off; none where the rulebook asks for none."""
    term = book.calendar.terms.running(day)
    own = book.inspections.own_checks.get(term.key) if term else None
    if term is None or own is None:
        return []
    values: dict[str, Any] = {"day": day, "term": term.code, "schools": None if schools is None else list(schools)}
    with connection.cursor() as cursor:
        cursor.execute(_OWN, values)
        return [
            Due(f"own:{term.code}:{school}", OWN, school, school, own.due_on(term), begun)
            for school, begun in cursor.fetchall()
        ]


def waiting(schools: Sequence[UUID] | None) -> list[Due]:
    """What the inspections of these schools (None: all in reach) wait for; one statement."""
    with connection.cursor() as cursor:
        cursor.execute(_OPEN, {"schools": None if schools is None else list(schools)})
        rows = cursor.fetchall()
    found = []
    for key, school, inspector, _, state, opened, mend_by, corrected, recheck_by, due_on in rows:
        if state == "drawn":
            found.append(Due(f"examine:{key}", EXAMINE, inspector, school, due_on, key))
            continue
        if opened:
            found.append(Due(f"mend:{key}", MEND, school, school, mend_by, key, opened))
        if corrected:
            found.append(Due(f"recheck:{key}", RECHECK, inspector, school, recheck_by, key, corrected))
        if not opened and not corrected:
            found.append(Due(f"sign:{key}", SIGN, inspector, school, due_on, key))
    return found


def due_matters(day: date) -> list[Due]:
    """Everything with a day, of all schools in reach: what reminders look at."""
    book = parameters.rulebook(day)
    return [*own_checks_due(None, book, day), *(one for one in waiting(None) if one.sort in (MEND, RECHECK))]


def own_check_of(school: UUID, term: str) -> Inspection | None:
    """A school's own check of a term."""
    return Inspection.objects.filter(school=school, term=term, kind="own").first()
