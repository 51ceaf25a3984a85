"""Children who are registered nowhere here: guests from outside and deferred entries (ADR 0017).

They have no state table: they are few, so they are folded from the schools' journals whenever they are asked for, as of
any day and any cut.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from xueji.ground.journals import selectors as journals
from xueji.ground.organisations.models import Organisation
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.outside import GUEST, OUTSIDE_KINDS, OutsideChild, fold_outside
from xueji.pure.kernel.types import Level
from xueji.registry.register.identity import id_index
from xueji.registry.register.selectors.facts import existing_by_index

RESIDENT_ID = "1"


def outside_children(
    schools: Sequence[UUID] | None,
    *,
    cut: Mapping[UUID, int] | None = None,
    held: Collection[UUID] = (),
    decrypt: bool = False,
) -> list[OutsideChild]:
    """All of these schools (None: all in reach), past ones included, by day and child; one query.

    ``cut``, ``held``: as with ``snapshots.state_at``. ``decrypt`` opens what was said of them.
    """
    if schools is None:
        schools = list(Organisation.objects.filter(level=Level.SCHOOL).values_list("id", flat=True))
    entries = journals.entries_of_kinds(OUTSIDE_KINDS, schools, cut=cut, decrypt=decrypt)
    found = fold_outside(one for one in entries if one.transaction_id not in held)
    return sorted(found.values(), key=lambda one: (one.started_on, one.child))


def outside_child(school: UUID, child: UUID, *, decrypt: bool = True) -> OutsideChild | None:
    """One child of a school's list."""
    return next((one for one in outside_children([school], decrypt=decrypt) if one.child == child), None)


def outside_guests(schools: Sequence[UUID] | None, on: date | None = None) -> list[OutsideChild]:
    """Who studies at these schools on a day and is registered elsewhere."""
    day = on or today()
    return [one for one in outside_children(schools) if one.standing == GUEST and one.holds(day)]


def entered_since(children: Sequence[OutsideChild]) -> dict[UUID, UUID]:
    """Of these children (opened) the students as whom they have been registered since, by their document number."""
    indexes: dict[bytes, UUID] = {}
    for one in children:
        index = id_index(RESIDENT_ID, one.said.get("id_number"))
        if index is not None:
            indexes[index] = one.child
    known = existing_by_index(indexes) if indexes else {}
    return {indexes[index]: one.student for index, found in known.items() for one in found if one.in_force}


def registered_as(id_number: str) -> UUID | None:
    """The student in force with this resident identity number, anywhere in the register."""
    index = id_index(RESIDENT_ID, id_number)
    known: list[Any] = existing_by_index([index]).get(index, []) if index else []
    return next((one.student for one in known if one.in_force), None)
