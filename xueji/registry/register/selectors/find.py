"""Finding pupils: lists and search, a page of 50 at a time.

Under row-level security an index serves only conditions that are leakproof (=, ranges, ^@; not LIKE), and never
an OR of policies: therefore every read names its schools, and "contains" is a prefix of the name, of the name from its
second character on, or (rare long names, single characters) a look through the schools' names.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db import connection

from xueji.ground.accounts.context import current_settings
from xueji.ground.accounts.policies import VIEWER
from xueji.ground.parameters import selectors as parameters
from xueji.pure.kernel.environment import today
from xueji.registry.register.identity import id_index

PAGE = 50
#: Statuses by which a list can be narrowed, beside the values of the dimension ``status``.
LEFT, AWAITED, DEPARTING, GUEST_ELSEWHERE, GUEST_HERE = "left", "awaited", "departing", "guest_elsewhere", "guest_here"


@dataclass(frozen=True, slots=True)
class Found:
    """A pupil in a list: the student and the latest registration (``ended_on``: None while in force).

    ``class_group`` and ``attends`` are UUIDs; nothing sensitive is here.
    """

    student: UUID
    name: str
    gender: str
    birth_date: date | None
    established: bool
    holder: UUID
    registration: UUID
    school: UUID
    stage: str
    number: str
    student_number: str
    started_on: date
    ended_on: date | None
    class_group: UUID | None
    status: str | None
    arrival: str | None
    attends: UUID | None


@dataclass(frozen=True, slots=True)
class Page:
    """Pupils in the order of pinyin; ``after`` is the token of the next page, None at the end."""

    pupils: tuple[Found, ...]
    after: UUID | None


_SHOWN = "s.id, s.name, s.gender, s.birth_date, s.established, s.holder, s.name_pinyin"
_SELECT = """
SELECT s.id, s.name, s.gender, s.birth_date, s.established, s.holder,
  r.id, r.school, r.stage, r.number, r.student_number, r.started_on, r.ended_on,
  p.class_group::uuid, p.status, p.arrival, p.attends::uuid
"""
_IN_ORDER = "(SELECT * FROM found ORDER BY name_pinyin, id OFFSET 0)"
_LATEST = """
CROSS JOIN LATERAL (
  SELECT * FROM register_registration g WHERE g.student_id = s.id AND NOT g.voided
  ORDER BY g.started_on DESC LIMIT 1) r
"""
# A registration that has ended shows the values of its last day.
_SPELLS = """
CROSS JOIN LATERAL (
  SELECT max(q.value) FILTER (WHERE q.dimension = 'class_group') AS class_group,
    max(q.value) FILTER (WHERE q.dimension = 'status') AS status,
    max(q.value) FILTER (WHERE q.dimension = 'arrival') AS arrival,
    max(q.value) FILTER (WHERE q.dimension = 'attends') AS attends
  FROM register_spell q
  WHERE q.student = s.id AND q.registration_id = r.id
    AND q.started_on <= least(%(on)s, coalesce(r.ended_on - 1, %(on)s))
    AND (q.ended_on IS NULL OR q.ended_on > least(%(on)s, coalesce(r.ended_on - 1, %(on)s)))) p
"""


def find_students(
    *,
    schools: Sequence[UUID] | None,
    query: str = "",
    grade: int | None = None,
    class_group: UUID | None = None,
    status: str | None = None,
    after: UUID | None = None,
    limit: int = PAGE,
    on: date | None = None,
) -> Page:
    """A page of the pupils of ``schools`` (None: of all that the viewer may see), in the order of pinyin.

    ``query``: part of a name, pinyin or its initials, 8 or 19 digits, or an ID number (by its blind index).
    ``status``: a value of the status table, or left, awaited, departing, guest_elsewhere, guest_here; without it
    pupils whose registration is in force on ``on`` (today). ``after`` is the token of the page before.
    """
    on = on or today()
    if schools is None and current_settings().role != "system":
        schools = _visible()
    asked = _query(query.strip())
    narrowed = [asked.pop("condition"), *_through_spells(schools, grade, class_group, status, asked, on)]
    students = [_place(schools, status, asked), *narrowed]
    if after is not None:
        students.append(
            "(s.name_pinyin, s.id) > (SELECT l.name_pinyin, l.id FROM register_student l WHERE l.id = %(after)s)"
        )
    condition = " AND ".join(filter(None, students)) or "true"
    where = _RANGE[LEFT if status == LEFT else None]
    if status in (GUEST_ELSEWHERE, GUEST_HERE):
        where += " AND p.attends IS NOT NULL"
    if "groups" in asked:
        where += " AND p.class_group = ANY (%(groups)s::text[])"
    if any(narrowed):
        # Few are wanted: found first, then put in order. Left to itself the planner walks the whole register in order.
        head = f"WITH found AS MATERIALIZED (SELECT {_SHOWN} FROM register_student s WHERE {condition})"
        sql = f"{head}{_SELECT}FROM {_IN_ORDER} s{_LATEST}{_SPELLS} WHERE {where}"
    else:
        sql = f"{_SELECT}FROM register_student s{_LATEST}{_SPELLS} WHERE {condition} AND {where}"
    with connection.cursor() as cursor:
        cursor.execute(
            f"{sql} ORDER BY s.name_pinyin, s.id LIMIT %(limit)s",
            {**asked, "on": on, "limit": limit + 1, "after": after},
        )
        rows = cursor.fetchall()
    pupils = tuple(Found(*row) for row in rows[:limit])
    return Page(pupils, pupils[-1].student if len(rows) > limit else None)


_RANGE = {
    LEFT: "r.ended_on <= %(on)s",
    None: "r.started_on <= %(on)s AND (r.ended_on IS NULL OR r.ended_on > %(on)s)",
}


def _place(schools: Sequence[UUID] | None, status: str | None, params: dict[str, Any]) -> str:
    """The condition that names the schools; '' only for the system's own work."""
    column = "s.attends" if status == GUEST_HERE else "s.holder"
    if schools is not None and len(schools) == 1:
        params["school"] = schools[0]
        return f"{column} = %(school)s"  # equality: the index gives the order of the list
    if schools is None:
        return ""
    params["schools"] = list(schools)
    return f"{column} = ANY (%(schools)s)"


