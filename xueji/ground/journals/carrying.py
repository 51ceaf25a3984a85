"""Journals carried between nodes: whole blocks, as the bytes that were written (design §5, ADR 0016).

``copy_out`` gives entries as lines of COPY's text format, ``take_in`` takes such lines in. The database computes each
content digest again and chains the blocks; what comes out must be the digests that the sender signed. What stands here
already is compared and passed over, so that taking in twice changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import psycopg
from django.db import DataError, IntegrityError, ProgrammingError, connections, transaction

from xueji.ground.journals.anchor import anchor_after_commit
from xueji.ground.journals.append import heads_of
from xueji.ground.journals.locks import lock
from xueji.pure.kernel.types import Refused

#: Column → how it is written, how it is read back, type of the temporary column.
_COLUMNS = {
    "organisation": ("e.organisation", "a.organisation", "uuid"),
    "sequence": ("e.sequence", "a.sequence", "bigint"),
    "block_no": ("e.block_no", "a.block_no", "bigint"),
    "entry_id": ("e.entry_id", "a.entry_id", "uuid"),
    "transaction_id": ("e.transaction_id", "a.transaction_id", "uuid"),
    "kind": ("e.kind", "a.kind", "text"),
    "student": ("e.student", "a.student", "uuid"),
    "student_seq": ("e.student_seq", "a.student_seq", "integer"),
    "effective_on": ("to_char(e.effective_on, 'YYYY-MM-DD')", "a.effective_on::date", "text"),
    "recorded_at": (
        "(extract(epoch FROM e.recorded_at) * 1000000)::bigint",
        "timestamptz 'epoch' + a.recorded_at * interval '1 microsecond'",
        "bigint",
    ),
    "operations": ("e.operations::text", "a.operations::json", "text"),
    "op_version": ("e.op_version", "a.op_version", "smallint"),
    "basis": ("e.basis::text", "a.basis::json", "text"),
    "rulebook_version": ("e.rulebook_version", "a.rulebook_version", "text"),
    "actor": ("e.actor::text", "a.actor::json", "text"),
    "corrects": ("e.corrects", "a.corrects", "uuid"),
    "data_key": ("e.data_key", "a.data_key", "uuid"),
    "sensitive": (r"translate(encode(e.sensitive, 'base64'), E'\n', '')", "decode(a.sensitive, 'base64')", "text"),
    "commitment": ("encode(e.commitment, 'hex')", "decode(a.commitment, 'hex')", "text"),
    "content_digest": ("encode(e.content_digest, 'hex')", "decode(a.content_digest, 'hex')", "text"),
}
_OUT = (
    f"COPY (SELECT {', '.join(row[0] for row in _COLUMNS.values())} FROM journals_entry AS e"
    " JOIN unnest(%s::uuid[], %s::bigint[], %s::bigint[]) AS w (organisation, after, last)"
    " ON e.organisation = w.organisation AND e.block_no > w.after AND e.block_no <= w.last"
    " ORDER BY e.organisation, e.sequence) TO STDOUT"
)
_TEMPORARY = (
    "CREATE TEMPORARY TABLE IF NOT EXISTS journals_arriving ("
    + ", ".join(f"{name} {row[2]}" for name, row in _COLUMNS.items())
    + ") ON COMMIT DELETE ROWS"
)
_AT_A_TIME = 65_536  # bytes given to COPY
_IN = f"COPY pg_temp.journals_arriving ({', '.join(_COLUMNS)}) FROM STDIN"
_INSERT = f"""
INSERT INTO journals_entry ({", ".join(_COLUMNS)})
SELECT {", ".join(row[1] for row in _COLUMNS.values())} FROM pg_temp.journals_arriving AS a
"""
#: Lines that were laid out or are being taken in, as a relation with the columns of ``journals_entry``.
LAID_OUT = (
    f"(SELECT {', '.join(f'{row[1]} AS {name}' for name, row in _COLUMNS.items())} FROM pg_temp.journals_arriving AS a)"
)


@dataclass(frozen=True, slots=True)
class Block:
    """A block as its own node has it; ``digest`` in hex."""

    organisation: UUID
    block_no: int
    first_sequence: int
    last_sequence: int
    digest: str


@dataclass(frozen=True, slots=True)
class TakenIn:
    """What was new here: how many entries, the pupils they speak of, the ids of entries about no pupil that change
    something, and the journals; ``known``: entries that stood here already."""

    entries: int
    known: int
    students: tuple[UUID, ...]
    of_organisations: tuple[UUID, ...]
    organisations: tuple[UUID, ...]


def blocks_after(wanted: Mapping[UUID, int], *, using: str = "default") -> list[Block]:
    """The blocks of these journals beyond a number each, by organisation and number."""
    with connections[using].cursor() as cursor:
        cursor.execute(
            "SELECT b.organisation, b.block_no, b.first_sequence, b.last_sequence, encode(b.digest, 'hex')"
            " FROM journals_block AS b JOIN unnest(%s::uuid[], %s::bigint[]) AS w (organisation, after)"
            " ON b.organisation = w.organisation AND b.block_no > w.after ORDER BY b.organisation, b.block_no",
            [list(wanted.keys()), list(wanted.values())],
        )
        return [Block(*row) for row in cursor.fetchall()]


def copy_out(blocks: Sequence[Block], *, using: str = "default") -> Iterator[bytes]:
    """The entries of these blocks (whole stretches), a line each without its line end."""
    spans: dict[UUID, tuple[int, int]] = {}
    for block in blocks:
        first, _ = spans.get(block.organisation, (block.block_no - 1, 0))
        spans[block.organisation] = (first, block.block_no)
    values = [list(spans), [span[0] for span in spans.values()], [span[1] for span in spans.values()]]
    with connections[using].cursor() as cursor, cursor.copy(_OUT, values) as copy:
        left = b""
        for data in copy:
            *lines, left = (left + bytes(data)).split(b"\n")
            yield from lines


def data_keys_of(blocks: Sequence[Block], *, using: str = "default") -> list[UUID]:
    """The subjects under whose data keys something in these blocks is sealed."""
    with connections[using].cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT e.data_key FROM journals_entry AS e JOIN unnest(%s::uuid[], %s::bigint[])"
            " AS w (organisation, block_no) ON e.organisation = w.organisation AND e.block_no = w.block_no"
            " WHERE e.data_key IS NOT NULL ORDER BY 1",
            [[block.organisation for block in blocks], [block.block_no for block in blocks]],
        )
        return [row[0] for row in cursor.fetchall()]


def take_in(
    lines: Iterable[bytes], blocks: Sequence[Block], *, carrier: str, opens: bool, using: str = "default"
) -> TakenIn:
    """Append carried blocks to their journals; all or nothing, in the transaction around.

    Raises ``Refused``: ``exchange.gap`` (blocks are missing between what is here and what came), ``exchange.fork``
    (an entry that is here says something else), ``exchange.forged`` (digests do not fit, or lines that are none),
    ``exchange.not_writer`` (a journal that this node writes, or that another node carries).
    """
    organisations = sorted({block.organisation for block in blocks})
    with transaction.atomic(using=using), connections[using].cursor() as cursor:
        lock(organisations, using=using)
        _claim(cursor, organisations, carrier, opens)
        try:
            _stage(cursor, lines)
            _check_range(cursor, blocks)
            known = _pass_over_known(cursor)
            _check_gap(cursor)
            students, plain = _students(cursor), _of_organisations(cursor)
            cursor.execute("SELECT set_config('xueji.carrying', 'on', true)")
            cursor.execute(_INSERT)
            fresh = int(cursor.rowcount)
            cursor.execute("SELECT set_config('xueji.carrying', '', true)")
        except (IntegrityError, DataError, ProgrammingError, psycopg.DataError) as error:  # COPY's are the driver's own
            raise _forged() from error
        _check_blocks(cursor, blocks)
        anchored = heads_of(organisations, using)
        transaction.on_commit(lambda: anchor_after_commit(anchored), using=using, robust=True)
    return TakenIn(fresh, known, tuple(students), tuple(plain), tuple(organisations))


def lay_out(lines: Iterable[bytes], *, using: str = "default") -> None:
    """Lay lines of ``copy_out`` into the session's temporary table to be compared (``LAID_OUT``); nothing is appended.

    They are gone at the end of the transaction. Raises ``DataError`` for lines that are none.
    """
    with connections[using].cursor() as cursor:
        try:
            _stage(cursor, lines)
        except psycopg.DataError as error:  # COPY's are the driver's own
            raise DataError("not lines of entries") from error


def _claim(cursor: Any, organisations: Sequence[UUID], carrier: str, opens: bool) -> None:
    """Only one node writes a journal: the first that carried it, or this one."""
    cursor.execute(
        "SELECT o FROM unnest(%s::uuid[]) AS o JOIN journals_block AS b ON b.organisation = o AND b.block_no = 1"
        " LEFT JOIN journals_carried AS c ON c.organisation = o WHERE c.carrier IS DISTINCT FROM %s LIMIT 1",
        [organisations, carrier],
    )
    if cursor.fetchone():
        raise Refused("exchange.not_writer", f"包里有不归节点 {carrier} 记载的学籍簿，已拒收。请与发送方核对管辖范围。")
    cursor.execute(
        "INSERT INTO journals_carried (organisation, carrier, opens) SELECT o, %s, %s FROM unnest(%s::uuid[]) AS o"
        " ON CONFLICT (organisation) DO NOTHING",
        [carrier, opens, organisations],
    )


def _stage(cursor: Any, lines: Iterable[bytes]) -> None:
    cursor.execute(_TEMPORARY)
    cursor.execute("TRUNCATE pg_temp.journals_arriving")
    with cursor.copy(_IN) as copy:
        given = bytearray()
        for line in lines:
            given += line
            given += b"\n"
            if len(given) >= _AT_A_TIME:
                copy.write(bytes(given))
                given.clear()
        if given:
            copy.write(bytes(given))
    cursor.execute("ANALYZE pg_temp.journals_arriving")


def _check_range(cursor: Any, blocks: Sequence[Block]) -> None:
    """The entries are those of the blocks that were announced, neither more nor fewer."""
    cursor.execute(
        "SELECT organisation, block_no, min(sequence), max(sequence), count(*) FROM pg_temp.journals_arriving"
        " GROUP BY organisation, block_no"
    )
    found = {(row[0], row[1]): (row[2], row[3], row[4]) for row in cursor.fetchall()}
    said = {
        (one.organisation, one.block_no): (
            one.first_sequence,
            one.last_sequence,
            one.last_sequence - one.first_sequence + 1,
        )
        for one in blocks
    }
    if found != said:
        raise _forged()


def _pass_over_known(cursor: Any) -> int:
    """Entries that stand here already must say the same; they are taken out of what is appended."""
    cursor.execute(
        "SELECT e.organisation, e.sequence FROM pg_temp.journals_arriving AS a JOIN journals_entry AS e"
        " ON e.organisation = a.organisation AND e.sequence = a.sequence"
        " WHERE e.entry_id <> a.entry_id OR encode(e.content_digest, 'hex') <> a.content_digest LIMIT 1"
    )
    if cursor.fetchone():
        raise Refused(
            "exchange.fork", "包里的变动记录与本节点已经收到的不一致（同一序号、不同内容），已拒收。请双方运行核对。"
        )
    cursor.execute(
        "DELETE FROM pg_temp.journals_arriving AS a USING journals_entry AS e"
        " WHERE e.organisation = a.organisation AND e.sequence = a.sequence"
    )
    return int(cursor.rowcount)


def _check_gap(cursor: Any) -> None:
    cursor.execute(
        "SELECT a.organisation, min(a.sequence), (SELECT coalesce(max(b.last_sequence), 0) FROM journals_block AS b"
        " WHERE b.organisation = a.organisation) FROM pg_temp.journals_arriving AS a GROUP BY a.organisation"
    )
    for _, first, last in cursor.fetchall():
        if first != last + 1:
            raise Refused(
                "exchange.gap",
                f"包里的变动记录从第 {first} 条开始，本节点只收到第 {last} 条，中间缺失，已拒收。请发送方重新导出。",
            )


def _students(cursor: Any) -> list[UUID]:
    cursor.execute("SELECT DISTINCT student FROM pg_temp.journals_arriving WHERE student IS NOT NULL ORDER BY 1")
    return [row[0] for row in cursor.fetchall()]


def _of_organisations(cursor: Any) -> list[UUID]:
    cursor.execute(
        "SELECT entry_id FROM pg_temp.journals_arriving WHERE student IS NULL AND operations <> '[]'"
        " ORDER BY organisation, sequence"
    )
    return [row[0] for row in cursor.fetchall()]


def _check_blocks(cursor: Any, blocks: Sequence[Block]) -> None:
    cursor.execute(
        "SELECT count(*) FROM unnest(%s::uuid[], %s::bigint[], %s::text[]) AS s (organisation, block_no, digest)"
        " LEFT JOIN journals_block AS b ON b.organisation = s.organisation AND b.block_no = s.block_no"
        " WHERE encode(b.digest, 'hex') IS DISTINCT FROM s.digest",
        [[one.organisation for one in blocks], [one.block_no for one in blocks], [one.digest for one in blocks]],
    )
    if cursor.fetchone()[0]:
        raise _forged()


def _forged() -> Refused:
    return Refused("exchange.forged", "包里的变动记录与其摘要不符，整包拒收，没有写入任何内容。请发送方重新导出。")
