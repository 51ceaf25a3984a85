"""Education bureaus: opened, and closed when their district is merged into another."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from django.db import transaction

from xueji.ground.journals.services import NewEntry, lock
from xueji.ground.organisations.authority import require_bureau
from xueji.ground.organisations.kinds import EDUCATION_BUREAU
from xueji.ground.organisations.models import Organisation
from xueji.ground.organisations.selectors import by_id, schools_of
from xueji.ground.organisations.state import write
from xueji.pure.kernel.environment import environment
from xueji.pure.kernel.operations import CloseOrganisation, OpenOrganisation
from xueji.pure.kernel.types import Actor, Level, Refused


def open_bureau(
    *,
    actor: Actor,
    level: Level,
    code: str,
    name: str,
    effective_on: date,
    short_name: str = "",
    city: UUID | None = None,
    organisation: UUID | None = None,
    transaction_id: UUID | None = None,
) -> Organisation:
    """Open the city's bureau (once, at set-up) or a district's under ``city``.

    ``code`` is the division code (320100, 320102). The entry stands in the
    city's journal. Raises ``Refused`` where the actor is not the city's, or the code was given before.
    """
    new = organisation or environment().new_id()
    journal = new if city is None else city
    with transaction.atomic():
        lock([journal])
        require_bureau(actor, [])
        fields: dict[str, Any] = {"name": name, "code": code, "code_state": "confirmed"}
        if short_name:
            fields["short_name"] = short_name
        if city is not None:
            fields["parent"] = str(city)
        operation = OpenOrganisation(new, level.value, EDUCATION_BUREAU, fields)
        write(
            actor=actor,
            transaction_id=transaction_id,
            entries=[NewEntry(journal, "open_bureau", effective_on, (operation,))],
        )
        return by_id(new)


def close_bureau(
    *, actor: Actor, bureau: UUID, effective_on: date, basis: dict[str, Any] | None = None
) -> Organisation:
    """Close a district's bureau, once its schools have another (the mergers of 2013).

    Raises ``Refused`` while a school still has it as its competent bureau on that day.
    """
    with transaction.atomic():
        found = by_id(bureau)
        journal = found.parent or bureau
        lock([journal])
        require_bureau(actor, [], head=True)
        left = schools_of(bureau, effective_on).count()
        if left:
            raise Refused(
                "organisations.bureau_has_schools",
                f"{found.name}还有 {left} 所学校，请先把这些学校划归其他教育局，再撤销。",
                "通知二.1",
            )
        entry = NewEntry(journal, "close_bureau", effective_on, (CloseOrganisation(bureau),), basis=basis or {})
        write(actor=actor, entries=[entry])
        return by_id(bureau)
