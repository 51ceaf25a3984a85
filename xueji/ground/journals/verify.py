"""Verification: is every journal as it was written (design §6, invariant 4)?

Everything is computed again: content digests, gaps, the chain of blocks, each student's own sequence,
the commitments (by opening every blob), and the anchored heads. Digests are computed by the expressions of this
program, not by functions of the database. A fault names the organisation and the sequence; what
follows from another fault is left out, so that an untouched entry is not accused.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import connections, transaction

from xueji.ground.journals.anchor import AnchorLine, read_anchor
from xueji.ground.journals.digests import CONTENT_DIGEST, block_digest
from xueji.ground.keys import data_keys
from xueji.ground.keys.sealing import BrokenSeal, open_

_NAMED_ONE_BY_ONE = 1000  # a longer stretch of missing entries is named as one range
_BATCH = 5000


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """What is wrong, and where. ``organisation`` is None for a line of the anchor file that cannot be read."""

    organisation: UUID | None
    sequence: int | None
    reason: str


@dataclass(frozen=True, slots=True)
class Verification:
    """The outcome: how much was looked at, and each fault."""

    verified: bool
    entries: int
    organisations: int
    faults: list[Fault]


@dataclass(slots=True)
class _Findings:
    faults: list[Fault] = field(default_factory=list)
    touched: defaultdict[UUID, set[int]] = field(default_factory=lambda: defaultdict(set))

    def add(self, organisation: UUID, sequence: int, reason: str) -> None:
        self.faults.append(Fault(organisation, sequence, reason))
        self.touched[organisation].add(sequence)

    def explains(self, organisation: UUID, first: int, last: int) -> bool:
        """Whether an entry of this stretch is named already."""
        return any(first <= sequence <= last for sequence in self.touched.get(organisation, ()))


def verify(with_keys: bool = True, *, using: str = "owner") -> Verification:
    """Recompute everything; ``with_keys`` also opens every blob.

    Reads as the owner, from whom row-level security hides nothing.
    Looks at one snapshot of the database; work goes on meanwhile.
    """
    # The file first: a head that is anchored later may be missing in an older snapshot.
    lines = list(read_anchor())
    fresh = not connections[using].in_atomic_block
    with transaction.atomic(using=using):
        if fresh:
            _rows(using, "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY", [])
        findings = _Findings()
        entries, organisations = next(
            _rows(using, "SELECT count(*), count(DISTINCT organisation) FROM journals_entry", [])
        )
        _check_contents(findings, using)
        _check_gaps(findings, lines, using)
        _check_blocks(findings, using)
        if with_keys:
            _check_commitments(findings, using)
        _check_anchor(findings, lines, using)
        if not findings.faults:
            _check_students(findings, using)
    faults = sorted(set(findings.faults), key=lambda f: (str(f.organisation), f.sequence or 0, f.reason))
    return Verification(not faults, entries, organisations, faults)


def _rows(using: str, sql: str, values: list[Any]) -> Iterator[tuple[Any, ...]]:
    with connections[using].cursor() as cursor:
        cursor.execute(sql, values)
        return iter(cursor.fetchall() if cursor.description else [])


def _check_contents(findings: _Findings, using: str) -> None:
    sql = f"""
      SELECT e.organisation, e.sequence, e.content_digest IS DISTINCT FROM {CONTENT_DIGEST}
      FROM journals_entry AS e
      WHERE e.content_digest IS DISTINCT FROM {CONTENT_DIGEST}
         OR (e.sensitive IS NULL) <> (e.commitment IS NULL) OR (e.sensitive IS NULL) <> (e.data_key IS NULL)
    """
    for organisation, sequence, changed in _rows(using, sql, []):
        reason = "内容与摘要不符，这条变动记录被改动过" if changed else "加密部分缺失或不完整"
        findings.add(organisation, sequence, reason)


def _check_gaps(findings: _Findings, lines: list[AnchorLine], using: str) -> None:
    """Entries that are not there, up to the last that blocks, anchor or sound entries speak of."""
    expected: dict[UUID, int] = {}
    for line in lines:
        if line.head is not None and line.signed_by_us():
            expected[line.head.organisation] = max(expected.get(line.head.organisation, 0), line.head.sequence)
    for organisation, last in _rows(
        using, "SELECT organisation, max(last_sequence) FROM journals_block GROUP BY organisation", []
    ):
        expected[organisation] = max(expected.get(organisation, 0), last)
    present: dict[UUID, int] = {}
    gaps: list[tuple[UUID, int, int]] = []
    sql = """
      SELECT organisation, sequence, before, is_last FROM (
        SELECT organisation, sequence, lag(sequence, 1, 0::bigint) OVER w AS before,
               lead(sequence) OVER w IS NULL AS is_last
        FROM journals_entry WINDOW w AS (PARTITION BY organisation ORDER BY sequence)) AS e
      WHERE sequence <> before + 1 OR is_last
    """
    for organisation, sequence, before, is_last in _rows(using, sql, []):
        if is_last:
            present[organisation] = sequence
        if sequence == before:
            findings.add(organisation, sequence, "序号重复")
        gaps.append((organisation, before + 1, sequence - 1))
        if sequence not in findings.touched.get(organisation, ()):
            expected[organisation] = max(expected.get(organisation, 0), sequence)
    gaps += [(organisation, present.get(organisation, 0) + 1, last) for organisation, last in expected.items()]
    for organisation, first, last in gaps:
        _add_missing(findings, organisation, first, min(last, expected.get(organisation, 0)))


def _add_missing(findings: _Findings, organisation: UUID, first: int, last: int) -> None:
    if last - first < _NAMED_ONE_BY_ONE:
        for sequence in range(first, last + 1):
            findings.add(organisation, sequence, "这条变动记录缺失")
    else:
        findings.add(organisation, first, f"第 {first} 至 {last} 条变动记录缺失")


_BLOCKS = f"""
WITH parts AS (
  SELECT organisation, block_no, min(sequence) AS first_sequence, max(sequence) AS last_sequence, count(*) AS entries,
         string_agg(content_digest, ''::bytea ORDER BY sequence) AS digests
  FROM journals_entry GROUP BY organisation, block_no),
