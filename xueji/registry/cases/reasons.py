"""Reasons are sealed: what an official writes may name a number or an address (invariant 13)."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from xueji.ground.keys import data_keys
from xueji.ground.keys.sealing import open_, seal

_PLACE = b"reason"


def seal_reason(subject: UUID, reason: str) -> bytes | None:
    """A reason under the data key of its case's subject; None for an empty one."""
    text = reason.strip()
    return seal(data_keys.ensure([subject])[subject], text.encode(), _PLACE + subject.bytes) if text else None


def open_reasons(sealed: Iterable[tuple[UUID, bytes | memoryview | None]]) -> list[str]:
    """The texts of (subject, sealed reason), in order; '' where there is none."""
    found = list(sealed)
    keys = data_keys.get({subject for subject, blob in found if blob})
    return [
        open_(keys[subject], bytes(blob), _PLACE + subject.bytes).decode() if blob else "" for subject, blob in found
    ]
