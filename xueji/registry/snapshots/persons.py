"""Who stands behind rows that were counted: name, birth, number as of the day and the cut that was counted on.

What is counted is known by UUID only (design §3 "Snapshots"). Of whom the viewer does not see through row-level
security nothing is told: he is there without a name.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

import polars as pl
from django.db import connection

from xueji.ground.accounts.context import counting
from xueji.registry.register import selectors as register
from xueji.registry.register.canonical import LIVE, Tables
from xueji.registry.register.cuts import present_cut
from xueji.registry.register.history import folded_to_cut
from xueji.registry.register.models import Registration

_NAMES = """
SELECT n.id, coalesce(e.name, n.name), coalesce(e.birth_date, n.birth_date), coalesce(e.fields, n.fields)::text
FROM {t.student} n
LEFT JOIN {t.earlier_fields} e ON e.student_id = n.id AND e.started_on <= %(on)s AND e.ended_on > %(on)s
WHERE n.id = ANY (%(students)s::uuid[])
"""
_NUMBERS = "SELECT r.id, r.number FROM {t.registration} r WHERE r.id = ANY (%(registrations)s::uuid[])"
#: The columns of a row that are told; one that is missing is not known.
_ROW = ("student", "registration", "school", "gender", "grade", "class_group", "presence", "host")


@dataclass(frozen=True, slots=True)
class CountedPupil:
    """One pupil behind a figure; ``name`` '' where the viewer does not see the pupil any more, ``presence`` '' where he
    was not registered there on the day. ``school``: where his registration is; None for a guest whose home is
    ``outside`` the register, who has no record. ``host``: where he studies as a guest; ``clear``: the clear fields
    of his record."""

    student: UUID
    name: str
    number: str
    gender: str
    presence: str
    class_group: UUID | None
    outside: bool = False
    birth_date: date | None = None
    grade: int | None = None
    school: UUID | None = None
    host: UUID | None = None
    clear: Mapping[str, Any] = field(default_factory=dict)


def rows_of(registrations: pl.Series, frame: pl.DataFrame) -> pl.DataFrame:
    """The rows of a frame with these registrations; of who is not in it only who he is (he left, or never stood
    there)."""
    wanted = pl.DataFrame({"registration": registrations.drop_nulls().unique()}, schema={"registration": pl.String})
    columns = [name for name in _ROW if name in frame.columns]
    here = frame.select(columns).join(wanted, on="registration", how="semi")
    rest = wanted.join(here, on="registration", how="anti")["registration"].to_list()
    with counting():
        found = Registration.objects.filter(id__in=rest)
        gone = list(found.values_list("id", "student_id", "school", "student__gender"))
    rows = [(str(one), str(student), str(school), gender) for one, student, school, gender in gone]
    schema = dict.fromkeys(("registration", "student", "school", "gender"), pl.String)
    return pl.concat([here, pl.DataFrame(rows, schema=schema, orient="row")], how="diagonal")


def pupils_behind(
    rows: pl.DataFrame,
    on: date,
    *,
    cut: Mapping[UUID, int] | None = None,
    held: Collection[UUID] = (),
    schools: Sequence[UUID] | None = None,
) -> list[CountedPupil]:
    """The pupils of these rows (canonical present ones, or some of their columns), by number; ``on``, ``cut``, ``held``
    as they were counted (:func:`state.state_at`). A fixed number of queries."""
    told = rows.select([pl.col(name) if name in rows.columns else pl.lit(None).alias(name) for name in _ROW])
    students = [UUID(one) for one in told["student"].unique()]
    registrations = [UUID(one) for one in told["registration"].unique().drop_nulls()]
    seen, numbered = register.student_names(students), register.registration_numbers(registrations)
    names, numbers = _known(on, list(seen), list(numbered), cut, held, schools)
    guests = {UUID(one["student"]) for one in told.iter_rows(named=True) if one["presence"] == "guest_elsewhere"}
    outside = _outside(guests - seen.keys(), schools)
    found = [
        CountedPupil(
            student=(student := UUID(row["student"])),
            name=names[student][0] if student in names else outside.get(student, ""),
            number=numbers.get(UUID(row["registration"]), "") if row["registration"] else "",
            gender=row["gender"] or "",
            presence=row["presence"] or "",
            class_group=UUID(row["class_group"]) if row["class_group"] else None,
            outside=student in outside,
            birth_date=names[student][1] if student in names else None,
            clear=json.loads(names[student][2]) if student in names else {},
            grade=row["grade"],
            school=UUID(row["school"]) if row["school"] else None,
            host=UUID(row["host"]) if row["host"] else None,
        )
        for row in told.iter_rows(named=True)
    ]
    return sorted(found, key=lambda one: (one.number, one.student))


def _known(
    on: date,
    students: Sequence[UUID],
    registrations: Sequence[UUID],
    cut: Mapping[UUID, int] | None,
    held: Collection[UUID],
    schools: Sequence[UUID] | None,
) -> tuple[dict[UUID, tuple[Any, ...]], dict[UUID, str]]:
    """Names, births, clear fields of pupils, numbers of registrations; of later entries nothing is read."""

    def read(tables: Tables) -> tuple[dict[UUID, tuple[Any, ...]], dict[UUID, str]]:
        with connection.cursor() as cursor:
            cursor.execute(_NAMES.format(t=tables), {"on": on, "students": list(students)})
            names = {row[0]: row[1:] for row in cursor.fetchall()}
            cursor.execute(_NUMBERS.format(t=tables), {"registrations": list(registrations)})
            return names, dict(cursor.fetchall())

    with counting():
        if not held and (cut is None or cut == present_cut()):
            return read(LIVE)
        with folded_to_cut(cut or present_cut(), held=held, schools=schools) as folded:
            return read(folded.tables)


def _outside(guests: Collection[UUID], schools: Sequence[UUID] | None) -> dict[UUID, str]:
    """The names of those among these whose home is outside the register; nothing is opened where there are none."""
    if not guests:
        return {}
    known = register.outside_children(schools, decrypt=True)
    return {one.child: one.said.get("name", "") for one in known if one.child in guests}
