"""Reads of the journals. Row-level security of the caller's connection applies.

A cut is ``{organisation: sequence}``: entries beyond it, and journals that it does not name, are not seen.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date
from typing import Any
from uuid import UUID

from django.db import connections

from xueji.ground.journals.models import Carried
from xueji.ground.journals.types import Entry
from xueji.ground.journals.verify import Fault, Verification, verify
from xueji.ground.keys import data_keys
from xueji.ground.keys.sealing import open_
from xueji.pure.kernel.operations import operations_from_json

__all__ = [
    "Cut",
    "Fault",
    "Verification",
    "carrier_of",
    "entries_of_kinds",
    "entries_of_organisation",
    "entries_of_students",
    "entries_of_transaction",
    "entry",
    "heads",
    "history",
    "last_said",
    "stream_all",
    "verify",
]

Cut = Mapping[UUID, int]
SALT = 16

_COLUMNS = (
    "e.organisation, e.sequence, e.block_no, e.entry_id, e.transaction_id, e.kind, e.student, e.student_seq,"
    " e.effective_on, e.recorded_at, e.operations, e.op_version, e.basis, e.rulebook_version, e.actor, e.corrects,"
    " e.data_key, e.sensitive, e.commitment"
)
_SELECT = f"SELECT {_COLUMNS} FROM journals_entry AS e"
_WITHIN = " JOIN unnest(%s::uuid[], %s::bigint[]) AS cut (o, s) ON e.organisation = cut.o AND e.sequence <= cut.s"


def carrier_of(organisation: UUID) -> str | None:
    """The code of the node that writes a journal; None where this one does."""
    return Carried.objects.filter(organisation=organisation).values_list("carrier", flat=True).first()


def entries_of_students(
    ids: Iterable[UUID], *, cut: Cut | None = None, decrypt: bool = True, using: str = "default"
) -> dict[UUID, list[Entry]]:
    """All entries of these students in all journals, each list in fold order (effective_on, student_seq).

    A student without an entry has an empty list. One query, one for the data keys.
    """
    wanted = list(ids)
    found: dict[UUID, list[Entry]] = {student: [] for student in wanted}
    rows = _fetch(
        " WHERE e.student = ANY(%s::uuid[]) ORDER BY e.student, e.effective_on, e.student_seq", [wanted], cut, using
    )
    for one in _entries(rows, decrypt, using):
        if one.student is not None:
            found[one.student].append(one)
    return found


_LAST_SAID = """
SELECT e.student, max(e.effective_on) FROM journals_entry e
WHERE e.student = ANY (%s::uuid[]) AND e.effective_on >= %s AND e.operations::jsonb @> %s::jsonb
  AND NOT EXISTS (SELECT FROM journals_entry c WHERE c.student = e.student AND c.corrects = e.entry_id)
GROUP BY e.student
"""


def last_said(ids: Iterable[UUID], operation: str, since: date, *, using: str = "default") -> dict[UUID, date]:
    """The last day of which an entry with this operation speaks, of the students who have one from ``since`` on.

    A value that was set and taken back on one day leaves no trace in the state, but nothing may be said of before it.
    """
    with connections[using].cursor() as cursor:
        cursor.execute(_LAST_SAID, [list(ids), since, json.dumps([{"op": operation}])])
        return dict(cursor.fetchall())


def history(student: UUID, *, using: str = "default") -> list[Entry]:
    """The timeline of one student, in fold order, decrypted; corrected entries and corrections both stand in it."""
    return entries_of_students([student], using=using)[student]


def entries_of_organisation(
    organisation: UUID,
    *,
    kinds: Collection[str] | None = None,
    cut: Cut | None = None,
    decrypt: bool = False,
    using: str = "default",
) -> list[Entry]:
    """The journal of one organisation by sequence, or its entries of some kinds."""
    where, values = " WHERE e.organisation = %s", [organisation]
    if kinds is not None:
        where, values = where + " AND e.kind = ANY(%s)", [*values, list(kinds)]  # type: ignore[list-item]
    return list(_entries(_fetch(where + " ORDER BY e.sequence", values, cut, using), decrypt, using))


def entries_of_kinds(
    kinds: Collection[str],
    organisations: Collection[UUID],
    *,
    cut: Cut | None = None,
    decrypt: bool = False,
    using: str = "default",
) -> list[Entry]:
    """The entries of some kinds in the journals of these organisations, each journal by sequence."""
    where = " WHERE e.organisation = ANY(%s::uuid[]) AND e.kind = ANY(%s) ORDER BY e.organisation, e.sequence"
    return list(_entries(_fetch(where, [list(organisations), list(kinds)], cut, using), decrypt, using))


def entries_of_transaction(transaction_id: UUID, *, decrypt: bool = False, using: str = "default") -> list[Entry]:
    """The entries that one transaction wrote, by organisation and sequence."""
    where = " WHERE e.transaction_id = %s ORDER BY e.organisation, e.sequence"
    return list(_entries(_fetch(where, [transaction_id], None, using), decrypt, using))


def entry(entry_id: UUID, *, decrypt: bool = False, using: str = "default") -> Entry | None:
    """One entry by its id."""
    return next(_entries(_fetch(" WHERE e.entry_id = %s", [entry_id], None, using), decrypt, using), None)


def stream_all(
    *, cut: Cut | None = None, decrypt: bool = True, using: str = "default", batch: int = 5000
) -> Iterator[Entry]:
    """Every entry, through a server-side cursor: first those of no student, a journal at a time by sequence,
    then students one after another, each in fold order.

    Consume it on one connection without committing meanwhile when inside a transaction.
    """
    for where in (
        " WHERE e.student IS NULL ORDER BY e.organisation, e.sequence",
        " WHERE e.student IS NOT NULL ORDER BY e.student, e.effective_on, e.student_seq",
    ):
        sql, values = _query(where, [], cut)
        with connections[using].chunked_cursor() as cursor:
            cursor.execute(sql, values)
            while rows := cursor.fetchmany(batch):
                yield from _entries(rows, decrypt, using)


def heads(*, using: str = "default") -> dict[UUID, int]:
    """The last sequence of each journal that the viewer may see: a cut of now, read in one statement."""
    with connections[using].cursor() as cursor:
        cursor.execute("SELECT organisation, max(last_sequence) FROM journals_block GROUP BY organisation")
        return dict(cursor.fetchall())


def _query(where: str, values: list[Any], cut: Cut | None) -> tuple[str, list[Any]]:
    if cut is None:
        return _SELECT + where, values
    return _SELECT + _WITHIN + where, [list(cut.keys()), list(cut.values()), *values]


def _fetch(where: str, values: list[Any], cut: Cut | None, using: str) -> list[tuple[Any, ...]]:
    with connections[using].cursor() as cursor:
        cursor.execute(*_query(where, values, cut))
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


def _entries(rows: list[tuple[Any, ...]], decrypt: bool, using: str) -> Iterator[Entry]:
    """Rows as entries. A blob that does not open raises ``BrokenSeal``, a missing key ``UnknownDataKey``."""
    keys = data_keys.get({row[16] for row in rows if row[17] is not None}, using=using) if decrypt else {}
    for row in rows:
        blob = row[17]
        sensitive = None
        if decrypt and blob is not None:
            sensitive = json.loads(open_(keys[row[16]], blob, row[3].bytes)[SALT:])
        operations = operations_from_json(row[10], row[11])
        values = (*row[:10], operations, *row[12:16], sensitive, blob is not None, row[18])
        yield Entry._make(values)
