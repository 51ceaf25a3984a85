"""Names of pupils by id, for lists of other things (applications, logs), as far as the viewer may see them."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.db import connection


def registration_numbers(registrations: Iterable[UUID | None]) -> dict[UUID, str]:
    """The numbers of registrations by id; one query."""
    wanted = [one for one in registrations if one is not None]
    if not wanted:
        return {}
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, number FROM register_registration WHERE id = ANY (%s::uuid[])", [wanted])
        return dict(cursor.fetchall())


def student_names(students: Iterable[UUID | None]) -> dict[UUID, str]:
    """One query; a pupil out of reach is missing."""
    wanted = [one for one in students if one is not None]
    if not wanted:
        return {}
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, name FROM register_student WHERE id = ANY (%s::uuid[])", [wanted])
        return dict(cursor.fetchall())
