"""Who would move when schools are merged, split or closed: all that holds of a registration on a day, set-based."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db import connection


@dataclass(frozen=True, slots=True)
class HeldPupil:
    """A registration in force on a day. ``away_since``: since when the pupil is not simply in school; ``ends_on``: its
    end, where that is known already; ``last_change``: the day on which a spell began last, later ones included."""

    student: UUID
    registration: UUID
    school: UUID
    stage: str
    number: str
    scheme: str
    started_on: date
    ends_on: date | None
    class_group: UUID | None
    status: str
    arrival: str | None
    attends: UUID | None
    away_since: date | None
    last_change: date


_HOLDS = "s.started_on <= %(on)s AND (s.ended_on IS NULL OR s.ended_on > %(on)s)"
_HELD = f"""
SELECT r.student_id, r.id, r.school, r.stage, r.number, r.scheme, r.started_on, r.ended_on, p.class_group::uuid,
  coalesce(p.status, 'in_school'), p.arrival, p.attends::uuid, p.away_since, coalesce(p.last_change, r.started_on)
FROM register_registration r
CROSS JOIN LATERAL (
  SELECT max(s.value) FILTER (WHERE s.dimension = 'class_group' AND {_HOLDS}) AS class_group,
    max(s.value) FILTER (WHERE s.dimension = 'status' AND {_HOLDS}) AS status,
    max(s.value) FILTER (WHERE s.dimension = 'arrival' AND {_HOLDS}) AS arrival,
    max(s.value) FILTER (WHERE s.dimension = 'attends' AND {_HOLDS}) AS attends,
    max(s.started_on) FILTER (WHERE {_HOLDS} AND (s.dimension = 'attends' OR s.dimension = 'status'
      AND s.value <> 'in_school')) AS away_since,
    max(s.started_on) AS last_change
  FROM register_spell s WHERE s.student = r.student_id AND s.registration_id = r.id) p
WHERE r.school = ANY (%(schools)s::uuid[]) AND NOT r.voided
  AND r.started_on <= %(on)s AND (r.ended_on IS NULL OR r.ended_on > %(on)s)
ORDER BY r.school, r.number, r.student_id
"""
_GUESTS = f"""
SELECT s.student, s.registration_id, s.school, s.value::uuid
FROM register_spell s JOIN register_registration r ON r.id = s.registration_id AND NOT r.voided
WHERE s.dimension = 'attends' AND s.value = ANY (%(schools)s::text[]) AND {_HOLDS}
  AND (r.ended_on IS NULL OR r.ended_on > %(on)s)
ORDER BY s.student
"""


def held_pupils(schools: Sequence[UUID], on: date) -> list[HeldPupil]:
    """The pupils registered at these schools on a day, by school and number."""
    with connection.cursor() as cursor:
        cursor.execute(_HELD, {"schools": list(schools), "on": on})
        return [HeldPupil(*row) for row in cursor.fetchall()]


def guests_at(schools: Sequence[UUID], on: date) -> list[tuple[UUID, UUID, UUID, UUID]]:
    """Who studies at these schools as a guest on a day: (student, registration, school of it, school of the study)."""
    if not schools:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_GUESTS, {"schools": [str(one) for one in schools], "on": on})
        return list(cursor.fetchall())
