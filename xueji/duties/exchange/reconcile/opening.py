"""``--deep``: every sealed part is opened on both sides and compared under the pupil's own data key.

An HMAC under the data key, which both nodes have, says whether two values are equal and gives neither away.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator
from uuid import UUID

from xueji.duties.exchange.reconcile import digests
from xueji.duties.exchange.reconcile.entries import Found, sealed_fields
from xueji.duties.exchange.reconcile.sides import Side
from xueji.ground.keys.sealing import BrokenSeal, canonical_json, open_
from xueji.registry.register.rows import aad

BROKEN = "broken"  # stands where a digest would: the part does not open, or is not what its commitment says


def differing_parts(here: Side, there: Side, organisation: UUID) -> Iterator[Found]:
    """Sealed parts of a journal that do not open or do not keep their commitment, and sealed fields of the state that
    are not alike."""
    parts = [_entries(side, organisation) for side in (here, there)]
    for key in sorted(parts[0].keys() & parts[1].keys(), key=str):
        student, field = key
        one, other = parts[0][key], parts[1][key]
        if one != other or BROKEN in (one, other):
            yield student, field, one, other
    states = [_states(side, organisation) for side in (here, there)]
    for pupil in sorted(states[0].keys() & states[1].keys()):
        fields = states[0][pupil], states[1][pupil]
        for code in sorted(fields[0].keys() | fields[1].keys()):
            if fields[0].get(code) != fields[1].get(code) or BROKEN in (fields[0].get(code), fields[1].get(code)):
                yield pupil, code, fields[0].get(code, ""), fields[1].get(code, "")


def _entries(side: Side, organisation: UUID) -> dict[tuple[UUID | None, str], str]:
    rows = side.rows(digests.SEALED, {"organisation": organisation})
    keys = side.keys({row[3] for row in rows})
    found = {}
    for sequence, student, entry_id, subject, blob, commitment, operations in rows:
        if subject not in keys:
            continue  # carried without its keys: not this side's to open
        try:
            plain = open_(keys[subject], blob, entry_id.bytes)
            kept = hashlib.sha256(plain).digest() == bytes(commitment)
        except BrokenSeal:
            kept = False
        field = f"entry {sequence}.{sealed_fields(operations)}"
        found[(student, field)] = bytes(commitment).hex() if kept else BROKEN
    return found


def _states(side: Side, organisation: UUID) -> dict[UUID, dict[str, str]]:
    rows = side.rows(digests.SEALED_STATE, {"organisation": organisation})
    keys = side.keys({row[0] for row in rows})
    found: dict[UUID, dict[str, str]] = {}
    for student, blob in rows:
        try:
            values = json.loads(open_(keys[student], blob, aad(student)))
        except (BrokenSeal, KeyError):
            found[student] = {"sensitive": BROKEN}
            continue
        found[student] = {
            code: hmac.digest(keys[student], canonical_json([code, value]), "sha256").hex()
            for code, value in values.items()
        }
    return found
