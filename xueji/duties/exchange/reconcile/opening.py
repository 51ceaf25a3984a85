"""``--deep``: every sealed part is opened on both sides and compared under the pupil's own data key; of each photo
that a journal names the sealed file is read.

An HMAC under the data key, which both nodes have, says whether two values are equal and gives neither away. Of a
pupil's state it is first that of all sealed fields together, as they were sealed (equal values are sealed as equal
bytes, ``canonical_json``); field by field only where these differ.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias
from uuid import UUID

from xueji.duties.exchange.reconcile.entries import Found, Row, sealed_fields
from xueji.ground.keys.sealing import BrokenSeal, canonical_json, open_
from xueji.registry.register.rows import aad

BROKEN = "broken"  # stands where a digest would: the part does not open, or is not what its commitment says
MISSING = "missing"  # of a photo: the file is not there, or is not what its digest says


@dataclass(frozen=True, slots=True)
class OpenedParts:
    """An organisation's sealed parts: of its journal by (student, place), of its pupils' state by student;
    the value is a digest that says nothing without the data key, ``BROKEN``, or '' where nothing sealed stands."""

    entries: Mapping[tuple[UUID | None, str], str]
    states: Mapping[UUID, str]


#: Of some pupils the sealed fields of the state by name: digests, ``BROKEN``.
Fields: TypeAlias = Mapping[UUID, Mapping[str, str]]


class Vault(Protocol):
    """A side whose seals can be opened where this runs."""

    def rows(self, question: str, values: Mapping[str, Any] | None = None) -> list[Row]: ...

    def keys(self, subjects: Collection[UUID]) -> dict[UUID, bytes]: ...

    def files(self, digests: Collection[str]) -> dict[str, bool]:
        """Of sealed files whether each is there and whole; left out what this side need not have."""
        ...


class Opener(Protocol):
    def opened(self, organisation: UUID) -> OpenedParts: ...

    def opened_fields(self, organisation: UUID, students: Collection[UUID]) -> Fields: ...


def differing_parts(
    here: Opener, there: Opener, organisation: UUID, theirs: OpenedParts | None = None
) -> Iterator[Found]:
    """Sealed parts of a journal that do not open or do not keep their commitment, photos whose file a side lacks, and
    sealed fields of the state that are not alike. ``theirs``: what ``there`` has opened already."""
    one, other = here.opened(organisation), theirs or there.opened(organisation)
    for key in sorted(one.entries.keys() & other.entries.keys(), key=str):
        student, field = key
        values = one.entries[key], other.entries[key]
        if values[0] != values[1] or values[0] in (BROKEN, MISSING):
            yield student, field, one.entries[key], other.entries[key]
    unequal = [
        pupil
        for pupil in sorted(one.states.keys() & other.states.keys())
        if one.states[pupil] != other.states[pupil] or one.states[pupil] == BROKEN
    ]
    if unequal:
        sides = [side.opened_fields(organisation, unequal) for side in (here, there)]
        for pupil in unequal:
            yield from _differing_fields(pupil, *(side.get(pupil, {}) for side in sides))


def _differing_fields(pupil: UUID, here: Mapping[str, str], there: Mapping[str, str]) -> Iterator[Found]:
    for code in sorted(here.keys() | there.keys()):
        mine, theirs = here.get(code), there.get(code)
        if mine != theirs or mine == BROKEN:
            yield pupil, code, mine or "", theirs or ""


def open_parts(side: Vault, organisation: UUID) -> OpenedParts:
    """Open all that is sealed of an organisation with the side's own keys."""
    entries = {**_entries(side, organisation), **_photos(side, organisation)}
    return OpenedParts(entries, _states(side, organisation))


def _entries(side: Vault, organisation: UUID) -> dict[tuple[UUID | None, str], str]:
    rows = side.rows("sealed", {"organisation": organisation})
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


def _photos(side: Vault, organisation: UUID) -> dict[tuple[UUID | None, str], str]:
    rows = side.rows("photos", {"organisation": organisation})
    held = side.files({row[2] for row in rows})
    return {
        (student, f"entry {sequence}.photo"): digest if held[digest] else MISSING
        for sequence, student, digest in rows
        if digest in held
    }


def _states(side: Vault, organisation: UUID) -> dict[UUID, str]:
    rows = side.rows("sealed_state", {"organisation": organisation})
    keys = side.keys({row[0] for row in rows})
    return {student: _state(keys, student, blob) for student, blob in rows}


def _state(keys: Mapping[UUID, bytes], student: UUID, blob: bytes | None) -> str:
    if blob is None:
        return ""
    try:
        return hmac.digest(keys[student], open_(keys[student], blob, aad(student)), "sha256").hex()
    except (BrokenSeal, KeyError):
        return BROKEN


def open_fields(side: Vault, organisation: UUID, students: Collection[UUID]) -> Fields:
    """Open what is sealed in the state of some pupils of an organisation, with the side's own keys."""
    rows = side.rows("sealed_state_of", {"organisation": organisation, "students": list(students)})
    keys = side.keys({row[0] for row in rows})
    found: dict[UUID, dict[str, str]] = {}
    for student, blob in rows:
        if blob is None:
            found[student] = {}
            continue
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