chain AS (
  SELECT *, lag(block_no, 1, 0::bigint) OVER w AS before_no, lag(last_sequence, 1, 0::bigint) OVER w AS before_last,
         lag(digest, 1, decode(repeat('00', 32), 'hex')) OVER w AS before_digest
  FROM journals_block WINDOW w AS (PARTITION BY organisation ORDER BY block_no))
SELECT organisation, block_no, coalesce(b.first_sequence, p.first_sequence), coalesce(b.last_sequence, p.last_sequence),
  least(b.first_sequence, p.first_sequence), greatest(b.last_sequence, p.last_sequence),
  CASE
    WHEN b.digest IS NULL THEN 'no_block'
    WHEN p.digests IS NULL THEN 'no_entries'
    WHEN b.block_no <> b.before_no + 1 OR b.first_sequence <> b.before_last + 1 THEN 'gap'
    WHEN b.previous_digest IS DISTINCT FROM b.before_digest THEN 'link'
    WHEN b.first_sequence <> p.first_sequence OR b.last_sequence <> p.last_sequence
      OR p.entries <> b.last_sequence - b.first_sequence + 1 THEN 'range'
    ELSE 'digest' END
FROM parts AS p FULL JOIN chain AS b USING (organisation, block_no)
WHERE b.digest IS NULL OR p.digests IS NULL OR b.block_no <> b.before_no + 1 OR b.first_sequence <> b.before_last + 1
  OR b.previous_digest IS DISTINCT FROM b.before_digest
  OR b.first_sequence <> p.first_sequence OR b.last_sequence <> p.last_sequence
  OR p.entries <> b.last_sequence - b.first_sequence + 1
  OR b.digest IS DISTINCT FROM {
    block_digest("organisation", "block_no", "b.first_sequence", "b.last_sequence", "b.previous_digest", "p.digests")
}
ORDER BY organisation, block_no
"""
_BLOCK_REASONS = {
    "no_block": "第 {block} 区块的记录缺失(第 {first} 至 {last} 条)",
    "no_entries": "第 {block} 区块没有对应的变动记录",
    "gap": "第 {block} 区块之前有区块缺失",
    "link": "第 {block} 区块与前一区块的摘要接不上",
    "range": "第 {block} 区块的起止序号与变动记录不符",
    "digest": "第 {block} 区块的摘要不符，第 {first} 至 {last} 条中有改动",
}


def _check_blocks(findings: _Findings, using: str) -> None:
    """The chain; a block whose own entry is named already says nothing more."""
    for organisation, block, first, last, lowest, highest, what in _rows(using, _BLOCKS, []):
        if not findings.explains(organisation, lowest, highest):
            reason = _BLOCK_REASONS[what].format(block=block, first=first, last=last)
            findings.add(organisation, first, reason)


def _check_commitments(findings: _Findings, using: str) -> None:
    """Open every blob: salt ‖ sensitive JSON must give the commitment.

    Blobs of a journal that was carried here without its keys are not ours to open.
    """
    closed = {row[0] for row in _rows(using, "SELECT organisation FROM journals_carried WHERE NOT opens", [])}
    with connections[using].chunked_cursor() as cursor:
        cursor.execute(
            "SELECT organisation, sequence, entry_id, data_key, sensitive, commitment FROM journals_entry"
            " WHERE sensitive IS NOT NULL AND commitment IS NOT NULL"
        )
        while rows := cursor.fetchmany(_BATCH):
            keys = data_keys.get({row[3] for row in rows if row[3]}, using=using, missing_ok=True)
            for organisation, sequence, entry_id, subject, blob, commitment in rows:
                if organisation in closed and subject not in keys:
                    continue
                reason = _broken_part(keys.get(subject), entry_id, bytes(blob), bytes(commitment))
                if reason and sequence not in findings.touched.get(organisation, ()):
                    findings.add(organisation, sequence, reason)


def _broken_part(key: bytes | None, entry_id: UUID, blob: bytes, commitment: bytes) -> str | None:
    if key is None:
        return "加密部分的数据密钥缺失或被改动过"
    try:
        plain = open_(key, blob, entry_id.bytes)
    except BrokenSeal:
        return "加密部分被改动过，无法打开"
    return None if hashlib.sha256(plain).digest() == commitment else "加密部分与其承诺值不符"


_ANCHORED = """
SELECT a.n FROM unnest(%s::bigint[], %s::uuid[], %s::bigint[], %s::bigint[], %s::bytea[])
  AS a (n, organisation, block_no, sequence, digest)
