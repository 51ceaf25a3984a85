"""Reads of organisations as they are on a day. Names and codes of organisations are no secret."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import F, Q, QuerySet

from xueji.ground.organisations.models import (
    ClassGroup,
    CohortPromotion,
    Organisation,
    OrganisationName,
    OrganisationRelation,
    Site,
)
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.school_year import StageSystem
from xueji.pure.kernel.types import Level


def by_id(organisation: UUID) -> Organisation:
    """The organisation; ``Organisation.DoesNotExist`` where there is none."""
    return Organisation.objects.get(pk=organisation)


def by_ids(organisations: Iterable[UUID]) -> dict[UUID, Organisation]:
    """Several organisations by id, in one query."""
    return Organisation.objects.in_bulk(set(organisations))


def names(organisations: Iterable[UUID], on: date | None = None) -> dict[UUID, str]:
    """Their names by id, in one query: those of now, or of a day; who was not there on that day is missing."""
    wanted = set(organisations)
    if on is None:
        return dict(Organisation.objects.filter(pk__in=wanted).values_list("id", "name"))
    found = OrganisationName.objects.filter(
        Q(ended_on__isnull=True) | Q(ended_on__gt=on), organisation__in=wanted, started_on__lte=on
    )
    return dict(found.values_list("organisation_id", "name"))


def earlier_names(organisation: UUID) -> list[OrganisationName]:
    """What it was called before (曾用名), the latest first."""
    return list(
        OrganisationName.objects.filter(organisation=organisation, ended_on__isnull=False).order_by("-started_on")
    )


def by_code(code: str) -> Organisation:
    """A school by its 11 digits, a bureau by its division code; ``Organisation.DoesNotExist`` where none has it."""
    return Organisation.objects.get(code=code)


def by_codes(codes: Iterable[str]) -> dict[str, Organisation]:
    """Organisations by code, in one query; unknown codes are missing."""
    return {one.code: one for one in Organisation.objects.filter(code__in=set(codes))}


def meant_school(text: str) -> Organisation | None:
    """The school of a code, else the one open today of exactly this name; None where there is none, or several."""
    wanted = text.strip()
    coded = Organisation.objects.filter(code=wanted).first()
    if coded is not None:
        return coded
    named = list(schools(today()).filter(name=wanted)[:2])
    return named[0] if len(named) == 1 else None


def city() -> Organisation:
    """The city bureau of this installation; ``Organisation.DoesNotExist`` before set-up."""
    return Organisation.objects.get(level=Level.CITY, closed_on__isnull=True)


def districts(on: date | None = None) -> QuerySet[Organisation]:
    """District bureaus open on a day, by code."""
    return _open(Organisation.objects.filter(level=Level.DISTRICT), on or today()).order_by("code")


def schools_of(bureau: UUID, on: date | None = None) -> QuerySet[Organisation]:
    """Schools whose competent bureau this is on a day (closed ones left out), by code."""
    day = on or today()
    return _open(Organisation.objects.filter(id__in=_related(bureau, "competent_bureau", day)), day).order_by("code")


def schools_acted_for(school: UUID, on: date | None = None) -> QuerySet[Organisation]:
    """Schools for which a central school, or the host of a migrant children's school, does the work."""
    day = on or today()
    served = _in_force(OrganisationRelation.objects.filter(other=school), day).filter(
        relation__in=["central_school", "host"]
    )
    return _open(Organisation.objects.filter(id__in=served.values("organisation")), day).order_by("code")


def schools(on: date | None = None) -> QuerySet[Organisation]:
    """All schools open on a day, by code."""
    return _open(Organisation.objects.filter(level=Level.SCHOOL), on or today()).order_by("code")


def competent_bureau(school: UUID, on: date | None = None) -> UUID | None:
    """主管教育局 of a school on a day: its district's bureau, or the city's; None where none is set."""
    return competent_bureaus([school], on).get(school)


def competent_bureaus(schools: Iterable[UUID], on: date | None = None) -> dict[UUID, UUID]:
    """The competent bureaus of many schools, in one query."""
    return related(schools, "competent_bureau", on)


def related(organisations: Iterable[UUID], relation: str, on: date | None = None) -> dict[UUID, UUID]:
    """The other side of a dated relation, for many organisations in one query; those without are missing."""
    found = _in_force(
        OrganisationRelation.objects.filter(organisation__in=set(organisations), relation=relation), on or today()
    )
    return dict(found.values_list("organisation_id", "other_id"))


def relations_of(organisation: UUID, on: date | None = None) -> dict[str, Organisation]:
    """The other organisation of each relation that holds on a day, by relation, in one query."""
    found = _in_force(OrganisationRelation.objects.filter(organisation=organisation), on or today())
    return {one.relation: one.other for one in found.select_related("other")}


def sites(school: UUID) -> QuerySet[Site]:
    """The main site and the teaching points of a school, by their number."""
    return Site.objects.filter(school=school).order_by("code_no")


def stages_of(organisation: Organisation) -> tuple[str, ...]:
    """The stages that a school holds."""
    return tuple(organisation.fields.get("stages", ()))


def class_groups(
    school: UUID, on: date | None = None, *, stages: StageSystem | None = None, graduated: bool = False
) -> list[ClassGroup]:
    """Class groups of a school whose cohort is in school on a day (``graduated``: all), youngest cohort last."""
    system, day = stages or StageSystem(), on or today()
    year = system.school_year_of(day)
    found = ClassGroup.objects.filter(school=school).select_related("site")
    ordered = found.order_by("-stage", "intake_year", "site__code_no", "class_no")
    return [one for one in ordered if graduated or system.grade_of(one.stage, one.intake_year, year) is not None]


