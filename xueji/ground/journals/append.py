"""Appending: numbers, sealing, and the one INSERT of all entries of a call."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any
from uuid import UUID

from django.db import IntegrityError, connections, transaction

from xueji.ground.journals.anchor import anchor_after_commit
from xueji.ground.journals.digests import CONTENT_DIGEST
from xueji.ground.journals.locks import lock_keys
from xueji.ground.journals.prepared import run_prepared
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
    "operations": "json",
    "basis": "json",
    "corrects": "uuid",
    "data_key": "uuid",
    "sensitive": "bytea",
    "commitment": "bytea",
}
_Row = tuple[Any, ...]  # values in the order of _COLUMNS
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
        %s::text AS rulebook_version, %s::json AS actor
      FROM {{rows}} OFFSET 0) AS e
"""
_COPY_FROM = 64  # fewer rows go as arrays: no temporary table for the daily single entry

_dumps = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False, check_circular=False).encode


@dataclass(slots=True)
class _Batch:
    """What all entries of one call share, and the counters that they move on."""

    actor: dict[str, str]
    transaction_id: UUID
    rulebook_version: str
    now: datetime
    world: Environment
    keys: dict[UUID, bytes]
    blocks: dict[UUID, int]
    sequences: dict[UUID, int]
    students: dict[UUID, int]

    def constants(self) -> list[Any]:
        """Values of the INSERT's inner SELECT, in its order."""
        return [self.transaction_id, self.now, OP_VERSION, self.rulebook_version, _dumps(self.actor)]


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
    with transaction.atomic(using=using, savepoint=False):  # what fails here fails the whole service
        organisations = {new.organisation for new in entries}
        batch = _begin(actor, transaction_id, entries, rulebook_version, using)
        made: list[Entry] = []
        try:
            _insert(_rows(batch, entries, made), len(entries), batch.constants(), using)
        except IntegrityError as error:
            raise _refusal(error) from error
        anchored = heads_of(organisations, using)
        transaction.on_commit(lambda: anchor_after_commit(anchored), using=using, robust=True)
    return made


def heads_of(organisations: Collection[UUID], using: str = "default") -> list[Head]:
    """The heads of these journals as this transaction sees them (no row-level security: a head says nothing)."""
    sql = "SELECT organisation, sequence, block_no, digest FROM journals_heads(%s::uuid[])"
    return [Head(*row) for row in run_prepared(sql, [_uuids(organisations)], using)]


def _begin(
    actor: Actor, transaction_id: UUID, entries: Sequence[NewEntry], rulebook_version: str, using: str
) -> _Batch:
    """Lock the journals, read where they and the students stand, and have the data keys."""
    organisations = {new.organisation for new in entries}
    blocks, sequences = dict.fromkeys(organisations, 1), dict.fromkeys(organisations, 0)
    students = dict.fromkeys((new.student for new in entries if new.student is not None), 0)
    sql = "SELECT subject, is_student, number, block_no FROM journals_begin(%s::bigint[], %s::uuid[], %s::uuid[])"
    given = [lock_keys(organisations), _uuids(organisations), _uuids(students)]
    for subject, is_student, number, block_no in run_prepared(sql, given, using):
        if is_student:
            students[subject] = number
        else:
            sequences[subject], blocks[subject] = number, block_no + 1
    return _Batch(
        actor={"person": str(actor.person), "post": str(actor.post), "organisation": str(actor.organisation)},
        transaction_id=transaction_id,
        rulebook_version=rulebook_version,
        now=environment().now(),
        world=environment(),
        keys=data_keys.ensure({subject for new in entries if (subject := _key_subject(new))}, using=using),
        blocks=blocks,
        sequences=sequences,
        students=students,
    )


def _key_subject(new: NewEntry) -> UUID | None:
    if not new.sensitive:
        return None
    subject = new.data_key_subject or new.student
    if subject is None:
        raise ValueError("a sensitive part needs a student or a data_key_subject")
    return subject


def _rows(batch: _Batch, entries: Sequence[NewEntry], made: list[Entry]) -> Iterator[_Row]:
    """The rows, one after another, so that the server takes in the first while the next is sealed; fills ``made``."""
    sequences, students = batch.sequences, batch.students
    bases: dict[int, str] = {}  # the same basis often serves a whole roster
    for new in entries:
        organisation, student = new.organisation, new.student
        sequence = sequences[organisation] = sequences[organisation] + 1
        block_no = batch.blocks[organisation]
        student_seq = None
        if student is not None:
            student_seq = students[student] = students[student] + 1
        entry_id = batch.world.new_id()
        subject = _key_subject(new)
        blob = commitment = None
        if subject is not None:
            blob, commitment = seal_part(batch.keys[subject], new.sensitive, entry_id, batch.world)
        basis = bases.get(id(new.basis))
        if basis is None:
            basis = bases[id(new.basis)] = _dumps(dict(new.basis))
        operations = _dumps([operation.to_json() for operation in new.operations])
        made.append(
            Entry(
                organisation, sequence, block_no, entry_id, batch.transaction_id, new.kind, student, student_seq,
                new.effective_on, batch.now, new.operations, new.basis, batch.rulebook_version, batch.actor,
                new.corrects, new.sensitive if blob else None, blob is not None, commitment,
            )
        )  # fmt: skip
        yield (
            organisation, sequence, block_no, entry_id, new.kind, student, student_seq, new.effective_on, operations,
            basis, new.corrects, subject, blob, commitment,
        )  # fmt: skip


def seal_part(key: bytes, sensitive: Any, entry_id: UUID, world: Environment) -> tuple[bytes, bytes]:
    """The blob and the commitment of a sensitive part: the blob holds salt (16 bytes) ‖ canonical JSON."""
    plain = world.salt() + canonical_json(sensitive)
    return seal(key, plain, entry_id.bytes), hashlib.sha256(plain).digest()


def _insert(rows: Iterator[_Row], count: int, constants: list[Any], using: str) -> None:
    if count < _COPY_FROM:
        columns = [list(column) for column in zip(*rows, strict=True)]
        run_prepared(_INSERT.format(rows=_ROWS_GIVEN), [*constants, *columns], using)
        return
    with connections[using].cursor() as cursor:
        cursor.execute(_TEMPORARY)
        cursor.execute("TRUNCATE pg_temp.journals_incoming")
        with cursor.copy(_COPY) as copy:
            while part := "".join([_copy_line(row) for row in islice(rows, 100)]):
                copy.write(part)
        cursor.execute(_INSERT.format(rows=_ROWS_COPIED), constants)


def _uuids(ids: Collection[UUID]) -> str:
    """A uuid[] as text, which dumps ten times as fast as a list."""
    return "{" + ",".join([one.hex for one in ids]) + "}"


def _copy_line(row: _Row) -> str:
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
