"""What stands in the way of a merger, split or closure, each with place and remedy."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING
from uuid import UUID

from django.db.models import Q

from xueji.ground.accounts.selectors import visible_organisations
from xueji.ground.organisations import selectors as organisations
from xueji.ground.organisations.models import ClassGroup, CodeState, Organisation
from xueji.ground.parameters import selectors as parameters
from xueji.pure.kernel.types import Level
from xueji.pure.procedures.planned import Refusal
from xueji.registry.applications.models import Application, ApplicationState
from xueji.registry.register.selectors import HeldPupil, guests_at, outside_guests
from xueji.registry.reorganisation.plans import CLOSURE, MERGER, SPLIT
from xueji.registry.reorganisation.types import Waiting
from xueji.registry.rollcall import selectors as rollcall

if TYPE_CHECKING:
    from xueji.registry.reorganisation.schools import Ground


def against_schools(ground: Ground, organisation: UUID) -> Iterable[Refusal]:
    """Schools that cannot give or take: unknown, closed, of another bureau, without a confirmed code or the stage."""
    plan, found = ground.plan, ground.schools
    receivers = [one for one in (plan.receiver, *plan.receivers.values()) if one is not None]
    if not plan.sources or any(not _open(found.get(one)) for one in plan.sources):
        what = {MERGER: "并入的学校", SPLIT: "要拆分的学校", CLOSURE: "要撤销的学校"}[ground.kind]
        yield _refusal(ground, "unknown", f"请选择{what}；已撤销的学校不能再选。")
        return
    if ground.kind != CLOSURE and not receivers:
        yield _refusal(ground, "unknown_receiver", "请选择接收的学校。")
        return
    for one in dict.fromkeys(receivers):
        if not _open(found.get(one)):
            yield _refusal(ground, "unknown_receiver", "所选的接收学校不存在或已经撤销，请重新选择。")
            return
        if one in plan.sources:
            yield _refusal(ground, "same_school", f"{found[one].name}不能既是调整的学校又是接收的学校。")
        elif found[one].code_state != CodeState.CONFIRMED:
            yield _refusal(ground, "code", f"{found[one].name}的代码还没有确定，请先由负责人确定代码。")
    yield from _jurisdiction(ground, organisation, receivers)
    if ground.kind == SPLIT and not plan.classes:
        yield _refusal(ground, "classes", "请至少勾选一个要划出的班级。")
    if ground.kind == SPLIT and any(one not in ground.groups for one in plan.classes):
        yield _refusal(ground, "classes", "勾选的班级中有的已没有在籍学生或不属于这所学校，请重新勾选。")
    if plan.point and len(plan.sources) > 1:
        yield _refusal(ground, "point", "保留原校址作为校区时，一次只能并入一所学校，请分别办理。")
    keeper = plan.custodian or plan.receiver
    if ground.closes and (keeper is None or keeper not in found or found[keeper].closed_on is not None):
        yield _refusal(ground, "custodian", "请指定撤销学校的档案由哪个单位保管。")


def _jurisdiction(ground: Ground, organisation: UUID, receivers: Sequence[UUID]) -> Iterable[Refusal]:
    """A bureau acts on its own schools, the city on all."""
    if organisations.by_id(organisation).level == Level.CITY:
        return
    others = [one for one in (*ground.plan.sources, *receivers) if ground.bureaus.get(one) != organisation]
    if others:
        names = "、".join(ground.schools[one].name for one in dict.fromkeys(others))
        yield _refusal(ground, "not_yours", f"{names}不归您单位主管；跨教育局的调整由市教育局办理。")


def against_pupils(ground: Ground, moving: Sequence[HeldPupil], waiting: Sequence[Waiting]) -> Iterable[Refusal]:
    """Pupils who cannot move on that day, or have nowhere to go; open matters; a roll-call that is under way."""
    if waiting:
        message = f"有 {len(waiting)} 件在办申请与这次调整有关（列在下面），请先办结、退回或由学校撤回。"
        yield _refusal(ground, "applications", message)
    nowhere = [one for one in moving if ground.to(one.class_group, one.school) is None]
    if nowhere:
        groups = len({one.class_group for one in nowhere})
        message = f"还有 {len(nowhere)} 名学生（{groups} 个班）没有接收学校。请为每个班选择接收学校后再办。"
        yield _refusal(ground, "nowhere", message)
    new = sum(1 for one in moving if one.started_on >= ground.on)
    if new:
        message = f"有 {new} 名学生的学籍从生效当天或以后才开始，当天不能再次变动。请把生效日期改到次日以后。"
        yield _refusal(ground, "started", message)
    ahead = sum(1 for one in moving if one.ends_on is not None or one.last_change > ground.on)
    if ahead:
        message = f"有 {ahead} 名学生已登记了生效日期更晚的变动（如毕业、升级）。请改在该变动生效以后办理。"
        yield _refusal(ground, "ahead", message)
    coming = sum(1 for one in moving if one.arrival == "awaited")
    if coming:
        yield _refusal(ground, "arrival", f"有 {coming} 名转入学生还没有确认到校，请学校先确认到校。")
    leaving = sum(1 for one in moving if one.arrival == "departing")
    if leaving:
        yield _refusal(ground, "departing", f"有 {leaving} 名学生转出待回执，请先登记回执或撤销转出。")
    yield from _stages(ground, moving)
    yield from _guests(ground, moving)
    yield from _rolls(ground)


def _stages(ground: Ground, moving: Sequence[HeldPupil]) -> Iterable[Refusal]:
    wanted = {(to, one.stage) for one in moving if (to := ground.to(one.class_group, one.school)) is not None}
    for to, stage in sorted(wanted, key=str):
        school = ground.schools[to]
        if stage not in organisations.stages_of(school):
            word = {"primary": "小学", "junior": "初中"}[stage]
            yield _refusal(
                ground, "stage", f"{school.name}没有{word}学段，不能接收{word}学生。请另选学校，或先变更办学类别。"
            )


def _guests(ground: Ground, moving: Sequence[HeldPupil]) -> Iterable[Refusal]:
    """Guests from schools out of sight cannot be written for; without a receiving school they have nowhere to go."""
    outside = outside_guests(list(ground.closes), ground.on) if ground.closes else []
    if outside:
        message = f"有 {len(outside)} 名学籍在外地的学生在校借读，请先办理结束外地借读，以后在接收学校重新登记。"
        yield _refusal(ground, "guests_outside", message)
    there = {one.student for one in moving}
    guests = [one for one in guests_at(ground.closes, ground.on) if one[0] not in there]
    if not guests:
        return
    seen = visible_organisations()
    foreign = sum(1 for _, _, school, _ in guests if school not in seen)
    if foreign:
        message = f"有 {foreign} 名外区（或外校）学生在校借读，请先办理借读结束，或由市教育局办理这次调整。"
        yield _refusal(ground, "guests", message)
    if ground.plan.receiver is None:
        yield _refusal(ground, "guests", f"有 {len(guests)} 名学生在校借读，请指定“其余学生”的接收学校。")


def _rolls(ground: Ground) -> Iterable[Refusal]:
    term = parameters.rulebook(ground.on).calendar.terms.current(ground.on)
    if term is None or not ground.closes:
        return
    for school, roll in rollcall.rolls_of_term(ground.closes, term.code).items():
        if roll.state != "closed":
            name = ground.schools[school].name
            yield _refusal(ground, "roll", f"{name}本学期的报到注册还没有办结，请学校先办结。")


def against_years(ground: Ground, groups: Sequence[ClassGroup]) -> Iterable[Refusal]:
    """A cohort that one school promoted and the other did not; class numbers beyond what a class may have."""
    year = parameters.rulebook(ground.on).stages.school_year_of(ground.on)
    known = {one: organisations.promoted(one, year) for one in ground.plan.organisations}
    own = {(one.school_id, one.stage, one.intake_year) for one in ground.standing}
    said = set()
    for group in groups:
        to, cohort = ground.to(group.id, group.school_id), (group.stage, group.intake_year)
        if to is None or group.intake_year >= year or (to, *cohort) not in own:
            continue
        if (cohort in known[group.school_id]) != (cohort in known[to]):
            behind = to if cohort in known[group.school_id] else group.school_id
            said.add((ground.schools[behind].name, group.intake_year))
    for name, intake_year in sorted(said):
        message = f"{name} {intake_year} 级还没有确认本学年的升级，而对方学校已确认。请该校先确认升级。"
        yield _refusal(ground, "promotion", message)
    highest = int(parameters.rulebook(ground.on).settings["class_no_most"])
    high = [number for number in ground.plan.numbers.values() if not 0 < number <= highest]
    if high:
        yield _refusal(ground, "class_no", f"班号应在 1 到 {highest} 之间，请核对。")


def waiting_matters(ground: Ground, students: Sequence[UUID], groups: Sequence[ClassGroup]) -> tuple[Waiting, ...]:
    """Open applications of the closing schools, of the pupils who move, or into the classes that move."""
    about = Q(student__in=students) | Q(second_student__in=students) | Q(class_group__in=[one.id for one in groups])
    if ground.closes:
        about |= Q(school__in=ground.closes) | Q(other_school__in=ground.closes)
    found = Application.objects.filter(about, state__in=ApplicationState.under_way()).order_by("lodged_on", "id")
    return tuple(Waiting(*row) for row in found.values_list("id", "kind", "school", "lodged_on"))


def _open(one: Organisation | None) -> bool:
    return one is not None and one.level == Level.SCHOOL and one.closed_on is None


def _refusal(ground: Ground, code: str, message: str) -> Refusal:
    return Refusal(f"reorganisation.{code}", message, ground.change.basis)
