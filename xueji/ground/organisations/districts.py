"""Whose rulebook holds for a school: asked several times in a decision, read once a transaction.

A transaction works under one answer from its first question to its end, as it does under one version of the
rulebook; one that changes organisations itself asks each time from then on.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from uuid import UUID

from django.db import connection

from xueji.ground.journals.prepared import run_prepared

_KNOWN = "xueji_competent_districts"
_DISTRICT = """
SELECT o.code FROM organisations_relation r JOIN organisations_organisation o ON o.id = r.other_id
WHERE r.organisation_id = %(school)s AND r.relation = 'competent_bureau' AND o.level = 'district'
  AND r.started_on <= %(on)s AND (r.ended_on IS NULL OR r.ended_on > %(on)s)
"""

_DISTRICTS = """
SELECT r.organisation_id, o.code FROM organisations_relation r JOIN organisations_organisation o ON o.id = r.other_id
WHERE r.organisation_id = ANY (%(organisations)s::uuid[]) AND r.relation = 'competent_bureau' AND o.level = 'district'
  AND r.started_on <= %(on)s AND (r.ended_on IS NULL OR r.ended_on > %(on)s)
UNION ALL
SELECT o.id, o.code FROM organisations_organisation o
WHERE o.id = ANY (%(organisations)s::uuid[]) AND o.level = 'district'
"""


def competent_district(school: UUID, on: date) -> str | None:
    """The division code of the district whose bureau is a school's competent one on a day.

    None for a school directly under the city, and for one without a bureau.
    """
    blocks = connection.atomic_blocks
    # Lives as long as the transaction; None once the transaction has changed organisations.
    known = blocks[0].__dict__.setdefault(_KNOWN, {}) if blocks else None
    if known is None:
        return _ask(school, on)
    if (school, on) not in known:
        known[school, on] = _ask(school, on)
    return known[school, on]  # type: ignore[no-any-return]


def districts_of(organisations: Iterable[UUID], on: date) -> dict[UUID, str | None]:
    """The same of many organisations in one query; a district's bureau lies in its own district."""
    wanted = set(organisations)
    with connection.cursor() as cursor:
        cursor.execute(_DISTRICTS, {"organisations": list(wanted), "on": on})
        found = dict(cursor.fetchall())
    return {one: found.get(one) for one in wanted}


def forget_districts() -> None:
    """Called by what changes organisations."""
    for block in connection.atomic_blocks[:1]:
        block.__dict__[_KNOWN] = None


def _ask(school: UUID, on: date) -> str | None:
    rows = run_prepared(_DISTRICT, {"school": school, "on": on})
    return str(rows[0][0]) if rows else None
