"""What the rulebook says of an organisation's hands: as its district's own layer has it, else as the city's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from uuid import UUID

from xueji.ground.organisations.districts import districts_of
from xueji.ground.parameters import selectors as parameters
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.staffing import StaffingRules


def staffing_of(organisation: UUID, on: date | None = None) -> StaffingRules:
    """The rules for the posts of one organisation."""
    return staffing_of_many([organisation], on)[organisation]


def staffing_of_many(organisations: Iterable[UUID], on: date | None = None) -> Mapping[UUID, StaffingRules]:
    """The rules for each of many organisations, in one query."""
    wanted, day = set(organisations), on or today()
    districts = districts_of(wanted, day)
    rules = {division: parameters.rulebook(day, division).staffing for division in {None, *districts.values()}}
    return {one: rules[districts.get(one)] for one in wanted}
