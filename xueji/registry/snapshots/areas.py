"""From where each pupil's hukou is, by county: a coarse clear value beside the state, for counting by area.

It is no column of a snapshot: the sealed place is, by its digest, and the digest of a snapshot made before this was
counted must stay what it was.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

import polars as pl
from django.db import connection

from xueji.ground.accounts.context import counting
from xueji.registry.snapshots.state import own_schools

_AREAS = """
SELECT r.student_id::text, nullif(coalesce(e.hukou_area, n.hukou_area), '')
FROM register_registration r JOIN register_student n ON n.id = r.student_id
LEFT JOIN register_earlier_fields e
  ON e.student_id = r.student_id AND e.started_on <= %(on)s AND e.ended_on > %(on)s
WHERE NOT r.voided AND r.started_on <= %(on)s AND (r.ended_on IS NULL OR r.ended_on > %(on)s) {own}
"""


def hukou_areas(on: date, schools: Sequence[UUID] | None = None) -> pl.DataFrame:
    """``student`` and ``hukou_area`` (6 digits, null where not known) of who is registered on a day, as known now.

    ``schools`` None: all of the actor's jurisdiction; others raise ``Refused``.
    """
    chosen = own_schools(schools)
    own = "" if chosen is None else "AND r.school = ANY (%(schools)s::uuid[])"
    with counting(), connection.cursor() as cursor:
        cursor.execute(_AREAS.format(own=own), {"on": on, "schools": None if chosen is None else list(chosen)})
        return pl.DataFrame(cursor.fetchall(), schema={"student": pl.String, "hukou_area": pl.String}, orient="row")


_AREAS_OF = """
SELECT r.id::text, nullif(n.hukou_area, '') FROM register_registration r JOIN register_student n ON n.id = r.student_id
WHERE r.id = ANY (%s::uuid[])
"""


def hukou_areas_of(registrations: pl.Series) -> pl.DataFrame:
    """``registration`` and ``hukou_area`` of whoever these are, left or not, as known now. For counting: whose they are
    was asked when they were counted."""
    wanted = registrations.drop_nulls().unique().to_list()
    with counting(), connection.cursor() as cursor:
        cursor.execute(_AREAS_OF, [wanted])
        schema = {"registration": pl.String, "hukou_area": pl.String}
        return pl.DataFrame(cursor.fetchall(), schema=schema, orient="row")
