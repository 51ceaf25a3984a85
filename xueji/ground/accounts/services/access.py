"""Keeping the tables that the row-level policies read."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from uuid import UUID

from django.db import connection, transaction

from xueji.pure.kernel.environment import today


def refresh_access(on: date | None = None) -> int:
    """Make ``accounts_access`` what the dated relations of the day say; returns how many rows changed.

    A trigger does this at each change of a relation; the worker does it at the turn of the day, when a
    relation begins or ends by its date. Set-based, about 10 ms for a thousand schools.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT accounts_refresh_access(%s)", [on or today()])
        row = cursor.fetchone()
        return int(row[0]) if row else 0


def add_parties(*, students: Iterable[UUID], organisation: UUID, ground: str, up_to: int | None = None) -> None:
    """These pupils concern an organisation beside their holder, for a ground ('application:<id>', 'history', 'former').

    The database lets it be written in a deciding step that opened a grant, by a bureau for an
    organisation of its jurisdiction, and by the system. ``up_to``: entries up to this ``student_seq`` only.
    """
    wanted = sorted(set(students))
    if not wanted:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO accounts_party (student, organisation, ground, up_to) "
            "SELECT s, %s, %s, %s FROM unnest(%s::uuid[]) AS s "
            "ON CONFLICT (student, organisation, ground) DO UPDATE SET up_to = excluded.up_to",
            [organisation, ground, up_to, wanted],
        )


def drop_parties(*, ground: str, students: Iterable[UUID]) -> int:
    """A ground has ended: these pupils concern its organisations no longer. Returns the rows removed."""
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM accounts_party WHERE ground = %s AND student = ANY(%s::uuid[])",
            [ground, sorted(set(students))],
        )
        return int(cursor.rowcount)


def sweep_grants(*, using: str = "owner") -> int:
    """Remove grants of transactions that have ended (they open nothing any more). As the owner, by the worker."""
    from django.db import connections

    with connections[using].cursor() as cursor:
        cursor.execute("DELETE FROM accounts_grant WHERE coalesce(pg_xact_status(xid), 'forgotten') <> 'in progress'")
        return int(cursor.rowcount)
