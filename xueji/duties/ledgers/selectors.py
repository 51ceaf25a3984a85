"""Reads of the ledgers: the lines of one, and how many there are by month and by school. Set-based SQL.

A line is an entry of one of the ledger's kinds in a school's journal; an entry whose place a correction took is
left out. The ledger of corrections lists an entry in the year in which it was written: a number that
was wrong from the beginning is put right from the beginning, and stands among the corrections of the year it was
corrected in. Row-level security of the caller applies: a former school sees its own entries for ever.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db import connection

from xueji.duties.ledgers.cells import RENUMBERING, LedgerLine, lines_of
from xueji.duties.ledgers.scope import Scope
from xueji.pure.kernel.environment import LOCAL_ZONE
from xueji.pure.kernel.ledgers import LedgerKind
from xueji.pure.kernel.outside import OUTSIDE_KINDS

_DAY = {"effective": "e.effective_on", "decided": f"(e.recorded_at AT TIME ZONE '{LOCAL_ZONE.key}')::date"}
# What a merging carries over from the other record's earlier time is no line of its own.
_MINE = """
e.organisation = ANY (%(schools)s::uuid[]) AND e.kind = ANY (%(kinds)s)
AND (e.student IS NOT NULL OR e.kind = ANY (%(outside)s)) AND {day} BETWEEN %(first)s AND %(last)s
AND (e.basis->>'carried') IS NULL
AND NOT EXISTS (SELECT FROM journals_entry x WHERE x.corrects = e.entry_id)
"""
# The registration that the school's entry is about: the one begun last by that day; its class of that day.
_LINES = """
WITH listed AS MATERIALIZED (
  SELECT e.entry_id, e.organisation, coalesce(e.student, (e.operations::jsonb->0->>'child')::uuid) AS student,
         e.kind, {day} AS effective_on, e.sequence, e.operations::text AS operations,
         (e.basis->>'application')::uuid AS application, e.corrects IS NOT NULL AS correcting,
         e.basis->>'old_number' AS old_number
  FROM journals_entry e WHERE {mine}
  ORDER BY {day}, e.recorded_at, e.organisation, e.sequence LIMIT %(limit)s OFFSET %(offset)s
)
SELECT e.entry_id, e.organisation, e.student, e.kind, e.effective_on, e.operations, e.correcting,
       a.id, a.kind, a.school, a.other_school, a.until, a.lodged_on, a.paper_date, a.claim, c.file_number, c.closed_on,
       n.name, n.gender, r.number, g.value::uuid, e.old_number
FROM listed e
LEFT JOIN applications_application a ON a.id = e.application
LEFT JOIN cases_case c ON c.subject = a.id
LEFT JOIN register_student n ON n.id = e.student
LEFT JOIN LATERAL (
  SELECT r.id, r.number FROM register_registration r
  WHERE r.student_id = e.student AND r.school = e.organisation AND r.started_on <= e.effective_on
  ORDER BY r.voided, r.started_on DESC LIMIT 1) r ON true
LEFT JOIN LATERAL (
  SELECT s.value FROM register_spell s
  WHERE s.student = e.student AND s.registration_id = r.id AND s.dimension = 'class_group'
    AND s.started_on <= e.effective_on
  ORDER BY s.started_on DESC LIMIT 1) g ON true
ORDER BY e.effective_on, e.organisation, e.sequence
"""


def dated_by(ledger: LedgerKind) -> str:
    """Whether its lines stand under the day they hold from (``effective``) or were ``decided``: one of a ledger that
    lists corrections of numbers is about the past."""
    return "decided" if set(ledger.kinds) & RENUMBERING else "effective"


@dataclass(frozen=True, slots=True)
class Sheet:
    """The lines of a ledger that were asked for, and how many it has in all."""

    ledger: LedgerKind
    lines: tuple[LedgerLine, ...]
    total: int


def _values(scope: Scope, kinds: Iterable[str]) -> dict[str, Any]:
    # A child without a registration here has no entries of his own: they are the school's, and name him.
    values = {"schools": list(scope.schools), "kinds": list(kinds), "first": scope.first, "last": scope.last}
    return {**values, "outside": list(OUTSIDE_KINDS)}


def sheet_of(ledger: LedgerKind, scope: Scope, *, limit: int = 50, offset: int = 0) -> Sheet:
    """The lines of a ledger by date, ``limit`` of them from ``offset`` on."""
    values = _values(scope, ledger.kinds)
    day = _DAY[dated_by(ledger)]
    mine = _MINE.format(day=day)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM journals_entry e WHERE {mine}", values)
        total = int(cursor.fetchone()[0])
        cursor.execute(_LINES.format(day=day, mine=mine), {**values, "limit": limit, "offset": offset})
        rows = cursor.fetchall()
    return Sheet(ledger, lines_of(ledger, rows, scope, first_serial=offset + 1), total)


@dataclass(frozen=True, slots=True)
class Count:
    """How many lines: of a ledger, in a month (its first day), at a school."""

    ledger: str
    month: date
    school: UUID
    count: int


def counts_of(ledgers: Sequence[LedgerKind], scope: Scope) -> list[Count]:
    """The lines of all these ledgers counted by month and school, one statement for each way of dating; nought is
    left out."""
    found: dict[tuple[str, date, UUID], int] = {}
    for dated, day in _DAY.items():
        by_kind: dict[str, list[str]] = {}
        for ledger in ledgers:
            for kind in ledger.kinds if dated_by(ledger) == dated else ():
                by_kind.setdefault(kind, []).append(ledger.ledger)
        sql = (
            f"SELECT e.kind, date_trunc('month', {day})::date, e.organisation, count(*)"
            f" FROM journals_entry e WHERE {_MINE.format(day=day)} GROUP BY 1, 2, 3"
        )
        with connection.cursor() as cursor:
            cursor.execute(sql, _values(scope, by_kind))
            for kind, month, school, count in cursor.fetchall():
                for ledger_key in by_kind[kind]:
                    key = (ledger_key, month, school)
                    found[key] = found.get(key, 0) + count
    return [Count(*key, count) for key, count in found.items()]
