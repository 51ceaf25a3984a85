"""控辍保学: the dropouts of a school year by school, against the roll-calls of its terms (clauses A4, D2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import Any
from uuid import UUID

from django.db import connection

from xueji.ground.parameters import selectors as parameters
from xueji.pure.kernel.environment import today
from xueji.registry.rollcall.listing import EXPECTED, NOW


@dataclass(frozen=True, slots=True)
class RetentionLine:
    """One school in a school year. ``dropped_out``: registered as dropouts in the year, ``back`` in class again;
    ``called`` of them absent in a roll-call of the year, ``untold``: the others. ``absent``: on a roll, never came,
    no reason; ``lodged`` of these with a dropout lodged, ``nowhere``: whose whereabouts nobody registered."""

    school: UUID
    dropped_out: int
    back: int
    called: int
    untold: int
    absent: int
    lodged: int
    nowhere: int
    rolls_open: int

    @property
    def differs(self) -> bool:
        """Whether register and roll-call disagree."""
        return bool(self.untold or self.nowhere)


_RETENTION = f"""
WITH dropped AS (
  SELECT DISTINCT s.school, s.student, s.ended_on FROM register_spell s
  JOIN register_registration r ON r.id = s.registration_id AND NOT r.voided
  WHERE s.school = ANY (%(schools)s) AND s.dimension = 'status' AND s.value = 'dropped_out'
    AND s.started_on BETWEEN %(first)s AND %(last)s
), rolled AS (
  SELECT l.school, l.student, bool_or(l.outcome <> '') AS settled,
    bool_or(l.application IS NOT NULL AND EXISTS (SELECT FROM applications_application a
      WHERE a.id = l.application AND a.kind = 'dropout')) AS lodged
  FROM {NOW} l JOIN rollcall_termregistration t ON t.id = l.roll_id
  WHERE l.school = ANY (%(schools)s) AND t.term = ANY (%(terms)s) AND l.standing IN {EXPECTED}
    AND l.presence = 'absent' AND l.came_on IS NULL
  GROUP BY 1, 2
)
SELECT o.id,
  (SELECT count(*) FROM dropped d WHERE d.school = o.id),
  (SELECT count(*) FROM dropped d WHERE d.school = o.id AND d.ended_on <= %(last)s),
  (SELECT count(*) FROM dropped d JOIN rolled r USING (school, student) WHERE d.school = o.id),
  (SELECT count(*) FROM dropped d LEFT JOIN rolled r USING (school, student)
   WHERE d.school = o.id AND r.student IS NULL),
  (SELECT count(*) FROM rolled r WHERE r.school = o.id),
  (SELECT count(*) FROM rolled r WHERE r.school = o.id AND r.lodged),
  (SELECT count(*) FROM rolled r WHERE r.school = o.id AND NOT r.settled),
  (SELECT count(*) FROM rollcall_termregistration t
   WHERE t.school = o.id AND t.term = ANY (%(terms)s) AND t.state <> 'closed')
FROM unnest(%(schools)s) WITH ORDINALITY AS o (id, place) ORDER BY o.place
"""


def retention_of(schools: Sequence[UUID], school_year: int) -> list[RetentionLine]:
    """A line for each school, in the order given; one statement."""
    book = parameters.rulebook(today())
    values: dict[str, Any] = {
        "schools": list(schools),
        "first": book.stages.start_of(school_year),
        "last": min(today(), _last_day(book.stages.start_of(school_year + 1))),
        "terms": [term.code for term in book.calendar.terms.of_year(school_year)],
    }
    if not schools:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_RETENTION, values)
        return [RetentionLine(*row) for row in cursor.fetchall()]


def _last_day(next_start: date) -> date:
    return date.fromordinal(next_start.toordinal() - 1)


def retention_sum(lines: Sequence[RetentionLine]) -> dict[str, int]:
    """The figures of these schools together, by name."""
    names = [one.name for one in fields(RetentionLine) if one.name != "school"]
    return {name: sum(getattr(line, name) for line in lines) for name in names}
