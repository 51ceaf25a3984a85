"""Pupils by what was typed, whatever became of them since: in the register, or, of those whom it no longer shows to the
viewer (who moved away, who is not here yet), in the entries that row-level security lets him read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from uuid import UUID

from django.db import connection

from xueji.ground.journals import selectors as journals
from xueji.ground.parameters import selectors as parameters
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.fold import fold_student
from xueji.registry.register.selectors.find import _place, _query
from xueji.registry.register.selectors.names import student_names

_OF_ENTRIES = """
SELECT DISTINCT e.student FROM journals_entry e, json_array_elements(e.operations) AS o
WHERE e.student = ANY (%(among)s::uuid[]) AND {said}
"""


def students_like(query: str, *, schools: Sequence[UUID] | None, among: Iterable[UUID] = ()) -> set[UUID]:
    """The pupils whom ``query`` means, as ``find_students`` reads it: name, pinyin, number, document (blind index).

    Of these ``schools`` (None: all in reach), in the school now or not, and of those ``among`` whom the register may
    not show: these by name and registration number alone.
    """
    asked = _query(query.strip())
    condition = asked.pop("condition")
    if not condition:
        return set()
    others = list(among)
    place = _place(schools, None, asked)
    sql = f"SELECT s.id FROM register_student s WHERE {' AND '.join(filter(None, (place, condition)))}"
    if others:
        sql += f" UNION SELECT s.id FROM register_student s WHERE s.id = ANY (%(among)s::uuid[]) AND {condition}"
    with connection.cursor() as cursor:
        cursor.execute(sql, {**asked, "among": others})
        found = {row[0] for row in cursor.fetchall()}
        said = _said(query) if others else ""
        if said:
            compact = re.sub(r"\s+", "", query)
            cursor.execute(_OF_ENTRIES.format(said=said), {"among": others, "query": compact})
            found |= {row[0] for row in cursor.fetchall()}
    return found


def _said(query: str) -> str:
    """The condition on an operation ``o`` for a name or a number; '' for what no entry says in clear."""
    compact = re.sub(r"\s+", "", query)
    scheme = parameters.rulebook(today()).numbers["registration_number"]
    if not compact.isascii():
        return "strpos(o->'fields'->>'name', %(query)s) > 0"
    if compact.isdecimal() and len(compact) == scheme.width:
        return "o->>'number' = %(query)s"
    if compact.isdecimal() and len(compact) == scheme.short_width:
        return f"right(o->>'number', {scheme.short_width}) = %(query)s"
    return ""


def known_names(students: Iterable[UUID | None]) -> dict[UUID, str]:
    """Names by id: of now, or, where the register no longer shows a pupil to the viewer, the last that he may read."""
    wanted = {one for one in students if one is not None}
    names = student_names(wanted)
    missing = wanted - names.keys()
    if missing:
        for student, entries in journals.entries_of_students(missing, decrypt=False).items():
            name = fold_student(entries).fields.get("name") if entries else None
            if name:
                names[student] = str(name)
    return names
