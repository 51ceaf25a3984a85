"""Statements that run thousands of times a minute, prepared once a connection.

Django binds values in the client and plans each statement anew, which costs a single entry as much as writing it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import psycopg
from django.db import connections


def run_prepared(sql: str, values: Sequence[Any] | Mapping[str, Any], using: str = "default") -> list[tuple[Any, ...]]:
    """Run one statement on Django's connection, inside its transaction; the rows, or none.

    Errors are Django's (``IntegrityError`` …), as from Django's own cursor.
    """
    wrapper = connections[using]
    wrapper.ensure_connection()
    with wrapper.wrap_database_errors, psycopg.Cursor(wrapper.connection) as cursor:
        cursor.execute(sql, values, prepare=True)
        return cursor.fetchall() if cursor.description else []
