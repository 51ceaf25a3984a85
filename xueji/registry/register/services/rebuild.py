"""Rebuild: all state from the journals, compared with what stands, and put right where it differs (invariant 5)."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from xueji.ground.journals import selectors as journals
from xueji.ground.journals.types import Entry
from xueji.ground.keys import data_keys
from xueji.ground.keys import services as keys
from xueji.registry.register.canonical import Tables, everything
from xueji.registry.register.rows import COLUMNS, StateRows, aad, add_student
from xueji.registry.register.services.refold import fold_rows
from xueji.registry.register.shape import Shapes
from xueji.registry.register.writing import copy_rows, make_temporary, temporary_name, write_again

PREFIX = "rebuilt"
REBUILT = Tables(
    **{table: temporary_name(PREFIX, table) for table in ("student", "earlier_fields", "registration", "spell")}
)
CHUNK = 5_000  # students
_OWNER = {"student": "id", "earlier_fields": "student_id", "registration": "student_id", "spell": "student"}


@dataclass(frozen=True, slots=True)
class RebuildResult:
    """``pupils``: students folded; ``digest``: of all state rows as the journals say; ``differed``: students whose rows
    said something else (they were written anew)."""

    pupils: int
    digest: str
    seconds: float
    differed: tuple[UUID, ...]


def rebuild() -> RebuildResult:
    """Fold every journal into tables of its own, compare with the state, write anew what differs.

    One transaction, in a context that sees everything (``acting_system``). A student whose entries clash
    raises ``kernel.fold.FoldClash``.
    """
    began = time.monotonic()
    with transaction.atomic(), connection.cursor() as cursor:
        for table in COLUMNS:
            make_temporary(cursor, PREFIX, table)
        pupils = 0
        for histories in _chunks(journals.stream_all()):
            rows = _rows(cursor, histories)
            pupils += len(rows.student)
            for table in COLUMNS:
                copy_rows(cursor, PREFIX, table, rows.of(table))
        for table in COLUMNS:
            cursor.execute(f"ANALYZE {temporary_name(PREFIX, table)}")
        differed = _differing(cursor)
        if differed:
            _mend(cursor, differed)
            if _differing(cursor, keep_blobs=False):
                raise RuntimeError("the state still differs from the journals after the rebuild")
        digest = _digest(cursor, REBUILT)
    return RebuildResult(pupils, digest, round(time.monotonic() - began, 3), tuple(differed))


def _chunks(entries: Iterator[Entry]) -> Iterator[dict[UUID, list[Entry]]]:
    """Students with their whole histories, some thousands at a time; the stream brings them one after another."""
    chunk: dict[UUID, list[Entry]] = {}
    for entry in entries:
        if entry.student is None:
            continue
        if entry.student not in chunk and len(chunk) >= CHUNK:
            yield chunk
            chunk = {}
        chunk.setdefault(entry.student, []).append(entry)
    if chunk:
        yield chunk


def _rows(cursor: CursorWrapper, histories: dict[UUID, list[Entry]]) -> StateRows:
    """The rows of a chunk; a blob that stands and holds what the fold gives is kept."""
    cursor.execute(
        "SELECT id, sensitive FROM register_student WHERE id = ANY (%s::uuid[]) AND sensitive IS NOT NULL",
        [list(histories)],
    )
    blobs = {student: bytes(blob) for student, blob in cursor.fetchall()}
    sealed_with = data_keys.ensure(
        student for student, entries in histories.items() if any(entry.has_sensitive for entry in entries)
    )
    rows, shapes = StateRows(), Shapes()
    for student, entries in histories.items():
        key = sealed_with.get(student, b"")
        sealed = _opened(key, blobs.get(student), student)
        add_student(rows, student, entries, shapes, key, sealed=sealed)
    rows.index_documents()
    return rows


def _opened(key: bytes, blob: bytes | None, student: UUID) -> tuple[Any, bytes] | None:
    if blob is None:
        return None
    try:
        return keys.open_json(key, blob, aad(student)), blob
    except keys.BrokenSeal:
        return None


def _differing(cursor: CursorWrapper, *, keep_blobs: bool = True) -> list[UUID]:
    """Students whose rows in any table are not what the journals say, in either direction.

    What was sealed anew has another blob for the same: then only its presence is compared.
    """
    found: set[UUID] = set()
    for table, owner in _OWNER.items():
        names = ", ".join(COLUMNS[table])
        if not keep_blobs:
            names = names.replace("sensitive", "sensitive IS NULL")
        live, fresh = f"register_{table}", temporary_name(PREFIX, table)
        cursor.execute(
            f"(SELECT {owner} FROM (SELECT {names} FROM {live} EXCEPT ALL SELECT {names} FROM {fresh}) AS a)"
            f" UNION (SELECT {owner} FROM (SELECT {names} FROM {fresh} EXCEPT ALL SELECT {names} FROM {live}) AS b)"
        )
        found.update(row[0] for row in cursor.fetchall())
    return sorted(found)


def _mend(cursor: CursorWrapper, students: list[UUID]) -> None:
    for start in range(0, len(students), CHUNK):
        part = students[start : start + CHUNK]
        histories = {student: own for student, own in journals.entries_of_students(part).items() if own}
        gone = [student for student in part if student not in histories]
        cursor.execute("DELETE FROM register_spell WHERE student = ANY (%s::uuid[])", [gone])
        cursor.execute("DELETE FROM register_registration WHERE student_id = ANY (%s::uuid[])", [gone])
        cursor.execute("DELETE FROM register_earlier_fields WHERE student_id = ANY (%s::uuid[])", [gone])
        cursor.execute("DELETE FROM register_student WHERE id = ANY (%s::uuid[])", [gone])
        if histories:
            write_again(cursor, fold_rows(histories))


def _digest(cursor: CursorWrapper, tables: Tables) -> str:
    cursor.execute(*everything(tables))
    row = cursor.fetchone()
    return str(row[0])
