"""School codes: drafted, corrected while drafted, confirmed, then fixed for ever (clause B1, invariant 3)."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date
from typing import Any
from uuid import UUID

from django.db import transaction

from xueji.ground.journals.services import Entry, NewEntry, lock
from xueji.ground.organisations.authority import require_bureau
from xueji.ground.organisations.models import CodeState, Organisation
from xueji.ground.organisations.rules import rules
from xueji.ground.organisations.selectors import by_id, by_ids, competent_bureaus
from xueji.ground.organisations.state import write
from xueji.pure.kernel.numbers import NumberFault, parse
from xueji.pure.kernel.operations import SetOrganisationFields
from xueji.pure.kernel.types import Actor, Refused

BASIS = "通知二.1"


def check_school_code(code: str, on: date) -> None:
    """``Refused`` unless the code fits the scheme in force on the day. No segment of it is ever interpreted."""
    scheme = rules(on).numbers["school_code"]
    try:
        parse(scheme, code)
    except NumberFault as fault:
        raise Refused(
            "organisations.code_form", f"学校代码“{code}”不符合编码规则：应为 {scheme.width} 位。请核对。", BASIS
        ) from fault


def _bureaus(schools: Collection[UUID], on: date) -> dict[UUID, UUID]:
    found = competent_bureaus(schools, on)
    missing = set(schools) - set(found)
    if missing:
        names = "、".join(one.name for one in by_ids(missing).values())
        raise Refused("organisations.no_bureau", f"{names}没有主管教育局，请先设定。", "通知一.2")
    return found


def correct_drafted_code(*, actor: Actor, school: UUID, code: str, effective_on: date) -> Organisation:
    """Give a school another code while its code is only drafted. ``Refused`` once it is confirmed."""
    with transaction.atomic():
        bureau = _bureaus([school], effective_on)[school]
        lock([bureau])
        require_bureau(actor, [bureau])
        found = by_id(school)
        if found.code_state != CodeState.DRAFTED:
            raise Refused("organisations.organisation_code_fixed", f"{found.name}的代码已经确定，不得更改。", BASIS)
        check_school_code(code, effective_on)
        operation = SetOrganisationFields(school, {"code": code})
        write(actor=actor, entries=[NewEntry(bureau, "correct_drafted_code", effective_on, (operation,))])
        return by_id(school)


def confirm_codes(
    *,
    actor: Actor,
    schools: Iterable[UUID],
    effective_on: date,
    basis: dict[str, Any] | None = None,
    transaction_id: UUID | None = None,
) -> list[Organisation]:
    """Confirm (确定) drafted codes: the bureau's head acknowledges them. Those confirmed already stay as they are.

    For a city school the city; for the others the district, which files them with the city.
    """
    wanted = set(schools)
    with transaction.atomic():
        bureaus = _bureaus(wanted, effective_on)
        lock(set(bureaus.values()))
        require_bureau(actor, set(bureaus.values()) if len(set(bureaus.values())) == 1 else [], head=True)
        _confirm(actor, wanted, bureaus, effective_on, basis or {"clause": "B1"}, transaction_id)
        found = by_ids(wanted)
        return sorted(found.values(), key=lambda one: one.code)


def confirm_on_first_number(
    *, actor: Actor, schools: Iterable[UUID], effective_on: date, transaction_id: UUID | None = None
) -> list[Entry]:
    """The first registration number given under a code confirms it (design §6.3).

    Called by the step that gives numbers, in its transaction; asks for no post of its own. Costs one
    query where all codes are confirmed. The caller locks the competent bureaus with its other journals.
    Raises ``Refused`` for a void code.
    """
    found = by_ids(schools)
    void = [one.name for one in found.values() if one.code_state == CodeState.VOID]
    if void:
        raise Refused("organisations.code_void", f"{'、'.join(void)}的代码已经作废，不能编学籍号。", BASIS)
    drafted = {one.id for one in found.values() if one.code_state == CodeState.DRAFTED}
    if not drafted:
        return []
    with transaction.atomic():
        bureaus = _bureaus(drafted, effective_on)
        return _confirm(
            actor, drafted, bureaus, effective_on, {"clause": "B1", "cause": "first_number"}, transaction_id
        )


def _confirm(
    actor: Actor,
    schools: set[UUID],
    bureaus: dict[UUID, UUID],
    effective_on: date,
    basis: dict[str, Any],
    transaction_id: UUID | None,
) -> list[Entry]:
    drafted = [one for one in by_ids(schools).values() if one.code_state == CodeState.DRAFTED]
    entries = [
        NewEntry(
            bureaus[one.id],
            "confirm_code",
            effective_on,
            (SetOrganisationFields(one.id, {"code_state": "confirmed"}),),
            basis=basis,
        )
        for one in sorted(drafted, key=lambda one: one.code)
    ]
    return write(actor=actor, entries=entries, transaction_id=transaction_id) if entries else []
