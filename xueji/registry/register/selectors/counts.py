"""How many: the figures above a list, without canonical rows or a digest (``as_of`` has these)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db import connection

from xueji.pure.kernel.environment import today
from xueji.registry.register.selectors.outside import outside_guests


@dataclass(frozen=True, slots=True)
class Counts:
    """Pupils registered 在籍 and attending 在校, and those whose arrival is awaited."""

    registered: int
    attending: int
    awaited: int


# Exceptions are rare: they are found through the index of spells, not by looking through the pupils.
_COUNTS = """
WITH mine AS MATERIALIZED (
  SELECT r.id, r.school FROM register_registration r
  WHERE {own} NOT r.voided AND r.started_on <= %(on)s AND (r.ended_on IS NULL OR r.ended_on > %(on)s)
), away AS (
  SELECT s.registration_id, bool_or(s.dimension = 'arrival') AS awaited
  FROM register_spell s JOIN mine ON mine.id = s.registration_id
  WHERE s.started_on <= %(on)s AND (s.ended_on IS NULL OR s.ended_on > %(on)s)
    AND (s.dimension, s.value) IN (
      ('status', 'suspended'), ('status', 'dropped_out'), ('status', 'abroad'), ('arrival', 'awaited'))
  GROUP BY s.registration_id
), guests AS (
  SELECT s.registration_id, s.value, s.school FROM register_spell s
  WHERE s.dimension = 'attends' AND s.value IS NOT NULL AND s.value <> s.school::text
    AND s.started_on <= %(on)s AND (s.ended_on IS NULL OR s.ended_on > %(on)s) {guests}
)
SELECT (SELECT count(*) FROM mine),
  (SELECT count(*) FROM mine) - (SELECT count(*) FROM away)
    - (SELECT count(*) FROM guests g JOIN mine ON mine.id = g.registration_id
       WHERE NOT EXISTS (SELECT FROM away WHERE away.registration_id = g.registration_id))
    + (SELECT count(*) FROM guests g WHERE {here} NOT EXISTS (
       SELECT FROM register_spell x WHERE x.registration_id = g.registration_id
         AND x.started_on <= %(on)s AND (x.ended_on IS NULL OR x.ended_on > %(on)s)
         AND (x.dimension, x.value) IN (
           ('status', 'suspended'), ('status', 'dropped_out'), ('status', 'abroad'), ('arrival', 'awaited')))),
  (SELECT count(*) FROM away WHERE awaited)
"""


def counts(schools: Sequence[UUID] | None, on: date | None = None) -> Counts:
    """The figures of these schools together (None: of all that the viewer may see) on a day."""
    own = guests = here = ""
    if schools is not None:
        own = "r.school = ANY (%(schools)s::uuid[]) AND"
        guests = "AND (s.school = ANY (%(schools)s::uuid[]) OR s.value = ANY (%(schools)s::text[]))"
        here = "g.value = ANY (%(schools)s::text[]) AND"
    listed = None if schools is None else [str(one) for one in schools]
    with connection.cursor() as cursor:
        cursor.execute(_COUNTS.format(own=own, guests=guests, here=here), {"on": on or today(), "schools": listed})
        registered, attending, awaited = cursor.fetchone()
    return Counts(registered, attending + len(outside_guests(schools, on)), awaited)


def registered_by_school(schools: Sequence[UUID], on: date | None = None) -> dict[UUID, int]:
    """Registered pupils of each of these schools on a day; schools without any are left out."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT school, count(*) FROM register_registration WHERE school = ANY (%(schools)s::uuid[])"
            " AND NOT voided AND started_on <= %(on)s AND (ended_on IS NULL OR ended_on > %(on)s) GROUP BY 1",
            {"on": on or today(), "schools": list(schools)},
        )
        return dict(cursor.fetchall())


def class_counts(school: UUID, on: date | None = None) -> dict[UUID, int]:
    """Registered pupils of one school by class group on a day."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT s.value::uuid, count(*) FROM register_registration r"
            " JOIN register_spell s ON s.registration_id = r.id AND s.dimension = 'class_group'"
            " AND s.started_on <= %(on)s AND (s.ended_on IS NULL OR s.ended_on > %(on)s)"
            " WHERE r.school = %(school)s AND NOT r.voided AND r.started_on <= %(on)s"
            " AND (r.ended_on IS NULL OR r.ended_on > %(on)s) GROUP BY 1",
            {"on": on or today(), "school": school},
        )
        return dict(cursor.fetchall())
