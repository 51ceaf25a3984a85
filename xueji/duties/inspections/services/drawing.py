"""Drawing: the school's own check of a term, and a bureau's round over its schools. What was drawn stays so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db import IntegrityError, transaction

from xueji.duties.inspections.authority import BASIS, refuse_all, require_clerk, rules_of
from xueji.duties.inspections.models import Inspection, InspectionKind, InspectionRound, Method, SampleLine, What
from xueji.duties.inspections.population import (
    Population,
    bureaus_in_reach,
    populations,
    school_facts,
    schools_by_rule,
    schools_in_reach,
)
from xueji.ground.accounts.services.acts import can_act
from xueji.ground.organisations import selectors as organisations
from xueji.ground.parameters import selectors as parameters
from xueji.pure.kernel.environment import environment, today
from xueji.pure.kernel.inspections import InspectionRules
from xueji.pure.kernel.rulebook import Rulebook
from xueji.pure.kernel.sampling import drawn, drawn_by_risk, sample_digest, score
from xueji.pure.kernel.terms import TermDates
from xueji.pure.kernel.types import Actor, Level, Refused, Role
from xueji.registry.rollcall.authority import school_rulebook


@dataclass(frozen=True, slots=True)
class RoundPlan:
    """What a bureau asks for. ``schools``: those named, or how many are drawn (``school_count``) from those of the
    bureaus ``within`` (none: of all in reach); ``records`` pupils and ``procedures`` changes a school; ``seed`` '' has
    one made; ``rule``: code of a standing rule."""

    title: str
    school_method: str
    method: str
    schools: tuple[UUID, ...] = ()
    school_count: int = 0
    records: int = 0
    procedures: int = 0
    rule: str = ""
    seed: str = ""
    retention: bool = False
    within: tuple[UUID, ...] = ()


@transaction.atomic
def open_own_check(*, actor: Actor, school: UUID) -> UUID:
    """Begin the school's own check (自查) of the running term; its sample is drawn at random. The inspection's id.

    Raises ``Refused``: not the school's registrar or proofreader, no term, begun already.
    """
    if actor.organisation != school or actor.role not in (Role.REGISTRAR, Role.PROOFREADER):
        raise Refused("inspections.post", "自查由本校学籍管理员或校对人员开始，请核对岗位。", BASIS)
    can_act(actor)
    book, rules = school_rulebook(school), rules_of(school)
    term = _term(book)
    own = rules.own_checks.get(term.key)
    if own is None:
        raise Refused("inspections.no_own_check", f"规则册没有安排“{term.title}”的自查。", BASIS)
    population = populations([school], today(), book.stages.start_of(term.school_year), with_facts=False)[school]
    made = Inspection(
        id=environment().new_id(), school=school, inspector=school, kind=InspectionKind.OWN,
        title=f"{term.title}自查", school_year=term.school_year, term=term.code, method=Method.RANDOM,
        seed=_new_seed(), due_on=own.due_on(term), drawn_at=environment().now(), drawn_by=actor.person,
    )  # fmt: skip
    try:
        with transaction.atomic():
            _draw([made], {school: population}, rules, own.pupils, own.changes)
    except IntegrityError:
        raise Refused("inspections.begun", f"“{term.title}”的自查已经开始，请直接打开。", BASIS) from None
    return made.id


@transaction.atomic
def draw_round(*, actor: Actor, plan: RoundPlan) -> UUID:
    """Draw a bureau's round: its schools, and in each the pupils and changes to be looked at. The round's id.

    Raises ``Refused`` with all that is wrong in the plan at once.
    """
    require_clerk(actor)
    bureau = organisations.by_id(actor.organisation)
    book = parameters.rulebook(today(), bureau.code if bureau.level == Level.DISTRICT else None)
    rules, term = book.inspections, _term(book)
    reach = {one.id for one in schools_in_reach(bureau)}
    bureaus = {one.id for one in bureaus_in_reach(bureau)}
    refuse_all("inspections.plan", _faults(plan, rules, reach, bureaus))
    seed = plan.seed.strip() or _new_seed()
    from_ = sorted(one.id for one in schools_in_reach(bureau, plan.within))
    schools, population = _schools(plan, seed, from_, rules.weights)
    if not schools:
        raise Refused("inspections.no_school", "按这个办法没有抽到学校。请换一个办法，或直接指定学校。", BASIS)
    made = InspectionRound.objects.create(
        id=environment().new_id(), bureau=actor.organisation, title=plan.title.strip(), school_year=term.school_year,
        term=term.code, school_method=plan.school_method, method=plan.method, rule=plan.rule, seed=seed,
        schools=len(schools), population=population, within=sorted(map(str, plan.within)),
        records=plan.records, procedures=plan.procedures,
        retention=plan.retention, drawn_at=environment().now(), drawn_by=actor.person,
    )  # fmt: skip
    since = book.stages.start_of(term.school_year)
    found = populations(schools, today(), since, with_facts=plan.method in (Method.RISK, Method.RULE))
    inspections = [
        Inspection(
            id=environment().new_id(), school=school, inspector=actor.organisation, kind=InspectionKind.BUREAU,
            round=made, title=made.title, school_year=made.school_year, term=made.term, method=plan.method,
            rule=plan.rule if plan.method == Method.RULE else "", seed=seed, joint=plan.retention,
            drawn_at=made.drawn_at, drawn_by=actor.person,
        )
        for school in schools
    ]  # fmt: skip
    _draw(inspections, found, rules, plan.records, plan.procedures)
    return made.id


def _new_seed() -> str:
    return environment().salt().hex()[:12]


def _term(book: Rulebook) -> TermDates:
    found = book.calendar.terms.running(today())
    if found is None:
        raise Refused("inspections.no_term", "规则册里没有学期的起止，不能开始检查。", BASIS)
    return found


def _faults(plan: RoundPlan, rules: InspectionRules, reach: set[UUID], bureaus: set[UUID]) -> list[str]:
    faults = []
    if not plan.title.strip() or len(plan.title.strip()) > 80:
        faults.append("请填写检查名称（80 字以内）。")
    if len(plan.seed.strip()) > 64:
        faults.append("种子最多 64 个字符。")
    if plan.school_method not in Method.values or plan.method not in (Method.RANDOM, Method.RISK, Method.RULE):
        faults.append("请选择抽取办法。")
    if plan.school_method == Method.NAMED and not plan.schools:
        faults.append("请选择要检查的学校。")
    if plan.school_method != Method.NAMED and plan.school_count < 1:
        faults.append("抽几所学校，请填 1 以上的数。")
    if set(plan.schools) - reach or set(plan.within) - bureaus:
        faults.append("只能检查本局管辖的学校，请重新选择。")
    if Method.RULE in (plan.school_method, plan.method) and not plan.rule:
        faults.append("按核查规则抽取时，请选择规则。")
    if plan.records + plan.procedures < 1:
        faults.append("每校抽查的学生和变动不能都是 0。")
    for count, what, words in ((plan.records, "record", "学生"), (plan.procedures, "procedure", "变动")):
        most = rules.sizes[what].most if what in rules.sizes else 0
        if not 0 <= count <= most:
            faults.append(f"每校抽查的{words}请填 0 到 {most}。")
    return faults


def _schools(plan: RoundPlan, seed: str, reach: Sequence[UUID], weights: Mapping[str, int]) -> tuple[list[UUID], int]:
    """The schools drawn, and from how many."""
    if plan.school_method == Method.NAMED:
        return sorted(set(plan.schools)), len(reach)
    if plan.school_method == Method.RISK:
        scores = {school: score(facts, weights) for school, facts in school_facts(reach).items()}
        return drawn_by_risk(seed, scores, plan.school_count), len(reach)
    candidates = schools_by_rule(reach, plan.rule) if plan.school_method == Method.RULE else reach
    return drawn(seed, candidates, plan.school_count), len(candidates)


def _draw(
    inspections: Sequence[Inspection],
    found: Mapping[UUID, Population],
    rules: InspectionRules,
    records: int,
    procedures: int,
) -> None:
    """Write the inspections with their samples, then freeze these."""
    lines: list[SampleLine] = []
    for one in inspections:
        own = sample_of(one, found[one.school], rules.weights, records, procedures)
        population = found[one.school]
        one.record_population, one.procedure_population = len(population.pupils), len(population.changes)
        lines += own
    digests = {
        one.id: sample_digest(
            one.seed, one.method, [f"{line.what}:{line.subject}" for line in lines if line.inspection_id == one.id]
        )
        for one in inspections
    }
    Inspection.objects.bulk_create(inspections)
    SampleLine.objects.bulk_create(lines)
    for one in inspections:
        one.sample_digest = digests[one.id]
    Inspection.objects.bulk_update(inspections, ["sample_digest"])


def sample_of(
    inspection: Inspection, population: Population, weights: Mapping[str, int], records: int, procedures: int
) -> list[SampleLine]:
    """The lines of one inspection, in their order; the same seed over the same population gives the same lines."""
    seed, method = inspection.seed, inspection.method
    scores: dict[UUID, int] = {}
    why = {Method.RISK: "risk", Method.RULE: "rule"}.get(Method(method), "lot")
    pupils: list[UUID]
    if method == Method.RISK:
        scores = population.scores(population.pupils, weights) | population.change_scores(weights)
        pupils = drawn_by_risk(seed, {one: scores[one] for one in population.pupils}, records)
        changes = drawn_by_risk(seed, {one: scores[one] for one in population.changes}, procedures)
    elif method == Method.RULE:
        marked = population.by_rule.get(inspection.rule, set()) & set(population.pupils)
        pupils = drawn(seed, marked, records)
        changes = drawn(seed, [one for one, student in population.changes.items() if student in marked], procedures)
    else:
        pupils, changes = drawn(seed, population.pupils, records), drawn(seed, list(population.changes), procedures)
    drawn_lines = [(What.RECORD, one, one) for one in pupils]
    listed: list[tuple[What, UUID, UUID | None]] = [*drawn_lines]
    listed += [(What.PROCEDURE, one, population.changes[one]) for one in changes]
    return [
        SampleLine(
            inspection_id=inspection.id, school=inspection.school, what=what, place=place, subject=subject,
            student=student, why=why, score=scores.get(subject, 0),
        )
        for place, (what, subject, student) in enumerate(listed, 1)
    ]  # fmt: skip


def due_of(school: UUID, severity: str, on: date) -> date:
    """By when a finding of a severity is corrected: so many working days after a day."""
    book = school_rulebook(school)
    days = book.inspections.corrections[severity].days
    return book.calendar.due(on, days).on