LEFT JOIN journals_block AS b ON b.organisation = a.organisation AND b.block_no = a.block_no
WHERE b.digest IS DISTINCT FROM a.digest OR b.last_sequence IS DISTINCT FROM a.sequence
"""


def _check_anchor(findings: _Findings, lines: list[AnchorLine], using: str) -> None:
    """Each anchored head against its block, each signature; of a chain that was recomputed the first block is named."""
    sound: list[AnchorLine] = []
    for line in lines:
        if line.head is None:
            findings.faults.append(Fault(None, None, f"锚定文件第 {line.number} 行读不出来"))
        elif not line.signed_by_us():
            findings.add(line.head.organisation, line.head.sequence, f"锚定文件第 {line.number} 行的签名不符")
        else:
            sound.append(line)
    contradicted: dict[UUID, AnchorLine] = {}
    for start in range(0, len(sound), _BATCH):
        part = {line.number: line for line in sound[start : start + _BATCH]}
        heads = [line.head for line in part.values() if line.head is not None]
        values = [list(part), *([getattr(h, name) for h in heads] for name in _ANCHOR_FIELDS)]
        for (number,) in _rows(using, _ANCHORED, values):
            line = part[number]
            if line.head is not None:
                known = contradicted.get(line.head.organisation)
                if known is None or known.head is None or known.head.block_no > line.head.block_no:
                    contradicted[line.head.organisation] = line
    for organisation, line in contradicted.items():
        _add_contradiction(findings, organisation, line, sound)


_ANCHOR_FIELDS = ("organisation", "block_no", "sequence", "digest")


def _add_contradiction(findings: _Findings, organisation: UUID, line: AnchorLine, sound: list[AnchorLine]) -> None:
    head = line.head
    if head is None:
        return
    before = [
        other.head.sequence
        for other in sound
        if other.head and other.head.organisation == organisation and other.head.block_no < head.block_no
    ]
    first = max(before, default=0) + 1
    if not findings.explains(organisation, first, head.sequence):
        reason = f"第 {first} 至 {head.sequence} 条与提交后锚定的摘要不符(第 {head.block_no} 区块),链被重新计算过"
        findings.add(organisation, first, reason)


def _check_students(findings: _Findings, using: str) -> None:
    """Each student's own sequence runs from 1 without a gap; asked only where no other fault explains a gap.

    What stands between may be in a journal of another node: known for a pupil that came from there, and possible
    before an entry that was carried here (the missing part is still on its way).
    """
    sql = """
      SELECT organisation, sequence, student_seq, before FROM (
        SELECT organisation, sequence, student, student_seq, lag(student_seq, 1, 0) OVER (
          PARTITION BY student ORDER BY student_seq) AS before
        FROM journals_entry WHERE student IS NOT NULL) AS e
      WHERE student_seq <> before + 1
        AND NOT EXISTS (SELECT FROM journals_carried AS c WHERE c.organisation = e.organisation)
        AND NOT EXISTS (SELECT FROM journals_studentbase AS b
                        WHERE b.student = e.student AND b.student_seq = e.student_seq - 1)
    """
    for organisation, sequence, student_seq, before in _rows(using, sql, []):
        reason = f"该学生的变动次序不连续:第 {before} 次之后是第 {student_seq} 次"
        findings.add(organisation, sequence, reason)
