"""The anchor: signed heads in an append-only file outside the database (design §3 "Digests").

``HOME/anchor/heads.jsonl`` has one line a block: ``{"organisation", "sequence", "block_no", "digest" (hex),
"signature" (hex)}``. Lines of one journal may stand out of order, since the lock ends with the commit and the
line follows. A cut tail or a recomputed chain in the database no longer agrees with it.
"""

from __future__ import annotations

import json
import logging
import os
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db import connections

from xueji.ground.journals.types import Head
from xueji.ground.keys.files import current_home
from xueji.ground.keys.services import sign
from xueji.ground.keys.services import verify as verify_signature
from xueji.pure.kernel.types import Refused

_log = logging.getLogger(__name__)
_SYNC_AFTER = 0.2  # seconds between two fsyncs of one process; a line lost by a power cut is completed at start-up
_lock = threading.Lock()
_synced = {"at": 0.0}


@dataclass(frozen=True, slots=True)
class AnchorLine:
    """A line of the anchor file; ``head`` is None where the line cannot be read."""

    number: int
    head: Head | None
    signature: bytes

    def signed_by_us(self) -> bool:
        return self.head is not None and verify_signature(message(self.head), self.signature)


def anchor_path() -> Path:
    """Where the anchor file stands."""
    configured = getattr(settings, "XUEJI_ANCHOR", None)
    return Path(configured) if configured else current_home() / "anchor" / "heads.jsonl"


def message(head: Head) -> bytes:
    """What is signed: a fixed layout of the head's four values."""
    return (
        b"xueji-head-1"
        + head.organisation.bytes
        + head.sequence.to_bytes(8, "big")
        + head.block_no.to_bytes(8, "big")
        + head.digest
    )


def anchor_after_commit(heads: Sequence[Head]) -> None:
    """``anchor_heads`` for entries that are safe in the database: a failure is logged, never raised.

    ``anchor_missing_heads`` completes the file at the next start.
    """
    try:
        anchor_heads(heads)
    except (OSError, Refused) as error:
        _log.error("anchor: %d heads not written (%s); they are completed at the next start", len(heads), error)


def anchor_heads(heads: Sequence[Head]) -> None:
    """Append signed heads to the anchor file; raises ``OSError`` or, without keys, ``Refused``."""
    if not heads:
        return
    lines = "".join(
        json.dumps(
            {
                "organisation": str(head.organisation),
                "sequence": head.sequence,
                "block_no": head.block_no,
                "digest": head.digest.hex(),
                "signature": sign(message(head)).hex(),
            }
        )
        + "\n"
        for head in heads
    )
    path = anchor_path()
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        # One write: lines of several processes do not mix.
        os.write(descriptor, lines.encode())
        with _lock:
            due = time.monotonic() - _synced["at"] >= _SYNC_AFTER
            if due:
                _synced["at"] = time.monotonic()
        if due:
            os.fsync(descriptor)
    finally:
        os.close(descriptor)


def read_anchor() -> Iterator[AnchorLine]:
    """All lines of the anchor file, broken ones with ``head`` None."""
    path = anchor_path()
    if not path.exists():
        return
    with path.open("rb") as stream:
        for number, line in enumerate(stream, 1):
            yield _parse(number, line)


def _parse(number: int, line: bytes) -> AnchorLine:
    try:
        value = json.loads(line)
        head = Head(
            UUID(value["organisation"]), int(value["sequence"]), int(value["block_no"]), bytes.fromhex(value["digest"])
        )
        return AnchorLine(number, head, bytes.fromhex(value["signature"]))
    except (ValueError, KeyError, TypeError):
        return AnchorLine(number, None, b"")


def anchor_missing_heads(*, using: str = "owner") -> int:
    """Anchor the heads of journals whose last block is not in the file (a crash between commit and line); how many.

    A journal that contradicts its anchor is left alone: signing what it says now would hide what
    ``verify`` has to name.
    """
    last: dict[UUID, Head] = {}
    for line in read_anchor():
        head = line.head
        if head is not None and (head.organisation not in last or last[head.organisation].block_no < head.block_no):
            last[head.organisation] = head
    missing: list[Head] = []
    contradicted: list[Head] = []
    for head, agrees in _heads_beyond(last.values(), using):
        (missing if agrees else contradicted).append(head)
    if contradicted:
        _log.error("%d journals contradict their anchor; run: xueji journal verify", len(contradicted))
    anchor_heads(missing)
    return len(missing)


def _heads_beyond(anchored: Iterable[Head], using: str) -> list[tuple[Head, bool]]:
    """Heads that are not anchored, each with whether the chain up to it holds on to the anchored block."""
    known = list(anchored)
    with connections[using].cursor() as cursor:
        cursor.execute(
            """
            WITH anchored AS (
              SELECT * FROM unnest(%s::uuid[], %s::bigint[], %s::bytea[]) AS a (organisation, block_no, digest)),
            heads AS (SELECT DISTINCT ON (organisation) * FROM journals_block ORDER BY organisation, block_no DESC)
            SELECT h.organisation, h.last_sequence, h.block_no, h.digest,
              a.block_no IS NULL OR (b.digest IS NOT DISTINCT FROM a.digest AND h.block_no > a.block_no AND NOT EXISTS (
                SELECT 1 FROM journals_block AS n LEFT JOIN journals_block AS p
                  ON p.organisation = n.organisation AND p.block_no = n.block_no - 1
                WHERE n.organisation = h.organisation AND n.block_no > a.block_no
                  AND n.previous_digest IS DISTINCT FROM p.digest))
            FROM heads AS h
            LEFT JOIN anchored AS a ON a.organisation = h.organisation
            LEFT JOIN journals_block AS b ON b.organisation = a.organisation AND b.block_no = a.block_no
            WHERE a.block_no IS DISTINCT FROM h.block_no OR a.digest IS DISTINCT FROM h.digest
            """,
            [[h.organisation for h in known], [h.block_no for h in known], [h.digest for h in known]],
        )
        return [(Head(row[0], row[1], row[2], bytes(row[3])), bool(row[4])) for row in cursor.fetchall()]
