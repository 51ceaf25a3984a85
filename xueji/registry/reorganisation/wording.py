"""Words of the acts: their titles, as lists, cases and notices bear them."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from xueji.ground.organisations.models import Organisation
from xueji.registry.reorganisation.plans import (
    BUREAU_CHANGE,
    CLOSURE,
    DISTRICT_CLOSURE,
    DISTRICT_MERGER,
    DISTRICT_SPLIT,
    MERGER,
    SPLIT,
    ActPlan,
)

_MANY = 2


def title_of(kind: str, plan: ActPlan, found: Mapping[UUID, Organisation]) -> str:
    """夫子庙小学并入云锦小学 …; organisations by name, many of them by their number."""
    sources = [found[one].name for one in plan.sources if one in found]
    source = "、".join(sources[:_MANY]) + (f"等 {len(sources)} 所" if len(sources) > _MANY else "")
    receiver = found[plan.receiver].name if plan.receiver and plan.receiver in found else ""
    if kind in (MERGER, DISTRICT_MERGER):
        return f"{source}并入{receiver}"
    if kind == SPLIT:
        return f"{source}划出 {len(plan.classes)} 个班到{receiver}"
    if kind == DISTRICT_SPLIT:
        bureaus = "、".join(found[one].name for one in dict.fromkeys(plan.receivers.values()) if one in found)
        return f"{source}划出 {len(plan.receivers)} 所学校到{bureaus}"
    if kind in (CLOSURE, DISTRICT_CLOSURE):
        return f"撤销{source}"
    if kind == BUREAU_CHANGE:
        return f"{source}划归{receiver}主管"
    return f"{source}更名为{plan.name}"
