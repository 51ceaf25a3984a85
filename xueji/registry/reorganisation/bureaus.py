"""What an act on districts and their schools' competent bureaus would do, and what stands in its way. Set-based."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date
from uuid import UUID

from xueji.ground.accounts.selectors import holdings_of
from xueji.ground.organisations import selectors as organisations
from xueji.ground.organisations.models import Organisation, OrganisationRelation
from xueji.pure.kernel.rulebook import ChangeKind
from xueji.pure.kernel.types import Level
from xueji.pure.procedures.planned import Plan, Refusal
from xueji.pure.procedures.reorganisation import (
    BureausFacts,
    competent_bureau_change,
    district_closure,
    district_merger,
    district_split,
)
from xueji.registry.cases.models import Step
from xueji.registry.register.selectors import registered_by_school
from xueji.registry.reorganisation import closing
from xueji.registry.reorganisation.plans import (
    BUREAU_CHANGE,
    CLOSING_DISTRICTS,
    DISTRICT_CLOSURE,
    DISTRICT_MERGER,
    DISTRICT_SPLIT,
    OF_DISTRICTS,
    PARTING,
    ActPlan,
)
from xueji.registry.reorganisation.types import Preview, SchoolLine

_PROCEDURES: Mapping[str, Callable[[BureausFacts], Plan]] = {
    BUREAU_CHANGE: competent_bureau_change,
    DISTRICT_MERGER: district_merger,
    DISTRICT_SPLIT: district_split,
    DISTRICT_CLOSURE: district_closure,
}
_WHAT = {
    BUREAU_CHANGE: "划转的学校", DISTRICT_MERGER: "并入的区县",
    DISTRICT_SPLIT: "要拆分的区县", DISTRICT_CLOSURE: "要撤销的区县",
}  # fmt: skip
_NAMED = 5
_RELATIONS = ("competent_bureau", "district")
_NOBODY = UUID(int=0)
#: (school, relation, the bureau so far).
Held = Sequence[tuple[UUID, str, UUID]]


def look_at_bureaus(
    kind: str, plan: ActPlan, *, city: UUID, on: date, change: ChangeKind, against: list[Refusal]
) -> Preview:
    """What ``kind`` would do on ``on``. ``against``: what stands in the way already."""
    found = organisations.by_ids(plan.organisations)
    against += _against_choice(kind, plan, found, change)
    if against:
        return Preview(on, Plan(refusals=against), tuple(against))
    held = _held(kind, plan)
    receivers = {school: to for school, _, _ in held if (to := _receiver(kind, plan, school)) is not None}
    relations = [row for row in held if receivers.get(row[0], row[2]) != row[2]]
    handed = {school: receivers[school] for school, relation, _ in relations if relation == "competent_bureau"}
    registered = registered_by_school(list({school for school, _, _ in held}))
    lines = _lines(held, receivers, registered) if kind in PARTING else ()
    against += _against_schools(kind, plan, found, held, receivers, handed, change)
    against += _against_day({school for school, _, _ in relations}, on, change)
    if against:
        return Preview(on, Plan(refusals=against), tuple(against), schools=lines)
    closes = plan.sources if kind in CLOSING_DISTRICTS else ()
    keeper = plan.custodian or plan.receiver or city
    moved = {school for school, _, _ in relations}
    counts = {
        "districts": len(closes),
        "schools": len(moved),
        "city_schools": len(moved - handed.keys()),
        "pupils": sum(registered.get(school, 0) for school in moved),
        "posts": holdings_of(closes).count(),
        "matters": Step.objects.filter(
            organisation__in={before for _, relation, before in relations if relation == "competent_bureau"},
            opened_at__isnull=False,
            decided_at__isnull=True,
            applicant__in=list(handed),
        ).count(),
        **closing.counts(kind, plan),
    }
    made = _PROCEDURES[kind](BureausFacts(on, city, keeper, relations, closes, receivers))
    parts = [*(f"{school}{relation}{before}{receivers[school]}" for school, relation, before in relations), str(keeper)]
    digest = hashlib.sha256("\n".join([*parts, *map(str, closes)]).encode()).hexdigest()
    return Preview(on, made, counts=counts, handed=handed, schools=lines, digest=digest)


def _receiver(kind: str, plan: ActPlan, school: UUID) -> UUID | None:
    """The bureau that a school gets; None: it stays, or none was named."""
    if kind in PARTING:
        return plan.receivers.get(school, plan.receiver if kind == DISTRICT_CLOSURE else None)
    return plan.receiver


def _against_choice(
    kind: str, plan: ActPlan, found: Mapping[UUID, Organisation], change: ChangeKind
) -> Iterable[Refusal]:
    """Bureaus and schools that cannot give or take."""
    receivers = {plan.receiver}
    if kind in PARTING:  # each school may have its own, or stay
        receivers = {plan.receiver, *plan.receivers.values()} - {None}
    levels = (Level.DISTRICT,) if kind in PARTING else (Level.DISTRICT, Level.CITY)
    if not all(one and one in found and _open(found[one], levels) for one in receivers):
        yield Refusal("reorganisation.receiver", "请选择接收的教育局。", change.basis)
    wanted = Level.DISTRICT if kind in OF_DISTRICTS else Level.SCHOOL
    unfit = any(one not in found or not _open(found[one], (wanted,)) or one in receivers for one in plan.sources)
    if unfit or not plan.sources or (kind in PARTING and len(plan.sources) > 1):
        message = f"请选择{_WHAT[kind]}；不能选接收单位自己或已撤销的单位。"
        yield Refusal("reorganisation.sources", message, change.basis)


def _against_schools(
    kind: str,
    plan: ActPlan,
    found: Mapping[UUID, Organisation],
    held: Held,
    receivers: Mapping[UUID, UUID],
    handed: Mapping[UUID, UUID],
    change: ChangeKind,
) -> Iterable[Refusal]:
    """Schools that would be left behind, are no longer there or have the bureau already; records without a keeper."""
    own = {school for school, relation, _ in held if relation == "competent_bureau"}
    if kind == BUREAU_CHANGE:
        same = [one for one in plan.sources if one not in handed]
        if same and plan.receiver:
            names = organisations.names([*same, plan.receiver])
            message = f"{'、'.join(names[one] for one in same)}的主管教育局已经是{names[plan.receiver]}。"
            yield Refusal("reorganisation.same_bureau", message, change.basis)
    if kind in PARTING and not plan.receivers.keys() <= {school for school, _, _ in held}:
        yield Refusal("reorganisation.not_its", "所选学校中有的已不属于这个区县，请重新选择。", change.basis)
    if kind == DISTRICT_CLOSURE:
        keeper = found.get(plan.custodian or plan.receiver or _NOBODY)
        if keeper is None or not _open(keeper, (Level.DISTRICT, Level.CITY)) or keeper.id in plan.sources:
            message = "请指定撤销的教育局的档案由哪个单位保管，不能是它自己。"
            yield Refusal("reorganisation.custodian", message, change.basis)
        left = dict.fromkeys(school for school, _, _ in held if school not in receivers)
        if left:
            names = organisations.names(left)
            shown = "、".join(sorted(names.values())[:_NAMED]) + ("等" if len(left) > _NAMED else "")
            message = f"还有 {len(left)} 所学校没有指定接收的教育局：{shown}。请为每所学校选择后再办。"
            yield Refusal("reorganisation.schools_left", message, change.basis)
    if kind == DISTRICT_SPLIT and not handed:
        yield Refusal("reorganisation.no_school", "请至少为一所学校选择划入的教育局。", change.basis)
    elif kind == DISTRICT_SPLIT and own and own <= handed.keys():
        message = "这个区县的学校都要划出，教育局不再有学校。请改办“区县撤销”，或至少留下一所学校。"
        yield Refusal("reorganisation.none_stays", message, change.basis)


def _against_day(schools: Collection[UUID], on: date, change: ChangeKind) -> Iterable[Refusal]:
    """What changed on the day already, or will later: the order of two changes of one day, in two bureaus' journals,
    is nowhere said."""
    changed = OrganisationRelation.objects.filter(
        organisation__in=schools, relation__in=_RELATIONS, ended_on__isnull=True, started_on__gte=on
    )
    known = organisations.names(set(changed.values_list("organisation", flat=True)))
    if known:
        shown = "、".join(sorted(known.values())[:_NAMED]) + ("等" if len(known) > _NAMED else "")
        message = f"{shown}的主管教育局或所在区县从这一天或以后才改成现在的，同一天不能再改。请把生效日期改到次日以后。"
        yield Refusal("reorganisation.same_day", message, change.basis)


def _held(kind: str, plan: ActPlan) -> list[tuple[UUID, str, UUID]]:
    """The relations that the act is about; a city school keeps the city."""
    held = OrganisationRelation.objects.filter(
        ended_on__isnull=True, relation__in=_RELATIONS, organisation__closed_on__isnull=True
    )
    if kind in OF_DISTRICTS:
        held = held.filter(other__in=plan.sources)
    else:
        held = held.filter(organisation__in=plan.sources)
        if plan.receiver is None or organisations.by_id(plan.receiver).level != Level.DISTRICT:
            held = held.filter(relation="competent_bureau")
    rows = held.order_by("organisation__code", "relation").values_list("organisation", "relation", "other")
    return list(rows)


def _lines(held: Held, receivers: Mapping[UUID, UUID], registered: Mapping[UUID, int]) -> tuple[SchoolLine, ...]:
    names = organisations.names({school for school, _, _ in held})
    own = {school for school, relation, _ in held if relation == "competent_bureau"}
    return tuple(
        SchoolLine(school, names.get(school, ""), registered.get(school, 0), receivers.get(school), school not in own)
        for school in dict.fromkeys(school for school, _, _ in held)
    )


def _open(one: Organisation, levels: Sequence[Level]) -> bool:
    return one.level in levels and one.closed_on is None