def _visible() -> list[UUID]:
    """The organisations whose pupils the viewer may see."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT a.organisation FROM accounts_access a WHERE a.viewer = {VIEWER}")
        return [row[0] for row in cursor.fetchall()]


_THROUGH = """s.id IN (SELECT v.student FROM register_spell v
  WHERE v.dimension = '{dimension}' AND v.value = ANY (%({name})s::text[])
    AND v.started_on <= %(on)s AND (%(left)s OR v.ended_on IS NULL OR v.ended_on > %(on)s))"""


def _through_spells(
    schools: Sequence[UUID] | None,
    grade: int | None,
    class_group: UUID | None,
    status: str | None,
    params: dict[str, Any],
    on: date,
) -> list[str]:
    """Conditions that the index of spells serves: class group, grade, status, arrival."""
    found = []
    params["left"] = status == LEFT  # their spells have ended
    if class_group is not None or grade is not None:
        params["groups"] = [str(class_group)] if class_group is not None else _groups_of_grade(schools, grade, on)
        found.append(_THROUGH.format(dimension="class_group", name="groups"))
    if status is not None and status not in (LEFT, GUEST_ELSEWHERE, GUEST_HERE):
        params["statuses"] = [status]
        found.append(
            _THROUGH.format(dimension="arrival" if status in (AWAITED, DEPARTING) else "status", name="statuses")
        )
    return found


def _query(query: str) -> dict[str, Any]:
    """The condition for what was typed, with its parameters."""
    if not query:
        return {"condition": ""}
    compact = re.sub(r"\s+", "", query)
    scheme = parameters.rulebook(today()).numbers["registration_number"]
    if compact.isascii() and compact.isdecimal() and len(compact) in (scheme.width, scheme.short_width):
        column = "number" if len(compact) == scheme.width else "student_number"
        condition = f"s.id IN (SELECT n.student_id FROM register_registration n WHERE n.{column} = %(query)s{{once}})"
        # A number that was corrected is borne by nobody, and still leads to whom it was given.
        once = (
            " UNION SELECT g.student_id FROM register_number m JOIN register_registration g ON g.id = m.registration"
            " WHERE m.number = %(query)s"
        )
        condition = condition.format(once=once if column == "number" else "")
        return {"condition": condition, "query": compact}
    if compact.isascii() and any(letter.isdigit() for letter in compact):
        types = parameters.rulebook(today()).codes["id_document_type"].by_code
        indexes = [id_index(code, compact) for code in types]
        return {"condition": "s.id_index = ANY (%(indexes)s::bytea[])", "indexes": indexes}
    if compact.isascii():
        spaced = " ".join(query.lower().split())
        condition = "(s.name_initials ^@ %(query)s OR s.name_pinyin ^@ %(spaced)s)"
        return {"condition": condition, "query": compact.lower(), "spaced": spaced}
    return _name_condition(compact)


def _name_condition(query: str) -> dict[str, Any]:
    """Contains: from the first character, from the second, or further in (only names long enough are looked at)."""
    deeper = "s.name_length >= %(deep)s AND strpos(s.name, %(query)s) > 2"
    if len(query) >= 2:
        deeper = f"s.name_length >= 4 AND {deeper}"
    condition = f"(s.name ^@ %(query)s OR s.name_given ^@ %(query)s OR ({deeper}))"
    return {"condition": condition, "query": query, "deep": len(query) + 2}


def _groups_of_grade(schools: Sequence[UUID] | None, grade: int | None, on: date) -> list[str]:
    """The class groups that are in a grade on a day."""
    if grade is None:
        return []
    stages = parameters.rulebook(on).stages
    year = stages.school_year_of(on)
    stage, intake_year = stages.stage_of(grade).value, stages.intake_year_of(grade, year)
    sql = "SELECT g.id::text FROM organisations_classgroup g WHERE g.stage = %s AND g.intake_year = %s"
    params: list[Any] = [stage, intake_year]
    if schools is not None:
        sql, params = f"{sql} AND g.school_id = ANY (%s)", [*params, list(schools)]
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return [row[0] for row in cursor.fetchall()]


_ROSTER = """
FROM register_registration r JOIN register_student s ON s.id = r.student_id
"""


def roster(school: UUID, on: date, class_group: UUID | None = None) -> list[Found]:
    """The pupils registered at a school on a day, or of one class group, in the order of pinyin."""
    where = ["r.school = %(school)s", "NOT r.voided", "r.started_on <= %(on)s"]
    where.append("(r.ended_on IS NULL OR r.ended_on > %(on)s)")
    if class_group is not None:
        where.append("p.class_group = %(group)s")
    sql = f"{_SELECT}{_ROSTER}{_SPELLS} WHERE {' AND '.join(where)} ORDER BY s.name_pinyin, s.id"
    with connection.cursor() as cursor:
        cursor.execute(sql, {"school": school, "on": on, "group": str(class_group)})
        return [Found(*row) for row in cursor.fetchall()]
