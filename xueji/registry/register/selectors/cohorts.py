"""Whole cohorts at once: how many, who is not simply in school, who ends a stage, who has no class yet.

Set-based over many schools: a bureau asks about a hundred thousand pupils in one statement. Every read
names its schools.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db import connection


@dataclass(frozen=True, slots=True)
class CohortCount:
    """Registered pupils of a school's cohort in one status on a day."""

    school: UUID
    stage: str
    intake_year: int
    status: str
    pupils: int


@dataclass(frozen=True, slots=True)
class CohortPupil:
    """A registered pupil with class group, cohort and standing on a day; nothing sensitive.

    ``last_change``: the day on which a spell of his last began or ended, later days included. ``class_since`` and
    ``status_since`` likewise. ``class_group``, ``intake_year`` … are None without a class.
    """

    student: UUID
    registration: UUID
    school: UUID
    stage: str
    number: str
    name: str
    name_pinyin: str
    gender: str
    established: bool
    started_on: date
    status: str
    status_since: date | None
    arrival: str | None
    class_group: UUID | None
    class_since: date | None
    intake_year: int | None
    class_no: int | None
    site: UUID | None
    last_change: date


_IN_FORCE = "NOT r.voided AND r.started_on <= %(on)s AND (r.ended_on IS NULL OR r.ended_on > %(on)s)"
_HOLDS = "{s}.started_on <= %(on)s AND ({s}.ended_on IS NULL OR {s}.ended_on > %(on)s)"

# One pass over the spells: class and status of a registration stand side by side.
_COUNTS = f"""
SELECT p.school, g.stage, g.intake_year, p.status, count(*) FROM (
  SELECT s.registration_id, s.school,
    max(s.value) FILTER (WHERE s.dimension = 'class_group') AS class_group,
    max(s.value) FILTER (WHERE s.dimension = 'status') AS status
  FROM register_registration r JOIN register_spell s ON s.registration_id = r.id
  WHERE r.school = ANY (%(schools)s::uuid[]) AND {_IN_FORCE}
    AND s.dimension IN ('class_group', 'status') AND {_HOLDS.format(s="s")}
  GROUP BY s.registration_id, s.school) p
JOIN organisations_classgroup g ON g.id = p.class_group::uuid
GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
"""

_PUPIL = f"""
SELECT r.student_id, r.id, r.school, r.stage, r.number, n.name, n.name_pinyin, n.gender, n.established, r.started_on,
  coalesce(p.status, ''), p.status_since, p.arrival, g.id, p.class_since, g.intake_year, g.class_no, g.site_id,
  coalesce(p.last_change, r.started_on)
FROM register_registration r
JOIN register_student n ON n.id = r.student_id
CROSS JOIN LATERAL (
  SELECT max(s.value) FILTER (WHERE s.dimension = 'status' AND {_HOLDS.format(s="s")}) AS status,
    max(s.started_on) FILTER (WHERE s.dimension = 'status') AS status_since,
    max(s.value) FILTER (WHERE s.dimension = 'arrival' AND {_HOLDS.format(s="s")}) AS arrival,
    max(s.value) FILTER (WHERE s.dimension = 'class_group' AND {_HOLDS.format(s="s")}) AS class_group,
    max(s.started_on) FILTER (WHERE s.dimension = 'class_group') AS class_since,
    max(coalesce(s.ended_on, s.started_on)) AS last_change
  FROM register_spell s WHERE s.student = r.student_id AND s.registration_id = r.id) p
LEFT JOIN organisations_classgroup g ON g.id = p.class_group::uuid
WHERE r.school = ANY (%(schools)s::uuid[]) AND {_IN_FORCE}
"""
_BY_SPELL = f"""AND r.id IN (
  SELECT v.registration_id FROM register_spell v
  WHERE v.dimension = %(dimension)s AND v.value = ANY (%(values)s::text[])
    AND v.school = ANY (%(schools)s::uuid[]) AND {_HOLDS.format(s="v")})"""
_ORDER = "ORDER BY r.school, g.stage, g.intake_year, g.class_no, r.number, n.name_pinyin, r.student_id"


