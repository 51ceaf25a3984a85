"""One row of a school in every table, planted by the owner, so that each table's policies can be tried.

Made from the database's own description of its tables: a column that names an organisation gets the school,
one that names a pupil the child, a foreign key the row planted in the table it points at, all else a plain value.
Checks and foreign keys of the clone are put aside; policies and grants are what is tried, and stay.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid5

import psycopg
from psycopg import sql

CHILD = UUID(int=0xC)
ORGANISATION_COLUMNS = {
    "organisation", "organisation_id", "school", "school_id", "holder", "lodged_for", "sender", "issuer",
}  # fmt: skip
BUREAU_COLUMNS = {"bureau", "bureau_id", "matched_bureau", "other_bureau"}
STUDENT_COLUMNS = {"student", "student_id", "matched", "subject_student"}

_COLUMNS = """
SELECT a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull AND NOT a.atthasdef, a.attidentity <> '',
       t.typcategory,
       (SELECT f.confrelid::regclass::text FROM pg_constraint f
        WHERE f.conrelid = a.attrelid AND f.contype = 'f' AND f.conkey = ARRAY[a.attnum])
FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
WHERE a.attrelid = %s::regclass AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
ORDER BY a.attnum
"""


class Planter:
    """Plants rows through the owner's connection into a clone that is thrown away afterwards."""

    def __init__(self, connection: psycopg.Connection, school: UUID, bureau: UUID, person: UUID) -> None:
        self.connection = connection
        self.school, self.bureau, self.person = school, bureau, person
        self.keys: dict[str, dict[str, Any]] = {}

    def plant(self, table: str) -> None:
        """One row in ``table`` and, before it, in the tables it points at."""
        if table in self.keys:
            return
        columns = self.connection.execute(_COLUMNS, [table]).fetchall()
        self.keys[table] = {}
        for row in columns:
            if row[5] is not None and row[5] != table:
                self.plant(row[5])
        values = {row[0]: self._value(table, *row) for row in columns if row[2] or self._says_whose(row[0], row[5])}
        self._drop_checks(table)
        self.connection.execute("SET session_replication_role = replica")
        self.connection.execute(
            sql.SQL("INSERT INTO {} ({}) OVERRIDING SYSTEM VALUE VALUES ({})").format(
                sql.Identifier(table),
                sql.SQL(", ").join(sql.Identifier(name) for name in values),
                sql.SQL(", ").join(sql.Placeholder() for _ in values),
            ),
            list(values.values()),
        )
        self.connection.execute("RESET session_replication_role")
        self.keys[table] = values

    def _says_whose(self, name: str, points_at: str | None) -> bool:
        return name in ORGANISATION_COLUMNS | BUREAU_COLUMNS | STUDENT_COLUMNS or points_at is not None

    def _drop_checks(self, table: str) -> None:
        for (name,) in self.connection.execute(
            "SELECT conname FROM pg_constraint WHERE conrelid = %s::regclass AND contype = 'c'", [table]
        ).fetchall():
            self.connection.execute(
                sql.SQL("ALTER TABLE {} DROP CONSTRAINT {}").format(sql.Identifier(table), sql.Identifier(name))
            )

    def _value(
        self, table: str, name: str, kind: str, needed: bool, identity: bool, category: str, points_at: str | None
    ) -> Any:
        if points_at is not None and points_at != table:
            parent = self.keys[points_at]
            return parent.get("id", next(iter(parent.values()), None))
        if name in ORGANISATION_COLUMNS and kind == "uuid":
            return self.school
        if name in BUREAU_COLUMNS and kind == "uuid":
            return self.bureau
        if name in STUDENT_COLUMNS or (table == "register_student" and name == "id"):
            return CHILD
        if name == "person":
            return self.person
        return _plain(table, name, kind, category)


def _plain(table: str, name: str, kind: str, category: str) -> Any:
    if kind == "uuid":
        return uuid5(CHILD, f"{table}.{name}")
    if kind in ("json", "jsonb"):
        return json.dumps([] if name == "operations" else {})
    if kind == "date":
        return date(2008, 9, 1)
    if kind.startswith("timestamp"):
        return datetime(2008, 9, 1, tzinfo=UTC)
    if kind == "bytea":
        return b"\0" * 32
    if kind == "boolean":
        return True
    if category == "A":
        return []
    if category == "N":
        return 7 if kind == "smallint" else 77_000
    width = re.search(r"\((\d+)\)", kind)
    return name[: int(width.group(1))] if width else name
