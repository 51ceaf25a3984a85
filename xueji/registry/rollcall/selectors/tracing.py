"""Where the missing are looked for: contact attempts, and 空挂 (on the roll, not in class, whereabouts unknown)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from uuid import UUID

from django.db import connection

from xueji.ground.parameters import selectors as parameters
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.terms import TermDates
from xueji.registry.rollcall.listing import AGREED, EXPECTED, NOW
from xueji.registry.rollcall.models import ContactAttempt
from xueji.registry.rollcall.sealed import attempt_place, open_all
from xueji.registry.rollcall.types import Attempt, ContactRecord, Ghost

_STANDS = f"""
SELECT l.id, l.presence, l.came_on FROM {NOW} l JOIN rollcall_termregistration t ON t.id = l.roll_id
WHERE l.student = %s AND t.term = %s ORDER BY t.opened_at DESC LIMIT 1
"""


def contact_attempts(student: UUID, term: str | None = None) -> ContactRecord:
    """What a dropout is lodged with: since when a pupil has been away without a reason in a term, and what was tried.

    ``term``: code such as ``2008-autumn``; None: the one at hand. Whoever came, or has a reason, is not away
    (``absent_since`` None), the attempts are listed all the same.
    """
    rules = parameters.rulebook(today()).calendar.terms
    dates = rules.term(term) if term else rules.running(today())
    code = dates.code if dates else ""
    with connection.cursor() as cursor:
        cursor.execute(_STANDS, [student, code])
        row = cursor.fetchone()
    away = row is not None and row[1] == "absent" and row[2] is None
    since = dates.starts_on if dates is not None and away else None
    return ContactRecord(
        student=student,
        term=code,
        line=row[0] if row else None,
        absent_since=since,
        days_absent=(today() - since).days if since else 0,
        attempts=attempts_of(student, code),
    )


def attempts_of(student: UUID, term: str) -> tuple[Attempt, ...]:
    """The attempts of a term in the order of their days."""
    ways = parameters.rulebook(today()).calendar.terms.contact_ways
    rows = list(ContactAttempt.objects.filter(student=student, term=term).order_by("attempted_on", "entered_at"))
    told = open_all((row.student, row.told, attempt_place(row.id)) for row in rows)
    return tuple(
        Attempt(
            row.id, row.attempted_on, row.way, ways.get(row.way, row.way), row.reached, words["who"], words["result"]
        )
        for row, words in zip(rows, told, strict=True)
    )


def _term_of_round(round_code: str) -> TermDates | None:
    """The term in which a reporting round's reference date lies."""
    book = parameters.rulebook(today())
    return book.calendar.terms.running(book.round(round_code).reference_date)


# Those absent by the list (an index has them), as far as no supplement says otherwise, and those by a supplement.
_GHOSTS = f"""
WITH said AS ({AGREED}), away AS (
  SELECT l.id FROM rollcall_rollline l WHERE l.presence = 'absent' AND l.came_on IS NULL AND l.outcome = ''
    AND NOT EXISTS (SELECT FROM said s WHERE s.line_id = l.id)
  UNION ALL
  SELECT s.line_id FROM said s WHERE s.presence = 'absent' AND s.came_on IS NULL AND s.outcome = ''
)
SELECT l.student, l.registration, l.school, l.class_group, l.id,
  (SELECT count(*) FROM rollcall_contactattempt a WHERE a.line_id = l.id),
  (SELECT max(s.school::text)::uuid FROM rollcall_separatedattendance s
   JOIN rollcall_termregistration u ON u.id = s.roll_id
   WHERE s.student = l.student AND u.term = t.term AND s.outcome <> 'left')
FROM away JOIN rollcall_rollline l ON l.id = away.id JOIN rollcall_termregistration t ON t.id = l.roll_id
WHERE t.term = %(term)s AND (%(schools)s::uuid[] IS NULL OR t.school = ANY (%(schools)s::uuid[]))
  AND l.standing IN {EXPECTED}
ORDER BY l.school, l.id
"""


def ghosts(round_code: str, schools: Sequence[UUID] | None = None) -> list[Ghost]:
    """空挂 of the term in which the round's reference date lies: absent without a reason, not settled.

    ``round_code`` as in the returns (``2008``); ``schools`` None: all in reach. One statement; a pupil whom another
    school in reach found in its class bears that school. NotInRulebook for an unknown round.
    """
    term = _term_of_round(round_code)
    return [] if term is None else _ghosts_of(term, schools)


def ghosts_on(day: date, schools: Sequence[UUID] | None = None) -> list[Ghost]:
    """空挂 of the term that runs on a day; none between terms."""
    term = parameters.rulebook(day).calendar.terms.running(day)
    return [] if term is None else _ghosts_of(term, schools)


def _ghosts_of(term: TermDates, schools: Sequence[UUID] | None) -> list[Ghost]:
    with connection.cursor() as cursor:
        cursor.execute(_GHOSTS, {"term": term.code, "schools": None if schools is None else list(schools)})
        return [Ghost(*row) for row in cursor.fetchall()]


def found_in_class(term: str, students: Iterable[UUID]) -> dict[UUID, UUID]:
    """Of these pupils those whom a school in reach found in its class in a term (人籍分离): the school by pupil."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT s.student, s.school FROM rollcall_separatedattendance s"
            " JOIN rollcall_termregistration t ON t.id = s.roll_id"
            " WHERE s.student = ANY (%s::uuid[]) AND t.term = %s AND s.outcome <> 'left' ORDER BY s.entered_at",
            [list(students), term],
        )
        return dict(cursor.fetchall())
