"""机构调整 (reorganisation): schools and districts are merged, split, closed or renamed; a school gets another
competent bureau.

Of a pupil who moves with his class the registration at the old school ends and another one begins at the new school on
the same day, in both schools' journals, with the same number (ADR 0015): the flow of both schools balances, and any
as-of date shows the school of that day. Class groups begin anew at the receiving school. Codes and numbers stay.
Clauses A2, B1, B3; 江苏省 2014 年规定第三十四条 (records of a closed school go where the bureau says).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from xueji.pure.kernel.operations import (
    CloseOrganisation,
    CloseRegistration,
    OpenRegistration,
    Operation,
    PromoteCohort,
    Relate,
    SetClassGroup,
    SetOrganisationFields,
    SetSpell,
)
from xueji.pure.procedures.planned import Plan, Planned


@dataclass(frozen=True, slots=True)
class MovingPupil:
    """A pupil with what holds of his registration on the day; ``until``: the last day of an absence for a time."""

    student: UUID
    registration: UUID
    school: UUID
    stage: str
    number: str
    scheme: str
    class_group: UUID | None
    status: str
    attends: UUID | None = None
    until: str = ""


@dataclass(frozen=True, slots=True)
class MovingClass:
    """A class group and what it becomes at the receiving school, ``new`` with the number ``class_no``."""

    class_group: UUID
    school: UUID
    to: UUID
    new: UUID
    site: UUID | None
    stage: str
    intake_year: int
    class_no: int
    fields: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class GuestThere:
    """A pupil of another school who studies at a closing one, and where he goes on (None: he is back at his own)."""

    student: UUID
    registration: UUID
    school: UUID
    to: UUID | None


@dataclass(frozen=True, slots=True)
class SchoolsFacts:
    """What moves on a day. Who has no class goes to ``rest``; ``bureaus``: the journal in which a school's own entries
    stand; ``custodians``: who keeps a closed school's records; ``served``: (school, relation, new server) of the
    schools that a closing one acted for; ``promoted``: cohorts confirmed at the old school and new at the other."""

    on: date
    pupils: Sequence[MovingPupil]
    classes: Sequence[MovingClass]
    rest: Mapping[UUID, UUID] = field(default_factory=dict)
    guests: Sequence[GuestThere] = ()
    closes: Sequence[UUID] = ()
    bureaus: Mapping[UUID, UUID] = field(default_factory=dict)
    custodians: Mapping[UUID, UUID] = field(default_factory=dict)
    served: Sequence[tuple[UUID, str, UUID]] = ()
    promoted: Sequence[tuple[UUID, str, int, int]] = ()
    registrations: Mapping[UUID, UUID] = field(default_factory=dict)  # student → the registration that begins
    sites: Mapping[UUID, tuple[UUID, Mapping[str, object]]] = field(default_factory=dict)  # receiver → a new site


@dataclass(frozen=True, slots=True)
class NamesFacts:
    """An organisation and what it is called from a day on; ``journal``: its bureau's, or the city's."""

    on: date
    organisation: UUID
    journal: UUID
    name: str
    short_name: str = ""


@dataclass(frozen=True, slots=True)
class BureausFacts:
    """Schools that get another competent bureau, and districts' bureaus that end with it. ``city``: the journal of what
    is the bureaus' own; ``relations``: (school, relation, the bureau so far); ``receivers``: school → its new bureau,
    ``to`` for the others. ``to`` keeps the records of a bureau that closes."""

    on: date
    city: UUID
    to: UUID
    relations: Sequence[tuple[UUID, str, UUID]]
    closes: Sequence[UUID] = ()
    receivers: Mapping[UUID, UUID] = field(default_factory=dict)


def renumbered(
    moving: Iterable[tuple[UUID, tuple[object, ...], int]],
    standing: Iterable[tuple[tuple[object, ...], int]],
    wanted: Mapping[UUID, int],
) -> dict[UUID, int]:
    """The class numbers of moving class groups at the receiving school.

    ``moving``: (class group, its cohort there, number so far); ``standing``: (cohort, number) of its own ones. A number
    that is wanted or free stays; a collision takes the next number after the cohort's highest.
    """
    taken: dict[tuple[object, ...], set[int]] = {}
    for cohort, number in standing:
        taken.setdefault(cohort, set()).add(number)
    given: dict[UUID, int] = {}
    waiting = []
    for class_group, cohort, number in moving:
        own = taken.setdefault(cohort, set())
        asked = wanted.get(class_group, number)
        if asked in own:
            waiting.append((class_group, own))
        else:
            own.add(asked)
            given[class_group] = asked
    for class_group, own in waiting:
        given[class_group] = max(own) + 1
        own.add(given[class_group])
    return given


def school_merger(facts: SchoolsFacts) -> Plan:
    """学校合并: all pupils of the absorbed schools go to the receiving one; the absorbed ones close."""
    return _moved(facts, "school_merger", "merger")


def school_split(facts: SchoolsFacts) -> Plan:
    """学校拆分: some class groups go to another school; nothing closes."""
    return _moved(facts, "school_split", "split")


def school_closure(facts: SchoolsFacts) -> Plan:
    """学校撤销: every pupil still there goes to a named school in the same act; the school closes."""
    return _moved(facts, "school_closure", "closure")


def school_renaming(facts: NamesFacts) -> Plan:
    """学校更名: code, numbers and records stay."""
    return _named(facts, "school_renaming")


def district_renaming(facts: NamesFacts) -> Plan:
    """区县更名: the division code of the bureau stays as a name for it; no school's code changes."""
    return _named(facts, "district_renaming")


