"""Locks of journals: the first statement of every service that appends (design §4)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from uuid import UUID

from django.db import connections


def lock(organisation_ids: Iterable[UUID], *, using: str = "default") -> None:
    """Take the advisory transaction locks of these journals, in one order that all services share.

    To be called inside a transaction, before any fact is read; freed at its end. Taking a lock that the
    transaction holds already costs nothing. Locks of several calls in one transaction are not
    ordered among each other: name all organisations in the first call.
    """
    keys = lock_keys(organisation_ids)
    if not keys:
        return
    if not connections[using].in_atomic_block:
        raise RuntimeError("journals.lock outside a transaction holds nothing")
    with connections[using].cursor() as cursor:
        cursor.execute("SELECT count(pg_advisory_xact_lock(k)) FROM unnest(%s::bigint[]) AS k", [keys])


def lock_keys(organisation_ids: Iterable[UUID]) -> list[int]:
    """The locks' names in the order in which they are taken."""
    return sorted({_key(organisation) for organisation in organisation_ids})


def _key(organisation: UUID) -> int:
    """The 64-bit name of a journal's lock. A UUID v7's own head is a clock, so a digest of the whole is used."""
    return int.from_bytes(hashlib.sha256(b"journal" + organisation.bytes).digest()[:8], "big", signed=True)