def cohort_counts(schools: Sequence[UUID], on: date) -> list[CohortCount]:
    """How many pupils of each cohort and status the schools have on a day."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNTS, {"schools": list(schools), "on": on})
        return [CohortCount(*row) for row in cursor.fetchall()]


def pupils_of_status(schools: Sequence[UUID], statuses: Sequence[str], on: date) -> list[CohortPupil]:
    """The pupils who are in one of these statuses on a day, by school, cohort and class."""
    return _pupils(f"{_PUPIL}{_BY_SPELL}{_ORDER}", schools, on, dimension="status", values=list(statuses))


def pupils_of_classes(schools: Sequence[UUID], class_groups: Sequence[UUID], on: date) -> list[CohortPupil]:
    """The pupils of these class groups on a day, by school, class and number."""
    if not class_groups:
        return []
    groups = [str(one) for one in class_groups]
    return _pupils(f"{_PUPIL}{_BY_SPELL}{_ORDER}", schools, on, dimension="class_group", values=groups)


def unclassed_pupils(school: UUID, on: date) -> list[CohortPupil]:
    """The pupils of a school who have no class yet, in the order of pinyin."""
    sql = f"{_PUPIL}AND g.id IS NULL ORDER BY n.name_pinyin, r.student_id"
    return _pupils(sql, [school], on)


def _pupils(sql: str, schools: Sequence[UUID], on: date, **params: Any) -> list[CohortPupil]:
    with connection.cursor() as cursor:
        cursor.execute(sql, {"schools": list(schools), "on": on, **params})
        return [CohortPupil(*row) for row in cursor.fetchall()]


@dataclass(frozen=True, slots=True)
class Left:
    """A leaver whose school still holds him: 已毕业待升学. ``how`` graduation or completion."""

    student: UUID
    registration: UUID
    school: UUID
    stage: str
    number: str
    name: str
    gender: str
    how: str
    ended_on: date
    destination: str
    entry: UUID


_LEFT = """
SELECT r.student_id, r.id, r.school, r.stage, r.number, n.name, n.gender, r.how_ended, r.ended_on,
  coalesce(n.fields ->> 'leaver_destination', ''), r.closed_by_entry
FROM register_registration r JOIN register_student n ON n.id = r.student_id
WHERE n.holder = ANY (%(schools)s::uuid[]) AND r.school = n.holder AND NOT r.voided
  AND r.ended_on > %(after)s AND r.ended_on <= %(until)s AND r.how_ended = ANY (%(how)s::text[])
  AND NOT EXISTS (SELECT FROM register_registration o WHERE o.student_id = r.student_id AND NOT o.voided
                  AND o.started_on >= r.ended_on)
ORDER BY r.school, r.stage, r.number, n.name_pinyin
"""
_ENDINGS = ["graduation", "completion", "leaving"]


def leavers(schools: Sequence[UUID], *, after: date, until: date) -> list[Left]:
    """Who ended a stage at these schools after one day and up to another, and has no registration since."""
    with connection.cursor() as cursor:
        cursor.execute(_LEFT, {"schools": list(schools), "after": after, "until": until, "how": _ENDINGS})
        return [Left(*row) for row in cursor.fetchall()]


@dataclass(frozen=True, slots=True)
class Brief:
    """Who a pupil is, for a list: name, the number and class of the latest registration."""

    name: str
    gender: str
    number: str
    class_group: UUID | None


_BRIEF = """
SELECT n.id, n.name, n.gender, r.number, (
  SELECT s.value::uuid FROM register_spell s
  WHERE s.student = n.id AND s.registration_id = r.id AND s.dimension = 'class_group'
  ORDER BY s.started_on DESC LIMIT 1)
FROM register_student n
CROSS JOIN LATERAL (
  SELECT g.id, g.number FROM register_registration g WHERE g.student_id = n.id AND NOT g.voided
  ORDER BY g.started_on DESC LIMIT 1) r
WHERE n.id = ANY (%s::uuid[])
"""


def briefs(students: Sequence[UUID]) -> dict[UUID, Brief]:
    """The pupils of a list, by id; those out of sight are missing."""
    with connection.cursor() as cursor:
        cursor.execute(_BRIEF, [list(students)])
        return {row[0]: Brief(*row[1:]) for row in cursor.fetchall()}
