"""Looking at a merger, a split, a closure: which classes and pupils move where, and what stands in the way."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID, uuid5

from xueji.ground.accounts.selectors import holdings_of
from xueji.ground.journals import selectors as journals
from xueji.ground.organisations import selectors as organisations
from xueji.ground.organisations.models import ClassGroup, Organisation, OrganisationRelation, Site
from xueji.ground.organisations.state import main_site_id
from xueji.ground.parameters import selectors as parameters
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.rulebook import ChangeKind
from xueji.pure.procedures.planned import Plan, Refusal
from xueji.pure.procedures.reorganisation import (
    GuestThere,
    MovingClass,
    MovingPupil,
    SchoolsFacts,
    renumbered,
    school_closure,
    school_merger,
    school_split,
)
from xueji.registry.register.selectors import HeldPupil, guests_at, held_pupils
from xueji.registry.reorganisation import closing
from xueji.registry.reorganisation.hindering import against_pupils, against_schools, against_years, waiting_matters
from xueji.registry.reorganisation.plans import CLOSURE, MERGER, SPLIT, ActPlan
from xueji.registry.reorganisation.types import ClassLine, Preview

_PROCEDURES = {MERGER: school_merger, SPLIT: school_split, CLOSURE: school_closure}


@dataclass(frozen=True, slots=True)
class Ground:
    """What is read once: the schools, their pupils in force on the day, class groups with their site, bureaus."""

    kind: str
    plan: ActPlan
    on: date
    change: ChangeKind
    schools: Mapping[UUID, Organisation]
    bureaus: Mapping[UUID, UUID]
    pupils: Sequence[HeldPupil]
    groups: Mapping[UUID, ClassGroup]
    standing: Sequence[ClassGroup]

    @property
    def closes(self) -> tuple[UUID, ...]:
        return () if self.kind == SPLIT else self.plan.sources

    def to(self, class_group: UUID | None, school: UUID) -> UUID | None:
        """Where the pupils of a class go; None where none is named (or, of a split, where they stay)."""
        if self.kind == SPLIT:
            return self.plan.receiver if class_group in self.plan.classes else None
        if class_group is not None and class_group in self.plan.receivers:
            return self.plan.receivers[class_group]
        return self.plan.receiver


def look_at_schools(
    kind: str, plan: ActPlan, *, organisation: UUID, on: date, change: ChangeKind, against: list[Refusal]
) -> Preview:
    """What a merger, split or closure would do on a day."""
    ground = _ground(kind, plan, on, change)
    against += against_schools(ground, organisation)
    moving = [one for one in ground.pupils if kind != SPLIT or one.class_group in plan.classes]
    sizes = Counter(one.class_group for one in ground.pupils)
    choices = _lines(ground, sizes, list(ground.groups.values()), {})
    if any(refusal.code.startswith("reorganisation.unknown") for refusal in against):
        return Preview(on, Plan(refusals=against), tuple(against), choices=choices)
    groups = [group for group in ground.groups.values() if sizes[group.id] and ground.to(group.id, group.school_id)]
    numbers = _numbers(ground, groups)
    waiting = waiting_matters(ground, [one.student for one in moving], groups)
    against += against_pupils(ground, moving, waiting)
    against += against_years(ground, groups)
    lines = _lines(ground, sizes, groups, numbers)
    counts = {
        "schools": len(ground.closes),
        "classes": len(groups),
        "pupils": len(moving),
        "away": sum(1 for one in moving if one.status != "in_school" or one.attends),
        "guests": 0,
        "posts": holdings_of(ground.closes).count(),
        "matters": len(waiting),
        **closing.counts(kind, plan),
    }
    digest = _digest(ground, moving, numbers)
    if against:
        return Preview(on, Plan(refusals=against), tuple(against), lines, choices, waiting, counts, digest=digest)
    facts = _facts(ground, moving, groups, numbers)
    counts["guests"] = len(facts.guests)
    return Preview(on, _PROCEDURES[kind](facts), (), lines, choices, waiting, counts, digest=digest)


def _ground(kind: str, plan: ActPlan, on: date, change: ChangeKind) -> Ground:
    named = plan.organisations
    groups = ClassGroup.objects.filter(school__in=plan.sources).select_related("site")
    order = groups.order_by("school__code", "stage", "-intake_year", "site__code_no", "class_no")
    receivers = {plan.receiver, *plan.receivers.values()} - {None}
    pupils = held_pupils(plan.sources, on) if plan.sources else []
    held = {one.class_group for one in pupils}
    return Ground(
        kind,
        plan,
        on,
        change,
        organisations.by_ids(named),
        organisations.competent_bureaus(named, today()),
        pupils,
        {group.id: group for group in order if group.id in held},
        list(ClassGroup.objects.filter(school__in=receivers)),
    )


def _site_there(ground: Ground, group: ClassGroup, to: UUID) -> UUID:
    """The site at the receiving school: its main one, or the merged school's own place that goes on as a point."""
    return _point_id(group.school_id, to) if ground.kind == MERGER and ground.plan.point else main_site_id(to)


def _point_id(school: UUID, to: UUID) -> UUID:
    return uuid5(school, f"site of {to}")


def _numbers(ground: Ground, groups: Sequence[ClassGroup]) -> dict[UUID, int]:
    moving = []
    for group in groups:
        to = ground.to(group.id, group.school_id)
        if to is not None:
            cohort = (to, _site_there(ground, group, to), group.stage, group.intake_year)
            moving.append((group.id, cohort, group.class_no))
    standing = [((one.school_id, one.site_id, one.stage, one.intake_year), one.class_no) for one in ground.standing]
    return renumbered(moving, standing, ground.plan.numbers)


