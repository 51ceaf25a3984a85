"""Appending: numbers, sealing, and the one INSERT of all entries of a call."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, connections, transaction

from xueji.ground.journals.anchor import anchor_heads
from xueji.ground.journals.digests import CONTENT_DIGEST
from xueji.ground.journals.locks import lock
from xueji.ground.journals.types import Entry, Head, NewEntry
from xueji.ground.keys import data_keys
from xueji.ground.keys.sealing import canonical_json, seal
from xueji.pure.kernel.environment import Environment, environment
from xueji.pure.kernel.operations import OP_VERSION
from xueji.pure.kernel.types import Actor, Refused

_COLUMNS = {
    "organisation": "uuid",
    "sequence": "bigint",
    "block_no": "bigint",
    "entry_id": "uuid",
    "kind": "text",
    "student": "uuid",
    "student_seq": "integer",
    "effective_on": "date",
    "operations": "jsonb",
    "basis": "jsonb",
    "corrects": "uuid",
    "data_key": "uuid",
    "sensitive": "bytea",
    "commitment": "bytea",
}
_NAMES = ", ".join(_COLUMNS)
_TEMPORARY = (
    "CREATE TEMPORARY TABLE IF NOT EXISTS journals_incoming ("
    + ", ".join(f"{name} {kind}" for name, kind in _COLUMNS.items())
    + ") ON COMMIT DELETE ROWS"
)
_COPY = f"COPY pg_temp.journals_incoming ({_NAMES}) FROM STDIN"
_ROWS_COPIED = "pg_temp.journals_incoming"
_ROWS_GIVEN = f"unnest({', '.join(f'%s::{kind}[]' for kind in _COLUMNS.values())}) AS given ({_NAMES})"
# Digests are computed over the row as it will stand, by the very expression that the trigger and verify use.
_INSERT = f"""
INSERT INTO journals_entry ({_NAMES}, transaction_id, recorded_at, op_version, rulebook_version, actor, content_digest)
SELECT {", ".join(f"e.{name}" for name in _COLUMNS)}, e.transaction_id, e.recorded_at, e.op_version,
  e.rulebook_version, e.actor, {CONTENT_DIGEST}
FROM (SELECT {_NAMES}, %s::uuid AS transaction_id, %s::timestamptz AS recorded_at, %s::smallint AS op_version,
        %s::text AS rulebook_version, %s::jsonb AS actor
      FROM {{rows}} OFFSET 0) AS e
