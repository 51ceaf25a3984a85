"""``look``: what an act would do on a day, and everything that stands in its way. Reads only; set-based."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from xueji.ground.organisations import selectors as organisations
from xueji.ground.parameters import selectors as parameters
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.rulebook import ChangeKind
from xueji.pure.kernel.types import Level
from xueji.pure.procedures.limits import LIMITS
from xueji.pure.procedures.planned import Plan, Refusal
from xueji.pure.procedures.reorganisation import NamesFacts, district_renaming, school_renaming
from xueji.registry.reorganisation.bureaus import look_at_bureaus
from xueji.registry.reorganisation.models import Reorganisation, ReorganisationState
from xueji.registry.reorganisation.plans import MOVING, NAMING, RENAMING, ActPlan
from xueji.registry.reorganisation.schools import look_at_schools
from xueji.registry.reorganisation.types import Preview


@dataclass(frozen=True, slots=True)
class _Days:
    """What the limits of an act's day are asked with."""

    on: date
    lodged_on: date


def look(kind: str, plan: ActPlan, *, organisation: UUID, on: date, act: UUID | None = None) -> Preview:
    """What the act would do on ``on``, decided by ``organisation``. ``act``: the kept one that is looked at."""
    change = parameters.rulebook(today()).change(kind)
    against = [*broken_limits(change, on, today()), *_under_way(plan, act, change)]
    if kind in MOVING:
        return look_at_schools(kind, plan, organisation=organisation, on=on, change=change, against=against)
    if kind in NAMING:
        return _names(kind, plan, on, change, against)
    return look_at_bureaus(kind, plan, city=organisation, on=on, change=change, against=against)


def broken_limits(change: ChangeKind, on: date, lodged_on: date) -> list[Refusal]:
    """The rulebook's limits on the day."""
    days = _Days(on, lodged_on)
    return [
        Refusal(limit.code, f"{limit.message}。", limit.basis or change.basis)
        for limit in change.limits
        if LIMITS[limit.kind](limit, days)
    ]


def _under_way(plan: ActPlan, act: UUID | None, change: ChangeKind) -> Iterable[Refusal]:
    """Two acts on one school at a time would each count on what the other takes away."""
    others = Reorganisation.objects.filter(state__in=ReorganisationState.under_way())
    named = {str(one) for one in plan.organisations}
    for other in others:
        if other.id != act and named & {str(one) for one in ActPlan.from_json(other.plan).organisations}:
            message = f"另有一件“{other.title}”正在办理，涉及同一单位。请待其办结后再办。"
            yield Refusal("reorganisation.under_way", message, change.basis, matter=other.id)


def _names(kind: str, plan: ActPlan, on: date, change: ChangeKind, against: list[Refusal]) -> Preview:
    source = plan.sources[0] if plan.sources else None
    found = organisations.by_ids(plan.sources)
    one = found.get(source) if source else None
    level = Level.SCHOOL if kind == RENAMING else Level.DISTRICT
    if one is None or one.level != level or one.closed_on is not None:
        against.append(Refusal("reorganisation.unknown", "请选择要更名的单位；已撤销的单位不能更名。", change.basis))
    elif not plan.name.strip() or plan.name == one.name:
        against.append(Refusal("reorganisation.name", "请写明新的名称，新名称应与现在的不同。", change.basis))
    elif _taken(plan.name, one.id):
        against.append(Refusal("reorganisation.name_taken", f"已有单位名为“{plan.name}”，请核对批文。", change.basis))
    if against or one is None:
        return Preview(on, Plan(refusals=against), tuple(against))
    bureau = organisations.competent_bureau(one.id, today()) if kind == RENAMING else one.parent
    facts = NamesFacts(on, one.id, bureau or one.id, plan.name, plan.short_name)
    made = school_renaming(facts) if kind == RENAMING else district_renaming(facts)
    counts = {"schools": 1} if kind == RENAMING else {"districts": 1}
    return Preview(on, made, counts=counts, digest=_digest([one.name, plan.name]))


def _taken(name: str, without: UUID) -> bool:
    from xueji.ground.organisations.models import Organisation

    return Organisation.objects.filter(name=name, closed_on__isnull=True).exclude(id=without).exists()


def _digest(parts: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
