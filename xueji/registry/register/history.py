"""The state as it was known at a cut: folded for the pupils that a later entry touched, live for all others.

One child, one return (design §3): an entry counts only if every entry of its transaction that changes a pupil
lies within its own organisation's cut; otherwise it and the child's later entries are left out and listed.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from xueji.ground.journals import selectors as journals
from xueji.pure.kernel.fold import fold_organisation
from xueji.pure.kernel.operations import operations_from_json
from xueji.registry.register.canonical import LIVE, Tables
from xueji.registry.register.rows import COLUMNS, StateRows, add_student
from xueji.registry.register.shape import Shapes
from xueji.registry.register.writing import copy_rows, make_temporary, temporary_name

PREFIX = "cut"
CHUNK = 5_000  # students


@dataclass(frozen=True, slots=True)
class LeftOut:
    """An entry within the cut that does not count; ``organisation`` is the journal it stands in."""

    entry_id: UUID
    student: UUID
    organisation: UUID
    transaction_id: UUID
    kind: str
    effective_on: date


@dataclass(frozen=True, slots=True)
class Folded:
    """The tables to read for a cut, and the entries that do not count."""

    tables: Tables
    listed: tuple[LeftOut, ...] = ()

    @property
    def left_out(self) -> tuple[UUID, ...]:
        """The ids of the entries that do not count."""
        return tuple(item.entry_id for item in self.listed)


@contextmanager
def folded_to_cut(
    cut: Mapping[UUID, int],
    *,
    whole: bool = False,
    held: Collection[UUID] = (),
    schools: Collection[UUID] | None = None,
) -> Iterator[Folded]:
    """Tables with the state as known at a cut, for the time of the block (one transaction).

    ``whole`` folds every pupil instead of those that later entries touched (the state tables are not read then).
    ``held``: transactions that do not count although they lie within the cut, since a closed return left them out;
    the child's later entries go with them. ``schools``: only the pupils (and guests) of these will be asked for.
    """
    arrays: list[Any] = [list(cut.keys()), list(cut.values())]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT * FROM register_left_out(%s::uuid[], %s::bigint[])", arrays)
        listed = tuple(LeftOut(*row) for row in cursor.fetchall())
        if held:
            cursor.execute(_HELD, [list(held), *arrays])
            known = {item.entry_id for item in listed}
            listed += tuple(item for row in cursor.fetchall() if (item := LeftOut(*row)).entry_id not in known)
        if whole:
            cursor.execute("SELECT DISTINCT student FROM journals_entry WHERE student IS NOT NULL")
        else:
            cursor.execute("SELECT student FROM register_touched_since(%s::uuid[], %s::bigint[])", arrays)
        stale = sorted({row[0] for row in cursor.fetchall()} | {item.student for item in listed})
        if schools is not None and stale:
            cursor.execute(_CONCERNED, [stale, list(schools)])
            stale = sorted(row[0] for row in cursor.fetchall())
        tables = _students(cursor, stale, cut, {item.entry_id for item in listed}) if stale else {}
        tables |= _organisations(cursor, cut, schools)
        yield Folded(Tables(**{**_names(LIVE), **tables}), listed)


# Entries of held transactions within the cut, with what the same children went through afterwards.
_HELD = """
WITH broken AS (
  SELECT e.student, min(e.student_seq) AS first FROM journals_entry e
  WHERE e.transaction_id = ANY (%s) AND e.student IS NOT NULL GROUP BY e.student
)
SELECT e.entry_id, e.student, e.organisation, e.transaction_id, e.kind, e.effective_on
FROM broken JOIN journals_entry e ON e.student = broken.student AND e.student_seq >= broken.first
JOIN unnest(%s::uuid[], %s::bigint[]) AS given (organisation, sequence)
  ON given.organisation = e.organisation AND e.sequence <= given.sequence
ORDER BY e.student, e.student_seq
"""
# Whoever was ever on a school's roll has an entry in its journal; a guest has one that names the host.
_CONCERNED = """
SELECT asked.student FROM unnest(%s::uuid[]) AS asked (student)
WHERE EXISTS (
  SELECT FROM journals_entry e WHERE e.student = asked.student
    AND (e.organisation = ANY (%s) OR strpos(e.operations::text, '"attends"') > 0))
