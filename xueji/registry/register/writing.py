"""Rows into tables, set-based: arrays for a few students, COPY to temporary tables for many.

COPY straight into a table is not possible under row-level security, therefore COPY to a temporary
table, then INSERT … SELECT.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from django.db.backends.utils import CursorWrapper

from xueji.registry.register.rows import COLUMNS, StateRows

TYPES = {
    "student": (
        "uuid", "text", "text", "smallint", "text", "text", "text", "date", "text", "jsonb", "bytea", "bytea",
        "boolean", "boolean", "uuid", "uuid", "date", "uuid", "text",
    ),
    "earlier_fields": ("uuid", "uuid", "text", "text", "date", "text", "jsonb", "date", "date", "uuid", "text"),
    "registration": (
        "uuid", "uuid", "uuid", "uuid", "text", "text", "text", "text", "date", "date", "boolean", "text", "text",
        "uuid", "uuid",
    ),
    "spell": ("uuid", "uuid", "uuid", "uuid", "text", "text", "date", "date", "uuid"),
}  # fmt: skip
_COPY_FROM = 64  # rows; fewer go as arrays, without a temporary table
_AT_A_TIME = 500  # rows made into text


def temporary_name(prefix: str, table: str) -> str:
    """The temporary table that mirrors a state table."""
    return f"pg_temp.{prefix}_{table}"


def make_temporary(cursor: CursorWrapper, prefix: str, table: str) -> None:
    """An empty temporary table with the columns of ``COLUMNS``; emptied at the end of the transaction."""
    columns = ", ".join(f"{name} {kind}" for name, kind in zip(COLUMNS[table], TYPES[table], strict=True))
    name = f"{prefix}_{table}"
    cursor.execute(f"CREATE TEMPORARY TABLE IF NOT EXISTS {name} ({columns}) ON COMMIT DELETE ROWS")
    cursor.execute(f"TRUNCATE {temporary_name(prefix, table)}")


_NULL = "\\N"
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def _text(value: str | None) -> str:
    if value is None:
        return _NULL
    return value if value.isalnum() else value.translate(_ESCAPES)


def _json(value: str) -> str:
    return value.replace("\\", "\\\\") if "\\" in value else value


def _uuid(value: UUID | None) -> str:
    return _NULL if value is None else f"{value.int:032x}"


def _bytes(value: bytes | None) -> str:
    return _NULL if value is None else "\\\\x" + value.hex()


def _plain(value: object) -> str:
    return _NULL if value is None else str(value)


_WRITERS: dict[str, Callable[[Any], str]] = {"text": _text, "jsonb": _json, "uuid": _uuid, "bytea": _bytes}


def text_of(table: str, rows: Sequence[tuple[Any, ...]]) -> str:
    """The rows as lines of COPY's text format, made column by column."""
    columns = zip(*rows, strict=True)
    written = [map(_WRITERS.get(kind, _plain), column) for kind, column in zip(TYPES[table], columns, strict=True)]
    return "".join([line + "\n" for line in map("\t".join, zip(*written, strict=True))])


def copy_rows(cursor: CursorWrapper, prefix: str, table: str, rows: Sequence[tuple[Any, ...]], text: str = "") -> None:
    """COPY rows into the temporary table; ``text`` is what ``text_of`` gave of them, where it was made before."""
    if not rows:
        return
    names = ", ".join(COLUMNS[table])
    with cursor.copy(f"COPY {temporary_name(prefix, table)} ({names}) FROM STDIN") as copy:
        if text:
            copy.write(text)
            return
        for start in range(0, len(rows), _AT_A_TIME):
            copy.write(text_of(table, rows[start : start + _AT_A_TIME]))


class Source:
    """Where the rows of one table are read from in a FROM clause: ``sql`` with its ``params``."""

    def __init__(self, cursor: CursorWrapper, table: str, made: StateRows) -> None:
        rows = made.of(table)
        names = ", ".join(COLUMNS[table])
        if len(rows) >= _COPY_FROM:
            make_temporary(cursor, "refold", table)
            copy_rows(cursor, "refold", table, rows, made.texts.get(table, ""))
            self.sql = f"{temporary_name('refold', table)} AS t"
            self.params: list[Any] = []
            return
        casts = ", ".join(f"%s::{kind}[]" for kind in TYPES[table])
        self.sql = f"unnest({casts}) AS t ({names})"
        columns = [list(column) for column in zip(*rows, strict=True)] if rows else [[] for _ in COLUMNS[table]]
        self.params = columns


def lay_out(made: StateRows) -> None:
    """Make the text of the rows that go by COPY beforehand; asks no database."""
    for table in COLUMNS:
        rows = made.of(table)
        if len(rows) >= _COPY_FROM:
            made.texts[table] = text_of(table, rows)