def competent_bureau_change(facts: BureausFacts) -> Plan:
    """主管教育局变更: from the day on the schools belong to another bureau."""
    return _related(facts, "competent_bureau_change")


def district_merger(facts: BureausFacts) -> Plan:
    """区县合并: the schools of the closing bureaus get the receiving one, which keeps their records from then on."""
    return _related(facts, "district_merger")


def district_split(facts: BureausFacts) -> Plan:
    """区县拆分: some of a district's schools get other bureaus; it goes on with the rest."""
    return _related(facts, "district_split")


def district_closure(facts: BureausFacts) -> Plan:
    """区县撤销: every school of the closing bureau gets a named one in the same act; another keeps its records."""
    return _related(facts, "district_closure")


def _moved(facts: SchoolsFacts, kind: str, how: str) -> Plan:
    """First the class groups, then the pupils, last the end of the school and who acts for whom from now on."""
    by_class = {one.class_group: one for one in facts.classes}
    entries = [*_classes(facts, kind)]
    for pupil in facts.pupils:
        moved = by_class.get(pupil.class_group) if pupil.class_group else None
        to = moved.to if moved else facts.rest[pupil.school]
        leaving = (CloseRegistration(pupil.registration, how),)
        entries.append(Planned(pupil.school, kind, pupil.student, facts.on, leaving))
        registration = facts.registrations[pupil.student]
        arriving: list[Operation] = [
            OpenRegistration(registration, to, pupil.stage, pupil.number, pupil.scheme, how),
            SetSpell(registration, "status", pupil.status),
        ]
        if moved is not None:
            arriving.append(SetSpell(registration, "class_group", str(moved.new)))
        if pupil.attends is not None and pupil.attends != to:
            arriving.append(SetSpell(registration, "attends", str(pupil.attends)))
        basis = {"until": pupil.until} if pupil.until else {}
        entries.append(Planned(to, kind, pupil.student, facts.on, tuple(arriving), basis=basis))
    for guest in facts.guests:
        there = SetSpell(guest.registration, "attends", str(guest.to) if guest.to else None)
        entries.append(Planned(guest.school, kind, guest.student, facts.on, (there,)))
    for served, relation, server in facts.served:
        changed = (Relate(served, relation, server),)
        entries.append(Planned(facts.bureaus[served], f"relate_{relation}", None, facts.on, changed))
    entries += [
        Planned(
            facts.bureaus[school],
            kind,
            None,
            facts.on,
            (
                SetOrganisationFields(school, {"code_state": "void"}),
                CloseOrganisation(school),
                Relate(school, "custodian", facts.custodians[school]),
            ),
        )
        for school in facts.closes
    ]
    return Plan(entries)


def _classes(facts: SchoolsFacts, kind: str) -> Iterable[Planned]:
    """An entry a receiving school: its new site, its new class groups, cohorts that were promoted at the old school."""
    for to in dict.fromkeys([*(one.to for one in facts.classes), *facts.sites]):
        operations: list[Operation] = []
        if to in facts.sites:
            site, said = facts.sites[to]
            operations.append(SetOrganisationFields(to, {f"site:{site}": dict(said)}))
        operations += [
            SetClassGroup(one.new, to, one.site, one.stage, one.intake_year, one.class_no, dict(one.fields))
            for one in facts.classes
            if one.to == to
        ]
        operations += [
            PromoteCohort(to, stage, intake_year, school_year)
            for school, stage, intake_year, school_year in facts.promoted
            if school == to
        ]
        yield Planned(to, kind, None, facts.on, tuple(operations))


def _named(facts: NamesFacts, kind: str) -> Plan:
    fields = {"name": facts.name, **({"short_name": facts.short_name} if facts.short_name else {})}
    operation = SetOrganisationFields(facts.organisation, fields)
    return Plan([Planned(facts.journal, kind, None, facts.on, (operation,))])


def _related(facts: BureausFacts, kind: str) -> Plan:
    by_school: dict[UUID, list[Operation]] = {}
    journals: dict[UUID, UUID] = {}
    for school, relation, before in facts.relations:
        by_school.setdefault(school, []).append(Relate(school, relation, facts.receivers.get(school, facts.to)))
        journals.setdefault(school, before)
    entries = [
        Planned(journals[school], kind, None, facts.on, tuple(operations)) for school, operations in by_school.items()
    ]
    entries += [
        Planned(facts.city, kind, None, facts.on, (CloseOrganisation(bureau), Relate(bureau, "custodian", facts.to)))
        for bureau in facts.closes
    ]
    return Plan(entries)
