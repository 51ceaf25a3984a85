"""Parts of the rulebook that entries of another node's journal bring into force here (design §5: rulebook downward)."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.db import connections

from . import selectors

_STORE = """
INSERT INTO parameters_part (entry, organisation, layer, part, version, value, effective_on, rulebook_version)
SELECT e.entry_id, e.organisation, o->>'layer', o->>'part', o->>'version', (o->'value')::jsonb, e.effective_on,
  e.rulebook_version
FROM journals_entry AS e CROSS JOIN LATERAL json_array_elements(e.operations) AS o
WHERE e.entry_id = ANY (%s::uuid[]) AND o->>'op' = 'set_rulebook_value'
  AND NOT EXISTS (SELECT FROM parameters_part AS p WHERE p.entry = e.entry_id)
ORDER BY e.recorded_at, e.organisation, e.sequence
"""


def take_in(entries: Iterable[UUID], *, using: str = "default") -> int:
    """Bring the parts that these entries hold into force; how many. Joins the transaction around."""
    with connections[using].cursor() as cursor:
        cursor.execute(_STORE, [list(entries)])
        stored = int(cursor.rowcount)
    if stored:
        selectors.forget_version(using)
    return stored
