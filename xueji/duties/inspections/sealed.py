"""What findings say, sealed: under the pupil's data key, or the school's where no pupil is concerned."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from xueji.ground.keys import services as keys


def place(finding: UUID, what: str) -> bytes:
    """Where a text belongs to: ``said``, ``mended`` or ``answer`` of a finding."""
    return b"inspections_inspectionfinding" + finding.bytes + what.encode()


def seal_all(items: Iterable[tuple[UUID, Any, bytes]]) -> list[bytes]:
    """(subject of the key, value, place) → blobs, in order; keys are made where there are none."""
    listed = list(items)
    return keys.seal_json_many(keys.data_keys.ensure(subject for subject, _, _ in listed), listed) if listed else []


def seal(subject: UUID, text: str, where: bytes) -> bytes:
    """One text."""
    return seal_all([(subject, text, where)])[0]


def open_all(items: Iterable[tuple[UUID, bytes | memoryview | None, bytes]]) -> list[str]:
    """The texts of blobs, in order; '' where there is none."""
    listed = [(subject, blob if blob is None else bytes(blob), where) for subject, blob, where in items]
    there = [(subject, blob, where) for subject, blob, where in listed if blob is not None]
    opened = iter(keys.open_json_many(keys.data_keys.get(subject for subject, _, _ in there), there) if there else ())
    return ["" if blob is None else str(next(opened)) for _, blob, _ in listed]
