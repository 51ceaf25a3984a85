"""Entries as values: what a service hands in, and what a journal gives back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from xueji.pure.kernel.operations import Operation


@dataclass(frozen=True, slots=True)
class NewEntry:
    """An entry to be appended (docs/architecture.md "Journals").

    ``effective_on`` is the day it is true in the world; ``sensitive`` a JSON object of
    sensitive fields, encrypted under the data key of ``data_key_subject`` (default: the
    student); ``corrects`` the entry whose place it takes. Nothing else is chosen by the caller.
    """

    organisation: UUID
    kind: str
    effective_on: date
    operations: tuple[Operation, ...]
    student: UUID | None = None
    basis: Mapping[str, Any] = field(default_factory=dict)
    sensitive: Mapping[str, Any] | None = None
    corrects: UUID | None = None
    data_key_subject: UUID | None = None


class Entry(NamedTuple):
    """An entry of a journal. A named tuple, since a rebuild makes millions of them.

    ``sensitive`` is the decrypted object, None where there is none or the reader did not decrypt
    (``has_sensitive`` tells these apart). ``actor`` is ``{"person", "post", "organisation"}`` as UUID strings.
    ``commitment`` is SHA-256 of what the encrypted part holds. It serves the kernel's fold as it is.
    """

    organisation: UUID
    sequence: int
    block_no: int
    entry_id: UUID
    transaction_id: UUID
    kind: str
    student: UUID | None
    student_seq: int | None
    effective_on: date
    recorded_at: datetime
    operations: tuple[Operation, ...]
    basis: Mapping[str, Any]
    rulebook_version: str
    actor: Mapping[str, str]
    corrects: UUID | None
    sensitive: Mapping[str, Any] | None
    has_sensitive: bool
    commitment: bytes | None


@dataclass(frozen=True, slots=True)
class Head:
    """Where a journal stands: its last entry, its last block, and that block's digest (32 bytes)."""

    organisation: UUID
    sequence: int
    block_no: int
    digest: bytes
