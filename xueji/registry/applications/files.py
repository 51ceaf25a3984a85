"""Every file (卷) of a jurisdiction, decided or not: filtered, searched, counted and cut into pages by the database.

A file is a case with what it is about: an application, or the subject of a kind with a room of its own (an act on
schools, an attestation). Who sees a case: its parties and their superiors (row-level security); a read names them, but
for the city, whose parties are all.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from django.db import connection

from xueji.pure.kernel.types import Actor, Level
from xueji.registry.cases.models import CaseState
from xueji.registry.register.selectors.former import known_names, students_like

#: Longest text of a search.
QUERY: Final = 64


@dataclass(frozen=True, slots=True)
class WantedFiles:
    """What the list is narrowed to; '' and None narrow nothing. ``first`` and ``last``: the days of lodging.

    ``state``: a ``CaseState``. ``query``: a file number, or what finds a pupil.
    """

    kind: str = ""
    state: str = ""
    school: UUID | None = None
    first: date | None = None
    last: date | None = None
    query: str = ""


@dataclass(frozen=True, slots=True)
class FileRow:
    """A file in a list. ``file_numbers``: those of all bureaus that gave one, parted by 、; of an open one also the
    step that waits."""

    subject: UUID
    kind: str
    label: str
    applicant: UUID
    other_school: UUID | None
    student: UUID | None
    rows: int
    state: str
    file_numbers: str
    opened_on: date
    closed_on: date | None
    act: str
    step_title: str
    role: str
    organisation: UUID | None
    due_on: date | None


@dataclass(frozen=True, slots=True)
class FilesPage:
    """The files that were asked for, and how many match in all."""

    rows: tuple[FileRow, ...]
    total: int


_MINE = "ARRAY(SELECT a.organisation FROM accounts_access a WHERE a.viewer = %(me)s)"
_PARTY = "c.id IN (SELECT p.case_id FROM cases_party p WHERE p.organisation = {whose})"
_ROWS = """
WITH page AS (
  SELECT c.id, c.opened_on FROM cases_case c WHERE {which}
  ORDER BY c.opened_on DESC, c.id DESC LIMIT %(limit)s OFFSET %(offset)s
)
SELECT c.subject, c.kind, c.label, coalesce(a.school, c.organisation), a.other_school, a.student, coalesce(a.rows, 1),
       c.state,
       coalesce((SELECT string_agg(t.file_number, '、' ORDER BY t.round, t."order") FROM cases_step t
                 WHERE t.case_id = c.id AND t.file_number IS NOT NULL), ''),
       c.opened_on, c.closed_on, coalesce(s.act, ''), coalesce(s.title, ''), coalesce(s.role, ''), s.organisation,
       s.due_on
FROM page JOIN cases_case c ON c.id = page.id
LEFT JOIN applications_application a ON a.id = c.subject
LEFT JOIN cases_step s ON s.case_id = c.id AND s.opened_at IS NOT NULL AND s.decided_at IS NULL
ORDER BY page.opened_on DESC, page.id DESC
"""
_NUMBERED = """
SELECT c.subject FROM cases_step s JOIN cases_case c ON c.id = s.case_id WHERE s.file_number = %s
"""
_ABOUT = """
SELECT a.id FROM applications_application a WHERE a.student = ANY (%(students)s::uuid[])
UNION SELECT a.id FROM applications_application a WHERE a.second_student = ANY (%(students)s::uuid[])
UNION SELECT l.application_id FROM applications_line l WHERE l.student = ANY (%(students)s::uuid[])
"""
# Whom files name and the register holds elsewhere: who has moved away, who has not come yet.
_ELSEWHERE = f"""
SELECT DISTINCT x.student
FROM applications_application a, LATERAL (VALUES (a.student), (a.second_student)) AS x (student)
WHERE (a.school = ANY ({_MINE}) OR a.other_school = ANY ({_MINE})) AND x.student IS NOT NULL
  AND NOT EXISTS (SELECT FROM register_student h WHERE h.id = x.student AND h.holder = ANY ({_MINE}))
"""


def files(actor: Actor, wanted: WantedFiles, *, limit: int = 50, offset: int = 0) -> FilesPage:
    """A page of the files of the actor's jurisdiction, the last lodged first; two queries, three more for a search."""
    values: dict[str, Any] = {"me": actor.organisation}
    which = _which(actor, wanted, values)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM cases_case c WHERE {which}", values)
        total = int(cursor.fetchone()[0])
        cursor.execute(_ROWS.format(which=which), {**values, "limit": limit, "offset": offset})
        return FilesPage(tuple(FileRow(*row) for row in cursor.fetchall()), total)


def pupils_of(rows: Iterable[FileRow]) -> dict[UUID, str]:
    """The names of the pupils whom these files are about, also of those who have moved away since."""
    return known_names(row.student for row in rows)


def _which(actor: Actor, wanted: WantedFiles, values: dict[str, Any]) -> str:
    """The condition on ``cases_case c``; ``values`` is filled up."""
    found = [] if actor.level is Level.CITY else [_PARTY.format(whose=f"ANY ({_MINE})")]
    if wanted.kind:
        found.append("c.kind = %(kind)s")
    if wanted.state in CaseState.values:
        found.append("c.state = %(state)s")
    if wanted.school is not None:
        found.append(_PARTY.format(whose="%(school)s"))
    if wanted.first is not None:
        found.append("c.opened_on >= %(first)s")
    if wanted.last is not None:
        found.append("c.opened_on <= %(last)s")
    values |= {"kind": wanted.kind, "state": wanted.state, "school": wanted.school}
    values |= {"first": wanted.first, "last": wanted.last}
    query = wanted.query.strip()[:QUERY]
    if query:
        found.append("c.subject = ANY (%(subjects)s::uuid[])")
        values["subjects"] = _subjects(actor, query)
    return " AND ".join(found) or "true"


def _subjects(actor: Actor, query: str) -> list[UUID]:
    """The subjects that bear a file number, else those about the pupils whom the text means."""
    me = {"me": actor.organisation}
    with connection.cursor() as cursor:
        cursor.execute(_NUMBERED, ["".join(query.split())])
        numbered = [row[0] for row in cursor.fetchall()]
        if numbered:
            return numbered
        cursor.execute(f"SELECT unnest({_MINE})", me)
        mine = [row[0] for row in cursor.fetchall()]
        elsewhere: list[UUID] = []
        if actor.level is not Level.CITY:
            cursor.execute(_ELSEWHERE, me)
            elsewhere = [row[0] for row in cursor.fetchall()]
        students = students_like(query, schools=mine, among=elsewhere)
        if not students:
            return []
        cursor.execute(_ABOUT, {"students": list(students)})
        return [row[0] for row in cursor.fetchall()]
