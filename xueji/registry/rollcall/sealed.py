"""Reasons and notes of a roll-call, sealed: under the pupil's data key, or a row's own where no pupil is known."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from xueji.ground.keys import services as keys


def line_place(roll: UUID, student: UUID) -> bytes:
    """Where a line's reason belongs to."""
    return b"rollcall_rollline" + roll.bytes + student.bytes


def attempt_place(attempt: UUID) -> bytes:
    """Where what was told of an attempt belongs to."""
    return b"rollcall_contactattempt" + attempt.bytes


def separated_place(row: UUID) -> bytes:
    """Where the name of a pupil without a record here belongs to."""
    return b"rollcall_separatedattendance" + row.bytes


def supplement_place(supplement: UUID) -> bytes:
    """Where the words of a supplement belong to."""
    return b"rollcall_supplement" + supplement.bytes


def seal_all(items: Iterable[tuple[UUID, Any, bytes]]) -> list[bytes]:
    """(subject of the key, value, place) → blobs, in order; keys are made where there are none."""
    listed = list(items)
    return keys.seal_json_many(keys.data_keys.ensure(subject for subject, _, _ in listed), listed)


def open_all(items: Iterable[tuple[UUID, bytes | memoryview | None, bytes]]) -> list[Any]:
    """The values of blobs, in order; None where there is no blob."""
    listed = [(subject, blob if blob is None else bytes(blob), place) for subject, blob, place in items]
    there = [(subject, blob, place) for subject, blob, place in listed if blob is not None]
    opened = iter(keys.open_json_many(keys.data_keys.get(subject for subject, _, _ in there), there) if there else ())
    return [None if blob is None else next(opened) for _, blob, _ in listed]
