"""The lines of rolls, supplements in: figures in one statement for any number of schools, lists a page at a time."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from django.db import connection

from xueji.registry.rollcall.listing import EXPECTED, NOW
from xueji.registry.rollcall.models import SeparatedAttendance
from xueji.registry.rollcall.sealed import line_place, open_all, separated_place
from xueji.registry.rollcall.types import Counts, LineView, Reading, SeparatedView

_CALLED_FOR = f"l.standing IN {EXPECTED}"
_OPEN = f"{_CALLED_FOR} AND l.came_on IS NULL AND l.outcome = ''"
_FIGURES = f"""
  count(*) FILTER (WHERE {_CALLED_FOR}),
  count(*) FILTER (WHERE {_CALLED_FOR} AND l.presence = ''),
  count(*) FILTER (WHERE {_CALLED_FOR} AND l.came_on IS NOT NULL),
  count(*) FILTER (WHERE {_OPEN} AND l.presence = 'excused'),
  count(*) FILTER (WHERE {_OPEN} AND l.presence = 'absent'),
  count(*) FILTER (WHERE {_CALLED_FOR} AND l.came_on IS NULL AND l.outcome <> ''),
  count(*) FILTER (WHERE NOT ({_CALLED_FOR}) AND l.standing <> 'gone'),
  count(*) FILTER (WHERE l.standing = 'gone')
"""

#: What a list may be narrowed to: key → condition over ``l``. ``absent_on`` takes a day.
ABSENT_ON = "absent_on"
SHOWN: dict[str, str] = {
    "all": "true",
    "open": f"{_OPEN} AND l.presence IN ('excused', 'absent')",
    "uncalled": f"{_CALLED_FOR} AND l.presence = ''",
    "absent": f"{_OPEN} AND l.presence = 'absent'",
    "excused": f"{_OPEN} AND l.presence = 'excused'",
    "settled": "l.presence IN ('excused', 'absent') AND (l.came_on IS NOT NULL OR l.outcome <> '')",
    "not_expected": f"NOT ({_CALLED_FOR})",
    ABSENT_ON: f"{_CALLED_FOR} AND (l.came_on IS NULL OR l.came_on > %(absent_on)s)",
}


def counts_of(rolls: Sequence[UUID]) -> dict[UUID, Counts]:
    """The figures of many rolls, two statements; a roll without lines is missing."""
    listed = list(rolls)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT l.roll_id, {_FIGURES} FROM {NOW} l WHERE l.roll_id = ANY (%s::uuid[]) GROUP BY 1",
            [listed],
        )
        found = {row[0]: row[1:] for row in cursor.fetchall()}
        cursor.execute(
            "SELECT s.roll_id, count(*), count(*) FILTER (WHERE s.outcome = '')"
            " FROM rollcall_separatedattendance s WHERE s.roll_id = ANY (%s::uuid[]) GROUP BY 1",
            [listed],
        )
        apart = {row[0]: row[1:] for row in cursor.fetchall()}
    return {
        one: Counts(*found.get(one, (0,) * 8), *apart.get(one, (0, 0)))
        for one in listed
        if one in found or one in apart
    }


def class_counts(roll: UUID) -> dict[UUID | None, Counts]:
    """The figures of one roll by class group (None: in no class, guests from other schools)."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT l.class_group, {_FIGURES} FROM {NOW} l WHERE l.roll_id = %s GROUP BY 1", [roll])
        return {row[0]: Counts(*row[1:]) for row in cursor.fetchall()}


# The rows of the page first, then names and attempts for these alone.
_LINES = f"""
SELECT l.id, l.roll_id, l.school, t.term, l.student, l.registration, coalesce(s.name, ''), coalesce(s.gender, ''),
  coalesce(r.student_number, ''), l.class_group, l.standing, l.closed_presence, l.closed_came_on, l.closed_outcome,
  l.closed_outcome_on, l.closed_application, c.attempts, c.failed,
  l.supplement, l.presence, l.came_on, l.outcome, l.outcome_on, l.application, l.reason
FROM {NOW} l
JOIN rollcall_termregistration t ON t.id = l.roll_id
LEFT JOIN register_student s ON s.id = l.student
LEFT JOIN register_registration r ON r.student_id = l.student AND r.id = l.registration
CROSS JOIN LATERAL (
  SELECT count(*) AS attempts, count(*) FILTER (WHERE NOT a.reached) AS failed
  FROM rollcall_contactattempt a WHERE a.line_id = l.id) c
WHERE {{where}}
ORDER BY {{order}} LIMIT %(limit)s OFFSET %(offset)s
"""
_BY_NAME = "s.name_pinyin NULLS LAST, l.id"
_BY_SCHOOL = "l.school, l.class_group NULLS LAST, s.name_pinyin NULLS LAST, l.id"


