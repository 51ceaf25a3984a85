"""Who is on the way: 转出待回执 with its due day, and what was found out of those who have not arrived (clause D2)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db import connection

from xueji.pure.kernel.environment import today
from xueji.registry.applications.books import rulebooks_of
from xueji.registry.applications.claims import open_claims
from xueji.registry.register import selectors as register
from xueji.registry.register.selectors import Found
from xueji.registry.register.selectors.find import DEPARTING

LIMIT = 500


@dataclass(frozen=True, slots=True)
class Departing:
    """A pupil whose transfer out of the city is approved and whose acceptance letter has not come.

    ``region`` and ``to`` as the application says; ``due_on`` the last working day within the rulebook's term.
    """

    pupil: Found
    application: UUID | None
    since: date
    due_on: date | None
    region: str
    to: str

    @property
    def overdue(self) -> bool:
        """Whether the letter is late."""
        return self.due_on is not None and self.due_on < today()


@dataclass(frozen=True, slots=True)
class Traced:
    """Where a pupil who did not arrive was found to be: codes of the rulebook, and the change that is to follow."""

    on: date
    whereabouts: str
    follow_up: str


_SINCE = """
SELECT v.student, max(v.started_on), (
  SELECT a.id FROM applications_application a
  WHERE a.student = v.student AND a.kind = 'transfer_out_of_city' AND a.state = 'approved'
  ORDER BY a.lodged_at DESC LIMIT 1)
FROM register_spell v
WHERE v.student = ANY (%s::uuid[]) AND v.dimension = 'arrival' AND v.value = 'departing' AND v.ended_on IS NULL
GROUP BY v.student
"""
_CLAIMS = "SELECT id, claim FROM applications_application WHERE id = ANY (%s::uuid[]) AND claim IS NOT NULL"
_TRACED = """
SELECT DISTINCT ON (e.student) e.student, e.effective_on, e.basis ->> 'whereabouts', e.basis ->> 'follow_up'
FROM journals_entry e WHERE e.student = ANY (%s::uuid[]) AND e.kind = 'arrival_traced'
ORDER BY e.student, e.student_seq DESC
"""


def departing(schools: Sequence[UUID] | None, *, limit: int = LIMIT) -> tuple[Departing, ...]:
    """The pupils of these schools (None: of all in reach) whose letter is awaited, the longest waiting first."""
    pupils = register.find_students(schools=schools, status=DEPARTING, limit=limit).pupils
    if not pupils:
        return ()
    with connection.cursor() as cursor:
        cursor.execute(_SINCE, [[one.student for one in pupils]])
        since = {student: (day, application) for student, day, application in cursor.fetchall()}
        cursor.execute(_CLAIMS, [[application for _, application in since.values() if application]])
        claims = open_claims({key: bytes(blob) for key, blob in cursor.fetchall()})
    books = rulebooks_of((one.school for one in pupils), today())
    found = []
    for one in pupils:
        day, application = since.get(one.student, (one.started_on, None))
        claim = claims.get(application, {}) if application else {}
        book = books[one.school]
        days = book.change("transfer_out_of_city").arrival_days
        due_on = book.calendar.due(day, days).on if days is not None else None
        found.append(
            Departing(one, application, day, due_on, claim.get("region", ""), claim.get("other_school_name", ""))
        )
    return tuple(sorted(found, key=lambda one: (one.since, one.pupil.name)))


def traced(students: Iterable[UUID]) -> dict[UUID, Traced]:
    """What was last found out of each of these pupils, if anything; one query."""
    with connection.cursor() as cursor:
        cursor.execute(_TRACED, [list(students)])
        return {student: Traced(on, where, follows) for student, on, where, follows in cursor.fetchall()}