"""


def _names(tables: Tables) -> dict[str, str]:
    return {name: getattr(tables, name) for name in Tables.__slots__}


def _students(
    cursor: CursorWrapper, stale: Sequence[UUID], cut: Mapping[UUID, int], left_out: set[UUID]
) -> dict[str, str]:
    """Fold the stale students up to the cut; the overlay of each state table."""
    cursor.execute("CREATE TEMPORARY TABLE IF NOT EXISTS cut_stale (student uuid PRIMARY KEY) ON COMMIT DELETE ROWS")
    cursor.execute("TRUNCATE pg_temp.cut_stale")
    cursor.execute("INSERT INTO pg_temp.cut_stale SELECT unnest(%s::uuid[])", [list(stale)])
    for table in COLUMNS:
        make_temporary(cursor, PREFIX, table)
    shapes = Shapes()
    for start in range(0, len(stale), CHUNK):
        rows = StateRows()
        for student, entries in journals.entries_of_students(stale[start : start + CHUNK], cut=cut).items():
            counted = [entry for entry in entries if entry.entry_id not in left_out]
            if counted:
                add_student(rows, student, counted, shapes, None)
        for table in COLUMNS:
            copy_rows(cursor, PREFIX, table, rows.of(table))
    for table in ("cut_stale", *(f"{PREFIX}_{table}" for table in COLUMNS)):
        cursor.execute(f"ANALYZE pg_temp.{table}")
    return {table: _overlay(table) for table in COLUMNS}


_STUDENT_COLUMN = {"student": "id", "earlier_fields": "student_id", "registration": "student_id", "spell": "student"}


def _overlay(table: str) -> str:
    names = ", ".join(COLUMNS[table])
    return (
        f"(SELECT {names} FROM register_{table} live"
        f" WHERE NOT EXISTS (SELECT FROM pg_temp.cut_stale x WHERE x.student = live.{_STUDENT_COLUMN[table]})"
        f" UNION ALL SELECT {names} FROM {temporary_name(PREFIX, table)})"
    )


# Every entry that speaks of an organisation is noted as a mention: no journal is looked through.
_MENTIONS = """
FROM organisations_mention m JOIN journals_entry e ON e.entry_id = m.entry
LEFT JOIN unnest(%(organisations)s::uuid[], %(sequences)s::bigint[]) AS cut (o, s) ON cut.o = e.organisation
WHERE (%(schools)s::uuid[] IS NULL OR m.organisation = ANY (%(schools)s::uuid[]))
"""
_LATER = f"""
SELECT EXISTS (SELECT {_MENTIONS} AND (cut.s IS NULL OR e.sequence > cut.s)
  AND e.operations::text ~ '"(set_class_group|relate|close_organisation)"')
"""
_EARLIER = f"""
SELECT DISTINCT ON (e.entry_id) e.entry_id, e.effective_on, e.sequence, e.operations::text, e.op_version, e.corrects
{_MENTIONS} AND e.sequence <= cut.s
"""
_CLASS_GROUP = ("class_group", "organisations_classgroup", "school_id", "id, site_id, intake_year")
_RELATION = ("relation", "organisations_relation", "organisation_id",
    "organisation_id, other_id, relation, started_on, ended_on")  # fmt: skip


def _organisations(cursor: CursorWrapper, cut: Mapping[UUID, int], schools: Collection[UUID] | None) -> dict[str, str]:
    """Class groups and relations as known at the cut, where later entries changed any (of ``schools``)."""
    params: dict[str, Any] = {
        "organisations": list(cut.keys()),
        "sequences": list(cut.values()),
        "schools": None if schools is None else list(schools),
    }
    cursor.execute(_LATER, params)
    if not cursor.fetchone()[0]:
        return {}
    cursor.execute(_EARLIER, params)
    state = fold_organisation(
        _OrganisationEntry(row[0], row[1], row[2], operations_from_json(json.loads(row[3]), row[4]), row[5])
        for row in cursor.fetchall()
    )
    groups = [(item.class_group, item.site, item.intake_year) for item in state.class_groups.values()]
    relations = [
        (record.organisation, item.other, item.relation, item.started_on, item.ended_on)
        for record in state.organisations.values()
        for item in record.relations
    ]
    _fill(cursor, "cut_class_group", "id uuid, site_id uuid, intake_year integer", groups)
    _fill(
        cursor,
        "cut_relation",
        "organisation_id uuid, other_id uuid, relation text, started_on date, ended_on date",
        relations,
    )
    return dict(_beside_live(*shape, schools) for shape in (_CLASS_GROUP, _RELATION))


def _beside_live(table: str, live: str, owner: str, columns: str, schools: Collection[UUID] | None) -> tuple[str, str]:
    """The folded rows of the schools beside the live ones of all others (a guest's home school)."""
    if schools is None:
        return table, f"pg_temp.cut_{table}"
    folded = ", ".join(f"'{school}'::uuid" for school in schools)
    return table, (
        f"(SELECT {columns} FROM pg_temp.cut_{table}"
        f" UNION ALL SELECT {columns} FROM {live} WHERE {owner} <> ALL (ARRAY[{folded}]::uuid[]))"
    )


def _fill(cursor: CursorWrapper, name: str, columns: str, rows: Sequence[tuple[Any, ...]]) -> None:
    cursor.execute(f"CREATE TEMPORARY TABLE IF NOT EXISTS {name} ({columns}) ON COMMIT DELETE ROWS")
    cursor.execute(f"TRUNCATE pg_temp.{name}")
    with cursor.copy(f"COPY pg_temp.{name} FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


@dataclass(frozen=True, slots=True)
class _OrganisationEntry:
    entry_id: UUID
    effective_on: date
    sequence: int
    operations: Any
    corrects: UUID | None
