"""How many were registered on a day, by school, without their rows: the stock that a year's balance begins with."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from django.db import connection

from xueji.ground.accounts.context import counting
from xueji.registry.snapshots.state import own_schools

_STOCK = """
SELECT r.school, count(*) FROM register_registration r
WHERE NOT r.voided AND r.started_on <= %(on)s AND (r.ended_on IS NULL OR r.ended_on > %(on)s) {own}
GROUP BY r.school
"""


def registered_by_school(on: date, schools: Sequence[UUID] | None = None) -> dict[UUID, int]:
    """在籍 of each school on a day as known now, moved pupils included; a school without pupils is missing.

    ``schools`` None: all of the actor's jurisdiction; others raise ``Refused``.
    """
    chosen = own_schools(schools)
    own = "" if chosen is None else "AND r.school = ANY (%(schools)s::uuid[])"
    with counting(), connection.cursor() as cursor:
        cursor.execute(_STOCK.format(own=own), {"on": on, "schools": None if chosen is None else list(chosen)})
        return dict(cursor.fetchall())
