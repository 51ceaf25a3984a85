"""Facts that rules ask of the whole register: exact values in, who and where out.

These pass row-level security by definer functions; doors never call them, and what a school is told of an answer is
decided where the finding is made.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db import connection


@dataclass(frozen=True, slots=True)
class KnownDocument:
    """A student with a document that was asked for; ``in_force``: has a registration that has not ended."""

    id_index: bytes
    student: UUID
    name: str
    birth_date: date | None
    living: bool
    holder: UUID
    in_force: bool


@dataclass(frozen=True, slots=True)
class KnownPerson:
    """A student with a name and birth date that were asked for."""

    name: str
    birth_date: date
    student: UUID
    gender: str
    living: bool
    holder: UUID
    in_force: bool


@dataclass(frozen=True, slots=True)
class KnownNumber:
    """A registration number that exists: state reserved, given or retired."""

    number: str
    school: UUID
    state: str
    registration: UUID | None
    student: UUID | None


def existing_by_index(indexes: Iterable[bytes]) -> dict[bytes, list[KnownDocument]]:
    """The students that bear these documents (``identity.id_index``), by index."""
    found: dict[bytes, list[KnownDocument]] = {}
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM register_known_documents(%s::bytea[])", [list(indexes)])
        for index, *rest in cursor.fetchall():
            found.setdefault(bytes(index), []).append(KnownDocument(bytes(index), *rest))
    return found


def existing_by_person(persons: Sequence[tuple[str, date]]) -> dict[tuple[str, date], list[KnownPerson]]:
    """The students with these names and birth dates."""
    found: dict[tuple[str, date], list[KnownPerson]] = {}
    names, births = [name for name, _ in persons], [birth for _, birth in persons]
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM register_known_persons(%s::text[], %s::date[])", [names, births])
        for row in cursor.fetchall():
            found.setdefault((row[0], row[1]), []).append(KnownPerson(*row))
    return found


def numbers_in_use(numbers: Iterable[str]) -> dict[str, KnownNumber]:
    """Those of the numbers that exist already, in the whole register (invariant 2)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM register_known_numbers(%s::text[])", [list(numbers)])
        return {row[0]: KnownNumber(*row) for row in cursor.fetchall()}


def class_groups(students: Iterable[UUID], on: date) -> dict[UUID, UUID]:
    """The class group of each student on a day, of those the viewer may see."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT s.student, s.value::uuid FROM register_spell s"
            " JOIN register_registration r ON r.id = s.registration_id AND NOT r.voided"
            " WHERE s.student = ANY (%s::uuid[]) AND s.dimension = 'class_group'"
            " AND s.started_on <= %s AND (s.ended_on IS NULL OR s.ended_on > %s)",
            [list(students), on, on],
        )
        return dict(cursor.fetchall())
