"""The yearly summary: what was checked, found and mended in a school year, by school; which lines fail most often."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from uuid import UUID

from django.db import connection

from xueji.pure.kernel.environment import today


@dataclass(frozen=True, slots=True)
class SummaryLine:
    """One school's (or bureau's) year: checks begun and signed off, what was drawn, findings and what became of them.

    ``in_time``: corrected by their day; ``late``: open or corrected after it."""

    of: UUID
    own: int = 0
    own_signed: int = 0
    bureau: int = 0
    bureau_signed: int = 0
    records: int = 0
    procedures: int = 0
    findings: int = 0
    errors: int = 0
    in_time: int = 0
    late: int = 0
    open: int = 0
    corrected: int = 0
    closed: int = 0


_SUMMARY = """
WITH checks AS (
  SELECT i.id, i.school, i.kind, i.state FROM inspections_inspection i
  WHERE i.school = ANY (%(schools)s) AND i.school_year = %(year)s
), drawn AS (
  SELECT c.school, count(*) FILTER (WHERE l.what = 'record') AS records,
    count(*) FILTER (WHERE l.what = 'procedure') AS procedures
  FROM checks c JOIN inspections_sampleline l ON l.inspection_id = c.id GROUP BY 1
), found AS (
  SELECT f.school, count(*) AS findings, count(*) FILTER (WHERE f.severity = 'error') AS errors,
    count(*) FILTER (WHERE f.state <> 'open'
      AND (f.corrected_at AT TIME ZONE 'Asia/Shanghai')::date <= f.due_on) AS in_time,
    count(*) FILTER (WHERE CASE WHEN f.state = 'open' THEN f.due_on < %(day)s
      ELSE (f.corrected_at AT TIME ZONE 'Asia/Shanghai')::date > f.due_on END) AS late,
    count(*) FILTER (WHERE f.state = 'open') AS open, count(*) FILTER (WHERE f.state = 'corrected') AS corrected,
    count(*) FILTER (WHERE f.state = 'closed') AS closed
  FROM checks c JOIN inspections_inspectionfinding f ON f.inspection_id = c.id GROUP BY 1
), done AS (
  SELECT c.school, count(*) FILTER (WHERE kind = 'own') AS own,
    count(*) FILTER (WHERE kind = 'own' AND state = 'signed_off') AS own_signed,
    count(*) FILTER (WHERE kind = 'bureau') AS bureau,
    count(*) FILTER (WHERE kind = 'bureau' AND state = 'signed_off') AS bureau_signed
  FROM checks c GROUP BY 1
)
SELECT o.id, d.own, d.own_signed, d.bureau, d.bureau_signed, w.records, w.procedures, f.findings, f.errors,
  f.in_time, f.late, f.open, f.corrected, f.closed
FROM unnest(%(schools)s) WITH ORDINALITY AS o (id, place)
LEFT JOIN done d ON d.school = o.id LEFT JOIN drawn w ON w.school = o.id LEFT JOIN found f ON f.school = o.id
ORDER BY o.place
"""
_ITEMS = """
SELECT f.checklist, f.item, count(*), count(DISTINCT f.school) FROM inspections_inspectionfinding f
JOIN inspections_inspection i ON i.id = f.inspection_id
WHERE f.school = ANY (%(schools)s) AND i.school_year = %(year)s GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2
"""


def summary_of(schools: Sequence[UUID], school_year: int) -> list[SummaryLine]:
    """A line for each school, in the order given; one statement."""
    if not schools:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_SUMMARY, {"schools": list(schools), "year": school_year, "day": today()})
        return [SummaryLine(row[0], *(value or 0 for value in row[1:])) for row in cursor.fetchall()]


def frequent_items(schools: Sequence[UUID], school_year: int) -> list[tuple[str, str, int, int]]:
    """(checklist, item, findings, schools), the most frequent first."""
    with connection.cursor() as cursor:
        cursor.execute(_ITEMS, {"schools": list(schools), "year": school_year})
        return list(cursor.fetchall())


def added_up(of: UUID, lines: Sequence[SummaryLine]) -> SummaryLine:
    """Several schools as one line."""
    names = [one.name for one in fields(SummaryLine) if one.name != "of"]
    return SummaryLine(of, *(sum(getattr(line, name) for line in lines) for name in names))