"""
_COPY_FROM = 64  # fewer rows go as arrays: no temporary table for the daily single entry

_dumps = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False, check_circular=False).encode


@dataclass(slots=True)
class _Counters:
    """The next numbers of the journals and students concerned."""

    blocks: dict[UUID, int]
    sequences: dict[UUID, int]
    students: dict[UUID, int]


def append(
    *,
    actor: Actor,
    transaction_id: UUID,
    entries: Sequence[NewEntry],
    rulebook_version: str,
    using: str = "default",
) -> list[Entry]:
    """Append entries to the journals of their organisations, in the order given; returns them as they stand.

    Joins the transaction around it. Takes the journals' locks (free of cost when the service has them). All entries
    of one organisation in a call form one block. The signed heads are anchored after the commit.

    Raises ``Refused`` ``journals.busy`` when another transaction has just written for the same student, and
    ``journals.corrected`` when an entry to be corrected was corrected before (correct the correction);
    ``ValueError`` for a sensitive part that no data key can be named for.
    """
    if not entries:
        return []
    with transaction.atomic(using=using):
        organisations = {new.organisation for new in entries}
        lock(organisations, using=using)
        counters = _counters(organisations, {new.student for new in entries if new.student}, using)
        now = environment().now()
        made, rows = _rows(actor, transaction_id, entries, rulebook_version, counters, now, using)
        constants = [transaction_id, now, OP_VERSION, rulebook_version, _dumps(_actor_json(actor))]
        try:
            _insert(rows, constants, using)
        except IntegrityError as error:
            raise _refusal(error) from error
        anchored = heads_of(organisations, using)
        transaction.on_commit(lambda: anchor_heads(anchored), using=using, robust=True)
    return made


def heads_of(organisations: set[UUID], using: str = "default") -> list[Head]:
    """The heads of these journals as this transaction sees them (no row-level security: a head says nothing)."""
    with connections[using].cursor() as cursor:
        cursor.execute(
            "SELECT organisation, sequence, block_no, digest FROM journals_heads(%s::uuid[])", [sorted(organisations)]
        )
        return [Head(row[0], row[1], row[2], bytes(row[3])) for row in cursor.fetchall()]


def _counters(organisations: set[UUID], students: set[UUID], using: str) -> _Counters:
    heads = {head.organisation: head for head in heads_of(organisations, using)}
    last: dict[UUID, int] = {}
    if students:
        with connections[using].cursor() as cursor:
            cursor.execute(
                "SELECT student, student_seq FROM journals_student_heads(%s::uuid[])", [sorted(students)]
            )
            last = dict(cursor.fetchall())
    return _Counters(
        blocks={one: heads[one].block_no + 1 if one in heads else 1 for one in organisations},
        sequences={one: heads[one].sequence if one in heads else 0 for one in organisations},
        students=last,
    )


def _actor_json(actor: Actor) -> dict[str, str]:
    return {"person": str(actor.person), "post": str(actor.post), "organisation": str(actor.organisation)}


def _key_subject(new: NewEntry) -> UUID | None:
    if not new.sensitive:
        return None
    subject = new.data_key_subject or new.student
    if subject is None:
        raise ValueError("a sensitive part needs a student or a data_key_subject")
    return subject


def _rows(
    actor: Actor,
    transaction_id: UUID,
    entries: Sequence[NewEntry],
    rulebook_version: str,
    counters: _Counters,
    now: datetime,
    using: str,
) -> tuple[list[Entry], list[tuple[Any, ...]]]:
    """The entries as they will stand, and their rows in the order of ``_COLUMNS``."""
    world = environment()
    keys = data_keys.ensure({subject for new in entries if (subject := _key_subject(new))}, using=using)
    who = _actor_json(actor)
    made, rows = [], []
    bases: dict[int, str] = {}  # the same basis often serves a whole roster
    sequences, students, blocks = counters.sequences, counters.students, counters.blocks
    for new in entries:
        organisation, student = new.organisation, new.student
        sequence = sequences[organisation] = sequences[organisation] + 1
        student_seq = None
        if student is not None:
            student_seq = students[student] = students.get(student, 0) + 1
        entry_id = world.new_id()
        subject = _key_subject(new)
        blob = commitment = None
        if subject is not None:
            blob, commitment = seal_part(keys[subject], new.sensitive, entry_id, world)
        basis = bases.get(id(new.basis))
        if basis is None:
            basis = bases[id(new.basis)] = _dumps(dict(new.basis))
        operations = _dumps([operation.to_json() for operation in new.operations])
        rows.append(
            (organisation, sequence, blocks[organisation], entry_id, new.kind, student, student_seq,
             new.effective_on, operations, basis, new.corrects, subject, blob, commitment)
        )  # fmt: skip
        made.append(
            Entry(
                organisation, sequence, blocks[organisation], entry_id, transaction_id, new.kind, student, student_seq,
                new.effective_on, now, new.operations, new.basis, rulebook_version, who, new.corrects,
                new.sensitive if blob else None, blob is not None, commitment,
            )
        )  # fmt: skip
    return made, rows


def seal_part(key: bytes, sensitive: Any, entry_id: UUID, world: Environment) -> tuple[bytes, bytes]:
    """The blob and the commitment of a sensitive part: the blob holds salt (16 bytes) ‖ canonical JSON."""
    plain = world.salt() + canonical_json(sensitive)
    return seal(key, plain, entry_id.bytes), hashlib.sha256(plain).digest()


def _insert(rows: list[tuple[Any, ...]], constants: list[Any], using: str) -> None:
    with connections[using].cursor() as cursor:
        if len(rows) < _COPY_FROM:
            columns = [list(column) for column in zip(*rows, strict=True)]
            # The rows stand within the inner SELECT, after its constants.
            cursor.execute(_INSERT.format(rows=_ROWS_GIVEN), [*constants, *columns])
            return
        cursor.execute(_TEMPORARY)
        cursor.execute("TRUNCATE pg_temp.journals_incoming")
        with cursor.copy(_COPY) as copy:
            for start in range(0, len(rows), 500):
                copy.write("".join([_copy_line(row) for row in rows[start : start + 500]]))
        cursor.execute(_INSERT.format(rows=_ROWS_COPIED), constants)


def _copy_line(row: tuple[Any, ...]) -> str:
    """A line of COPY's text format. Only kind and the two JSON texts can hold a character to be escaped."""
    (organisation, sequence, block_no, entry_id, kind, student, student_seq, effective_on, operations, basis,
     corrects, data_key, sensitive, commitment) = row  # fmt: skip
    if "\\" in operations:
        operations = operations.replace("\\", "\\\\")
    if "\\" in basis:
        basis = basis.replace("\\", "\\\\")
    return (
        f"{organisation.hex}\t{sequence}\t{block_no}\t{entry_id.hex}\t{_escape(kind)}"
        f"\t{student.hex if student else _NULL}\t{student_seq if student else _NULL}\t{effective_on}"
        f"\t{operations}\t{basis}\t{corrects.hex if corrects else _NULL}\t{data_key.hex if data_key else _NULL}"
        f"\t{_BYTES + sensitive.hex() if sensitive else _NULL}\t{_BYTES + commitment.hex() if sensitive else _NULL}\n"
    )


_NULL = "\\N"
_BYTES = "\\\\x"
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def _escape(text: str) -> str:
    return text if text.isidentifier() else text.translate(_ESCAPES)


def _refusal(error: IntegrityError) -> Refused | IntegrityError:
    """The plain sentence for what another transaction did first; any other error as it is."""
    constraint = getattr(getattr(error.__cause__, "diag", None), "constraint_name", None)
    if constraint == "journals_entry_student_seq":
        return Refused("journals.busy", "该学生的记录刚刚被另一项操作更新，请刷新后再试。")
    if constraint == "journals_entry_corrected_once":
        return Refused("journals.corrected", "这条变动记录已经更正过，请对更正后的那一条再作更正。")
    return error
