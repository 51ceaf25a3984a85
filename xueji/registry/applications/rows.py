"""Rows of a roster into the table, set-based: COPY to a temporary table, then INSERT … SELECT.

Row-level security forbids COPY straight into the table (design §4).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from uuid import UUID

from django.db import connection

from xueji.registry.applications.models import Line
from xueji.registry.cases.reasons import seal_reason

_COLUMNS = "id, row_no, student, continued, claim, state, findings"
_TEMPORARY = (
    "CREATE TEMPORARY TABLE IF NOT EXISTS applications_incoming (id uuid, row_no integer, student uuid,"
    " continued boolean, claim bytea, state text, findings jsonb) ON COMMIT DELETE ROWS"
)


def insert_lines(application: UUID, school: UUID, lines: Sequence[Line]) -> None:
    """Write the lines of one application."""
    with connection.cursor() as cursor:
        cursor.execute(_TEMPORARY)
        cursor.execute("TRUNCATE pg_temp.applications_incoming")
        with cursor.copy(f"COPY pg_temp.applications_incoming ({_COLUMNS}) FROM STDIN") as copy:
            for line in lines:
                copy.write_row(
                    (
                        line.id, line.row_no, line.student, line.continued, line.claim, line.state,
                        json.dumps(line.findings, ensure_ascii=False),
                    )
                )  # fmt: skip
        cursor.execute(
            f"INSERT INTO applications_line ({_COLUMNS}, application_id, school, cleared)"
            f" SELECT {_COLUMNS}, %s, %s, '[]' FROM pg_temp.applications_incoming",
            [application, school],
        )


def accept_lines(registrations: Sequence[tuple[UUID, UUID]]) -> None:
    """Mark lines as accepted with their registrations: (line, registration)."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE applications_line l SET state = 'accepted', registration = t.registration"
            " FROM unnest(%s::uuid[], %s::uuid[]) AS t (line, registration) WHERE l.id = t.line",
            [[line for line, _ in registrations], [registration for _, registration in registrations]],
        )


def refuse_lines(application: UUID, lines: Sequence[UUID], reason: str) -> None:
    """Mark lines of an application as refused, with the decider's reason, sealed."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE applications_line SET state = 'refused', reason = %s WHERE id = ANY(%s::uuid[])",
            [seal_reason(application, reason), list(lines)],
        )