# A shared document number stands by the approval of both bureaus, or, where two nodes recorded it, until they decide.
_EXEMPT = (
    "(EXISTS (SELECT FROM register_shared_number a WHERE a.student = t.id)"
    " OR EXISTS (SELECT FROM register_carried_double d WHERE d.student = t.id))"
)


def _insert(table: str, source: Source, conflict: str = "") -> tuple[str, list[Any]]:
    names = [*COLUMNS[table]]
    picked = [f"t.{name}" for name in names]
    if table == "student":
        names.append("id_exempt")
        picked.append(_EXEMPT)
    sets = ", ".join(f"{name} = excluded.{name}" for name in names if name != "id")
    sql = f"INSERT INTO register_{table} ({', '.join(names)}) SELECT {', '.join(picked)} FROM {source.sql} "
    return sql + conflict.format(sets=sets), source.params


def _upsert(table: str, source: Source) -> tuple[str, list[Any]]:
    return _insert(table, source, "ON CONFLICT (id) DO UPDATE SET {sets}")


_NUMBERS = """
INSERT INTO register_number AS n (number, school, state, registration, reserved_for)
SELECT t.number, t.school, CASE WHEN t.voided OR t.ended_on IS NOT NULL THEN 'retired' ELSE 'given' END, t.id, NULL
FROM {source} WHERE t.number <> '' AND t.id <> ALL (%s::uuid[]) {known}
ON CONFLICT (number) DO UPDATE
  SET state = excluded.state, registration = excluded.registration, school = excluded.school, reserved_for = NULL
  WHERE n.registration = excluded.registration OR (n.state = 'reserved' AND n.school = excluded.school) {moved}
"""
# Of two registrations with one number the voided one has let it go.
_BORNE = "AND NOT (t.voided AND t.number = ANY (%s::text[]))"
_MOVED = "OR n.registration = ANY (%s::uuid[])"
_KNOWN = """AND NOT EXISTS (
  SELECT FROM register_known_numbers(%s::text[]) k WHERE k.number = t.number AND k.registration = t.id
  AND k.state = CASE WHEN t.voided OR t.ended_on IS NOT NULL THEN 'retired' ELSE 'given' END)"""


# A number that a correction took from a registration is not free again.
_RETIRE = """
UPDATE register_number n SET state = 'retired' FROM register_registration r
WHERE r.student_id = ANY (%s::uuid[]) AND r.number <> ALL (%s::text[]) AND n.number = r.number AND n.state <> 'retired'
"""


def write_new(cursor: CursorWrapper, rows: StateRows) -> int:
    """Write the rows of students that have none yet; how many numbers were written."""
    cursor.execute(*_insert("student", Source(cursor, "student", rows)))
    registrations = Source(cursor, "registration", rows)
    cursor.execute(*_insert("registration", registrations))
    cursor.execute(*_insert("spell", Source(cursor, "spell", rows)))
    if rows.earlier_fields:
        cursor.execute(*_insert("earlier_fields", Source(cursor, "earlier_fields", rows)))
    sql = _NUMBERS.format(source=registrations.sql, known="", moved="")
    cursor.execute(sql, [*registrations.params, rows.passed_on()])
    return int(cursor.rowcount)


def write_again(cursor: CursorWrapper, rows: StateRows, moved: Sequence[UUID] = ()) -> int:
    """Write the rows of students anew, whatever stood there; how many numbers were touched.

    ``moved``: registrations whose number goes to another one of these.
    """
    students: list[UUID] = [row[0] for row in rows.student]
    cursor.execute("UPDATE register_student SET id_index = NULL WHERE id = ANY (%s::uuid[])", [students])
    cursor.execute(*_upsert("student", Source(cursor, "student", rows)))
    numbers = [row[5] for row in rows.registration]
    cursor.execute(_RETIRE, [students, numbers])
    kept = [row[0] for row in rows.registration]
    cursor.execute("DELETE FROM register_spell WHERE student = ANY (%s::uuid[])", [students])
    cursor.execute(
        "DELETE FROM register_registration WHERE student_id = ANY (%s::uuid[]) AND id <> ALL (%s::uuid[])",
        [students, kept],
    )
    cursor.execute("DELETE FROM register_earlier_fields WHERE student_id = ANY (%s::uuid[])", [students])
    registrations = Source(cursor, "registration", rows)
    cursor.execute(*_upsert("registration", registrations))
    cursor.execute(*_insert("spell", Source(cursor, "spell", rows)))
    if rows.earlier_fields:
        cursor.execute(*_insert("earlier_fields", Source(cursor, "earlier_fields", rows)))
    borne = [row[5] for row in rows.registration if not row[10]]
    sql = _NUMBERS.format(source=registrations.sql, known=f"{_BORNE} {_KNOWN}", moved=_MOVED)
    cursor.execute(sql, [*registrations.params, rows.passed_on(), borne, numbers, list(moved)])
    return int(cursor.rowcount)
