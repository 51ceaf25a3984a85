"""A cut through the journals: how far each stood at one moment (design §3 "Two clocks and a cut")."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from uuid import UUID

from django.db import connection


def present_cut() -> dict[UUID, int]:
    """The last sequence of every journal, read in one statement, whoever asks."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT organisation, sequence FROM register_cut()")
        return dict(cursor.fetchall())


def cut_digest(cut: Mapping[UUID, int]) -> str:
    """SHA-256 (hex) of a cut: its lines ``organisation sequence`` in the bytes order of the UUIDs."""
    lines = [f"{organisation} {sequence}\n" for organisation, sequence in sorted(cut.items())]
    return hashlib.sha256("".join(lines).encode()).hexdigest()