def class_order(school: UUID) -> dict[UUID | None, int]:
    """Classes from the first grade of the first stage up; those in no class come last."""
    groups = class_groups(school, graduated=True)
    ordered = sorted(groups, key=lambda one: (one.stage != "primary", -one.intake_year, one.site.code_no, one.class_no))
    return {**{one.id: place for place, one in enumerate(ordered)}, None: len(ordered)}


def class_group(found: UUID) -> ClassGroup | None:
    """One class group by id."""
    return ClassGroup.objects.select_related("site").filter(id=found).first()


def class_groups_of_grade(schools: Iterable[UUID], grade: int, *, stages: StageSystem) -> list[ClassGroup]:
    """The class groups of a grade today at several schools, by school and class; one query."""
    intake_year = stages.intake_year_of(grade, stages.school_year_of(today()))
    found = ClassGroup.objects.filter(
        school__in=list(schools), stage=stages.stage_of(grade).value, intake_year=intake_year
    )
    return list(found.select_related("site").order_by("school__code", "site__code_no", "class_no"))


def class_display_name(group: ClassGroup, on: date | None = None, *, stages: StageSystem | None = None) -> str:
    """三（2）班; a teaching point's name stands before it; a name of its own (special schools) goes first."""
    system = stages or StageSystem()
    own = group.fields.get("name")
    name = own or system.class_name(
        group.stage, group.intake_year, group.class_no, system.school_year_of(on or today())
    )
    return name if group.site.kind == "main" else f"{group.site.name}{name}"


def promoted(school: UUID, school_year: int) -> set[tuple[str, int]]:
    """The cohorts (stage, intake year) whose promotion into a school year is confirmed."""
    found = CohortPromotion.objects.filter(school=school, school_year=school_year)
    return set(found.values_list("stage", "intake_year"))


@dataclass(frozen=True, slots=True)
class Node:
    """An organisation with those below it."""

    organisation: Organisation
    below: tuple[Node, ...] = ()


def tree(on: date | None = None) -> Node:
    """City → districts and city schools → schools, as they are on a day. Two queries."""
    day = on or today()
    everyone = list(_open(Organisation.objects.all(), day).order_by("code"))
    bureau_of = competent_bureaus([one.id for one in everyone if one.level == Level.SCHOOL], day)

    def node(one: Organisation) -> Node:
        own = [other for other in everyone if bureau_of.get(other.id) == one.id or other.parent == one.id]
        own.sort(key=lambda other: (other.level != Level.DISTRICT, other.code))
        return Node(one, tuple(node(other) for other in own))

    return node(next(one for one in everyone if one.level == Level.CITY))


def keeper_of(organisation: Organisation) -> Organisation:
    """Who keeps the records of a closed organisation and acts in what it still owes; an open one itself."""
    found, seen = organisation, {organisation.id}
    while found.closed_on is not None and found.closed_on <= today():
        keeper = related([found.id], "custodian").get(found.id)
        if keeper is None or keeper in seen:
            return found
        seen.add(keeper)
        found = by_id(keeper)
    return found


def kept_by(keeper: UUID) -> list[Organisation]:
    """The closed organisations whose records this one keeps today, also those of closed ones that kept them before."""
    return kept_by_each([keeper])[keeper]


def kept_by_each(keepers: Iterable[UUID]) -> dict[UUID, list[Organisation]]:
    """The same of many organisations: a query, and one more for each time that a keeper closed."""
    found: dict[UUID, dict[UUID, Organisation]] = {keeper: {} for keeper in keepers}
    reached = {keeper: {keeper} for keeper in found}  # by organisation the keepers asked about whom it leads to
    while reached:
        held = OrganisationRelation.objects.filter(
            other__in=list(reached), relation="custodian", organisation__closed_on__lte=today()
        )
        further: dict[UUID, set[UUID]] = {}
        for one in _in_force(held, today()).select_related("organisation"):
            for keeper in reached[one.other_id] if one.other_id else ():
                if one.organisation_id != keeper and one.organisation_id not in found[keeper]:
                    found[keeper][one.organisation_id] = one.organisation
                    further.setdefault(one.organisation_id, set()).add(keeper)
        reached = further
    return {keeper: sorted(closed.values(), key=lambda one: one.code) for keeper, closed in found.items()}


def closed_since(after: date) -> list[Organisation]:
    """Schools and district bureaus that closed after a day, up to today."""
    found = Organisation.objects.filter(level__in=(Level.SCHOOL, Level.DISTRICT))
    return list(found.filter(closed_on__gt=after, closed_on__lte=today()).order_by("code"))


def schools_closed(bureau: UUID, after: date, until: date) -> list[Organisation]:
    """Schools that closed after one day and up to another under this bureau, or under one whose records it keeps."""
    found = OrganisationRelation.objects.filter(
        Q(other=bureau) | Q(other__in=_related(bureau, "custodian", today())),
        relation="competent_bureau",
        ended_on=F("organisation__closed_on"),
        organisation__closed_on__gt=after,
        organisation__closed_on__lte=until,
    )
    return list(Organisation.objects.filter(id__in=found.values("organisation")).order_by("code"))


def _related(other: UUID, relation: str, on: date) -> QuerySet[OrganisationRelation, UUID]:
    found = _in_force(OrganisationRelation.objects.filter(other=other, relation=relation), on)
    return found.values_list("organisation_id", flat=True)


def _in_force(found: QuerySet[OrganisationRelation], on: date) -> QuerySet[OrganisationRelation]:
    return found.filter(Q(ended_on__isnull=True) | Q(ended_on__gt=on), started_on__lte=on)


def _open(found: QuerySet[Organisation], on: date) -> QuerySet[Organisation]:
    return found.filter(Q(closed_on__isnull=True) | Q(closed_on__gt=on), opened_on__lte=on)