def _lines(
    ground: Ground, sizes: Mapping[UUID | None, int], groups: Sequence[ClassGroup], numbers: Mapping[UUID, int]
) -> tuple[ClassLine, ...]:
    stages = parameters.rulebook(ground.on).stages
    year = stages.school_year_of(ground.on)
    lines = []
    for group in groups:
        to, number = ground.to(group.id, group.school_id), numbers.get(group.id, group.class_no)
        own = group.fields.get("name")
        lines.append(
            ClassLine(
                group.id,
                group.school_id,
                organisations.class_display_name(group, ground.on, stages=stages),
                sizes[group.id],
                to,
                number,
                own or stages.class_name(group.stage, group.intake_year, number, year),
                number != group.class_no,
            )
        )
    return tuple(lines)


def _facts(
    ground: Ground, moving: Sequence[HeldPupil], groups: Sequence[ClassGroup], numbers: Mapping[UUID, int]
) -> SchoolsFacts:
    on, plan = ground.on, ground.plan
    classes = []
    for group in groups:
        to = ground.to(group.id, group.school_id)
        if to is None:
            continue
        site = _site_there(ground, group, to)
        new = uuid5(group.id, f"at {to} from {on}")
        fields = {**group.fields, "came_from": str(group.id)}
        classes.append(
            MovingClass(
                group.id, group.school_id, to, new, site, group.stage, group.intake_year, numbers[group.id], fields
            )
        )
    rest = {school: plan.receiver for school in ground.closes if plan.receiver}
    absent_until = _until(moving)
    pupils = [
        MovingPupil(
            one.student, one.registration, one.school, one.stage, one.number, one.scheme, one.class_group, one.status,
            one.attends, absent_until.get(one.student, ""),
        )
        for one in moving
    ]  # fmt: skip
    there = {one.student for one in moving}
    guests = [
        GuestThere(student, registration, school, None if rest.get(host) == school else rest.get(host))
        for student, registration, school, host in guests_at(ground.closes, on)
        if student not in there
    ]
    custodians = dict.fromkeys(ground.closes, plan.custodian or plan.receiver)
    return SchoolsFacts(
        on,
        [_studying_on(one, rest) for one in pupils],
        classes,
        rest,
        guests,
        ground.closes,
        {**ground.bureaus, **organisations.competent_bureaus([one for one, _, _ in _served(ground)], today())},
        {school: keeper for school, keeper in custodians.items() if keeper},
        [(served, relation, rest[school]) for served, relation, school in _served(ground) if served != rest[school]],
        _promoted(ground, groups),
        {one.student: uuid5(one.registration, f"goes on from {on}") for one in moving},
        _points(ground),
    )


def _studying_on(pupil: MovingPupil, rest: Mapping[UUID, UUID]) -> MovingPupil:
    """A guest at another closing school studies on at the one that takes it in."""
    return replace(pupil, attends=rest[pupil.attends]) if pupil.attends and pupil.attends in rest else pupil


def _served(ground: Ground) -> list[tuple[UUID, str, UUID]]:
    """The schools that a closing one acts for: (school, relation, closing school)."""
    found = OrganisationRelation.objects.filter(
        other__in=ground.closes,
        relation__in=["central_school", "host"],
        ended_on__isnull=True,
        organisation__closed_on__isnull=True,
    ).exclude(organisation__in=ground.closes)
    return list(found.values_list("organisation", "relation", "other"))


def _points(ground: Ground) -> dict[UUID, tuple[UUID, Mapping[str, object]]]:
    plan = ground.plan
    if not (plan.point and ground.kind == MERGER and plan.receiver and len(plan.sources) == 1):
        return {}
    school = ground.schools[plan.sources[0]]
    last = Site.objects.filter(school=plan.receiver).order_by("-code_no").values_list("code_no", flat=True).first()
    said = {"name": f"{school.short_name or school.name}校区", "code_no": (last or 0) + 1, "kind": "teaching_point"}
    return {plan.receiver: (_point_id(school.id, plan.receiver), said)}


def _promoted(ground: Ground, groups: Sequence[ClassGroup]) -> list[tuple[UUID, str, int, int]]:
    """Cohorts whose promotion of this year the old school confirmed and the receiving one knows nothing of."""
    year = parameters.rulebook(ground.on).stages.school_year_of(ground.on)
    known = {school: organisations.promoted(school, year) for school in ground.plan.organisations}
    found = {
        (to, group.stage, group.intake_year, year)
        for group in groups
        if (to := ground.to(group.id, group.school_id)) is not None
        and (group.stage, group.intake_year) in known[group.school_id]
        and (group.stage, group.intake_year) not in known[to]
    }
    return sorted(found, key=str)


def _until(moving: Iterable[HeldPupil]) -> dict[UUID, str]:
    """Until when those are away who are away for a time, as the entries of their absence say."""
    since = {one.student: one.away_since for one in moving if one.away_since is not None}
    found: dict[UUID, str] = {}
    for student, entries in (journals.entries_of_students(since, decrypt=False) if since else {}).items():
        begun = since[student]
        said = [str(one.basis["until"]) for one in entries if one.effective_on >= begun and one.basis.get("until")]
        if said:
            found[student] = said[-1]
    return found


def _digest(ground: Ground, moving: Sequence[HeldPupil], numbers: Mapping[UUID, int]) -> str:
    """Who and what moves where: what was looked at is what is decided on."""
    parts = [f"{one.registration}:{one.class_group}:{one.status}:{one.attends}" for one in moving]
    parts += [f"{group}:{ground.to(group, group)}:{number}" for group, number in sorted(numbers.items())]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
