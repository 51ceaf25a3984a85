"""Dated relations: a school's bureau, district, central school, host (design §3)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from django.db import transaction

from xueji.ground.journals.services import NewEntry, lock
from xueji.ground.organisations.authority import require_bureau
from xueji.ground.organisations.models import OrganisationRelation, Relation
from xueji.ground.organisations.selectors import by_ids, competent_bureaus
from xueji.ground.organisations.state import write
from xueji.pure.kernel.operations import Relate
from xueji.pure.kernel.types import Actor, Level, Refused


def relate(
    *,
    actor: Actor,
    organisations: Sequence[UUID],
    relation: str,
    other: UUID | None,
    effective_on: date,
    until: date | None = None,
    basis: dict[str, Any] | None = None,
    transaction_id: UUID | None = None,
) -> list[OrganisationRelation]:
    """From a day on these schools belong to ``other`` (None: to nobody); what held before ends on that day.

    ``until``: up to but not including this day. A change of the competent
    bureau is the city's head's, the rest the competent bureau's. No code and no
    number changes with it. Returns the relations of this kind in force from the day.
    """
    if relation not in Relation.values:
        raise Refused("organisations.relation", "没有这种隶属关系，请从列表中选择。", "通知一.1")
    with transaction.atomic():
        bureaus = competent_bureaus(organisations, effective_on)
        journals = {one: bureaus.get(one) or other or one for one in organisations}
        lock(set(journals.values()))
        if relation == Relation.COMPETENT_BUREAU:
            require_bureau(actor, [], head=True)
        else:
            for one in organisations:
                require_bureau(actor, [bureaus.get(one)])
        _check_other(relation, other)
        operations = {one: Relate(one, relation, other, until) for one in organisations}
        entries = [
            NewEntry(journals[one], f"relate_{relation}", effective_on, (operations[one],), basis=basis or {})
            for one in organisations
        ]
        write(actor=actor, entries=entries, transaction_id=transaction_id)
        return list(
            OrganisationRelation.objects.filter(
                organisation__in=organisations, relation=relation, started_on=effective_on
            )
        )


def _check_other(relation: str, other: UUID | None) -> None:
    if other is None:
        return
    found = by_ids([other]).get(other)
    if found is None or found.closed_on is not None:
        raise Refused("organisations.unknown", "所选的单位不存在或已经撤销。", "通知一.2")
    wanted = {
        Relation.COMPETENT_BUREAU: {Level.DISTRICT, Level.CITY},
        Relation.DISTRICT: {Level.DISTRICT, Level.CITY},
        Relation.CENTRAL_SCHOOL: {Level.SCHOOL},
        Relation.HOST: {Level.SCHOOL},
        Relation.CUSTODIAN: {Level.SCHOOL, Level.DISTRICT, Level.CITY},
    }[Relation(relation)]
    if found.level not in wanted:
        raise Refused("organisations.level", f"{found.name}不能成为{Relation(relation).label}。", "通知一.2")
