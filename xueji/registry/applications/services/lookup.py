"""Finding a pupil of another school: found or not found, logged and limited (design §4).

Only the exact 19 digits with the name, or the ID number with the name, find anybody; a wrong name and an unknown
number get the same answer. Call it where a refusal does not roll the log back: ``lodge_transfer`` does.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db import connection, transaction

from xueji.ground.disclosure import services as disclosure
from xueji.pure.kernel.types import Actor, Refused
from xueji.registry.register import identity
from xueji.registry.register import selectors as register

_BASIS = "通知三.2、一.6"


@dataclass(frozen=True, slots=True)
class Target:
    """The pupil that was meant, and the school where the registration is in force."""

    student: UUID
    school: UUID


def find_target(*, actor: Actor, name: str, number: str | None, document: tuple[str, str] | None) -> Target | None:
    """The one pupil in force with this number or document *and* this name; None if there is none.

    Raises ``Refused`` where neither is given, or the actor has asked too often.
    """
    if not name.strip() or not (number or document):
        raise Refused("lookup_incomplete", "请填写姓名，并填写19位学籍号或身份证件号中的一项。", _BASIS)
    with transaction.atomic():
        found = _by_number(number, name) if number else _by_document(document, name)
        disclosure.log_exact_lookup(actor=actor, found=found.student if found else None)
    return found


def _by_document(document: tuple[str, str] | None, name: str) -> Target | None:
    index = identity.id_index(*document) if document else None
    if index is None:
        return None
    for known in register.existing_by_index([index]).get(index, ()):
        if known.in_force and _same(known.name, name):
            return Target(known.student, known.holder)
    return None


def _by_number(number: str, name: str) -> Target | None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT student, school FROM applications_borne(%s, %s)", [number.strip(), name.strip()])
        row = cursor.fetchone()
    return Target(*row) if row else None


def _same(one: str, other: str) -> bool:
    return "".join(one.split()) == "".join(other.split())
