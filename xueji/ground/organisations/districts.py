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

_MANY = """
SELECT r.organisation_id, o.code FROM organisations_relation r JOIN organisations_organisation o ON o.id = r.other_id
WHERE r.organisation_id = ANY (%(organisations)s) AND r.relation = 'competent_bureau' AND o.level = 'district'
  AND r.started_on <= %(on)s AND (r.ended_on IS NULL OR r.ended_on > %(on)s)
UNION ALL
SELECT id, code FROM organisations_organisation WHERE id = ANY (%(organisations)s) AND level = 'district'
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


def divisions_of(organisations: Iterable[UUID], on: date) -> dict[UUID, str]:
    """Whose rulebook holds for each of many organisations on a day: a district bureau's own code, of a school its
    district's. The city, and who stands directly under it, is missing. One query."""
    wanted = list(set(organisations))
    rows = run_prepared(_MANY, {"organisations": wanted, "on": on})
    return {row[0]: str(row[1]) for row in rows}


def forget_districts() -> None:
    """Called by what changes organisations."""
    for block in connection.atomic_blocks[:1]:
        block.__dict__[_KNOWN] = None


def _ask(school: UUID, on: date) -> str | None:
    rows = run_prepared(_DISTRICT, {"school": school, "on": on})
    return str(rows[0][0]) if rows else None