def _where(
    rolls: Sequence[UUID], show: str, on: date | None, class_group: UUID | None, in_class: bool
) -> tuple[str, dict[str, Any]]:
    params: dict[str, Any] = {"rolls": list(rolls), ABSENT_ON: on, "group": class_group}
    conditions = ["l.roll_id = ANY (%(rolls)s::uuid[])", SHOWN[show]]
    if in_class:
        conditions.append("l.class_group IS NOT DISTINCT FROM %(group)s")
    return " AND ".join(f"({one})" for one in conditions), params


def lines(
    rolls: Sequence[UUID],
    *,
    show: str = "all",
    on: date | None = None,
    class_group: UUID | None = None,
    in_class: bool = False,
    with_reasons: bool = False,
    offset: int = 0,
    limit: int = 5000,
) -> list[LineView]:
    """Lines of these rolls in the order of pinyin (of several rolls: by school and class), narrowed to ``show``.

    What is narrowed to is how a line reads now; the line itself is as the closed list has it, a supplement beside it.
    ``on``: for ``absent_on``, who was not there by the end of that day. ``in_class``: of one class group, None of it
    being those in no class. ``with_reasons`` opens the sealed reasons.
    """
    where, params = _where(rolls, show, on, class_group, in_class)
    order = _BY_NAME if in_class else _BY_SCHOOL
    return _read(_LINES.format(where=where, order=order), params | {"offset": offset, "limit": limit}, with_reasons)


def lines_count(rolls: Sequence[UUID], *, show: str = "all", on: date | None = None) -> int:
    """How many lines ``lines`` would give without a limit."""
    where, params = _where(rolls, show, on, None, False)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {NOW} l WHERE {where}", params)
        row = cursor.fetchone()
    return int(row[0]) if row else 0


def lines_of(identities: Collection[int]) -> list[LineView]:
    """These lines, without their reasons; whoever is out of reach is missing."""
    params = {"lines": list(identities), "limit": len(identities), "offset": 0}
    return _read(_LINES.format(where="l.id = ANY (%(lines)s)", order=_BY_NAME), params, False) if identities else []


def line(identity: int) -> LineView | None:
    """One line with its reason, None where there is none in reach."""
    params = {"line": identity, "limit": 1, "offset": 0}
    found = _read(_LINES.format(where="l.id = %(line)s", order=_BY_NAME), params, True)
    return found[0] if found else None


def _read(sql: str, params: dict[str, Any], with_reasons: bool) -> list[LineView]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        rows = cursor.fetchall()
    reasons: Sequence[Any] = ("",) * len(rows)
    if with_reasons:
        reasons = open_all((row[4], row[24], line_place(row[1], row[4])) for row in rows)
    return [
        LineView(*[*row[:18], Reading(*row[18:24]) if row[18] else None, reason or ""])
        for row, reason in zip(rows, reasons, strict=True)
    ]


def separated(rolls: Sequence[UUID], *, open_only: bool = False) -> list[SeparatedView]:
    """Pupils in class without a record here (人籍分离), those not settled first."""
    found = SeparatedAttendance.objects.filter(roll__in=list(rolls)).order_by("outcome", "entered_at", "id")
    rows = list(found.filter(outcome="") if open_only else found)
    told = open_all((row.id, row.told, separated_place(row.id)) for row in rows)
    return [
        SeparatedView(
            row.id, row.roll_id, row.school, row.class_group, row.student, row.found_school, words["name"],
            words["note"], row.entered_at, row.outcome, row.outcome_on, row.application,
        )
        for row, words in zip(rows, told, strict=True)
    ]  # fmt: skip
