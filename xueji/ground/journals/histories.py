"""What a fold asks of the entries of pupils, and no more, thousands of pupils at a time.

Reading and opening are two steps: opening asks no database, so that it can go on beside what does (``refold_carried``).
Of an entry's nineteen columns the fold needs half; to parse the others (who acted, on which ground) cost as much again.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple, TypeAlias
from uuid import UUID

from django.db import connections

from xueji.ground.journals.selectors import SALT
from xueji.ground.journals.types import Entry
from xueji.ground.keys import data_keys
from xueji.ground.keys.sealing import open_
from xueji.pure.kernel.operations import Operation, operations_from_json

_SELECT = (
    "SELECT e.student, e.entry_id, e.transaction_id, e.student_seq, e.effective_on, e.operations::text, e.op_version,"
    " e.corrects, e.data_key, e.sensitive FROM journals_entry AS e"
    " WHERE e.student = ANY(%s::uuid[]) ORDER BY e.student, e.effective_on, e.student_seq"
)


class SealedEntry(NamedTuple):
    """An entry as it stands: ``operations`` as JSON text, ``sensitive`` sealed under the key of ``data_key``."""

    student: UUID
    entry_id: UUID
    transaction_id: UUID
    student_seq: int
    effective_on: date
    operations: str
    op_version: int
    corrects: UUID | None
    data_key: UUID | None
    sensitive: bytes | None


class Foldable(NamedTuple):
    """An entry opened for the fold (``kernel.fold.FoldEntry``)."""

    entry_id: UUID
    transaction_id: UUID
    student_seq: int
    effective_on: date
    operations: tuple[Operation, ...]
    corrects: UUID | None
    sensitive: Mapping[str, Any] | None
    has_sensitive: bool


#: The entries of one pupil.
History: TypeAlias = Sequence[Entry] | Sequence[Foldable]


def sealed_of_students(ids: Iterable[UUID]) -> list[SealedEntry]:
    """All entries of these students in all journals, by student, each one's in fold order. One query."""
    with connections["default"].cursor() as cursor:
        cursor.execute(_SELECT, [list(ids)])
        return list(map(SealedEntry._make, cursor.fetchall()))


def keys_for(entries: Iterable[SealedEntry]) -> dict[UUID, bytes]:
    """The data keys that open these entries. Raises ``UnknownDataKey``."""
    return data_keys.read({one.data_key for one in entries if one.sensitive is not None and one.data_key is not None})


def opened(entries: Iterable[SealedEntry], keys: Mapping[UUID, bytes]) -> dict[UUID, list[Foldable]]:
    """The entries of each student, in the order given; asks no database.

    Raises ``BrokenSeal`` for a blob that does not open, ``UnknownOperation`` for what this program cannot fold.
    """
    found: dict[UUID, list[Foldable]] = {}
    for student, entry_id, transaction, number, effective_on, operations, version, corrects, key, blob in entries:
        sensitive = None
        if blob is not None and key is not None:
            sensitive = json.loads(open_(keys[key], blob, entry_id.bytes)[SALT:])
        done = operations_from_json(json.loads(operations), version)
        made = Foldable(entry_id, transaction, number, effective_on, done, corrects, sensitive, blob is not None)
        found.setdefault(student, []).append(made)
    return found
