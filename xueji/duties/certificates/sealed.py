"""What a line of an order says, sealed under the pupil's data key: the claim, and why it was left out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from xueji.duties.certificates.models import OrderLine
from xueji.ground.keys import services as keys

_TABLE = b"certificates_orderline"


def _place(line: UUID, what: str) -> bytes:
    return _TABLE + line.bytes + what.encode()


def seal_claims(items: Iterable[tuple[UUID, UUID, dict[str, Any]]]) -> list[bytes]:
    """(line, student, claim) → blobs, in order; data keys are made where there are none."""
    listed = [(student, claim, _place(line, "claim")) for line, student, claim in items]
    return keys.seal_json_many(keys.data_keys.ensure(one for one, _, _ in listed), listed) if listed else []


def seal_reasons(items: Iterable[tuple[OrderLine, str]]) -> list[bytes]:
    """Why lines were left out, in order."""
    listed = [(line.student, text, _place(line.id, "reason")) for line, text in items]
    return keys.seal_json_many(keys.data_keys.get(one for one, _, _ in listed), listed) if listed else []


def open_claims(lines: Sequence[OrderLine]) -> list[dict[str, Any]]:
    """The claims of lines, in order."""
    return _open(lines, [bytes(line.claim) for line in lines], "claim")


def open_reasons(lines: Sequence[OrderLine]) -> dict[UUID, str]:
    """By line why it was left out, of those that were."""
    out = [line for line in lines if line.reason is not None]
    opened = _open(out, [bytes(line.reason or b"") for line in out], "reason")
    return {line.id: str(text) for line, text in zip(out, opened, strict=True)}


def _open(lines: Sequence[OrderLine], blobs: Sequence[bytes], what: str) -> list[Any]:
    if not lines:
        return []
    known = keys.data_keys.get(line.student for line in lines)
    there = [(line.student, blob, _place(line.id, what)) for line, blob in zip(lines, blobs, strict=True)]
    return list(keys.open_json_many(known, there))
