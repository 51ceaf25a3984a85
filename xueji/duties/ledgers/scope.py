"""Of which year and of which schools a ledger is: own school, a district's schools, the city's by district."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from django.db.models import Q

from xueji.ground.organisations.models import Organisation, OrganisationRelation
from xueji.ground.parameters import selectors as parameters
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.school_year import school_year_name
from xueji.pure.kernel.types import Actor, Level, Refused


@dataclass(frozen=True, slots=True)
class Scope:
    """``first`` and ``last`` day of the school year (of the present one: until today); schools in order of code.

    ``bureaus``: the districts of a city's scope by id, and which school is whose.
    """

    school_year: int
    first: date
    last: date
    schools: dict[UUID, str]
    bureaus: dict[UUID, str]
    bureau_of: dict[UUID, UUID]

    @property
    def months(self) -> list[date]:
        """The first days of the months, in order."""
        found, month = [], self.first.replace(day=1)
        while month <= self.last:
            found.append(month)
            month = (month + timedelta(days=32)).replace(day=1)
        return found


def school_years() -> list[int]:
    """The years of which there are ledgers, the newest first: since the register exists."""
    book = parameters.rulebook(today())
    return list(range(book.school_year(), book.stages.school_year_of(book.register_since) - 1, -1))


def scope_of(actor: Actor, school_year: int, *, school: UUID | None = None, bureau: UUID | None = None) -> Scope:
    """What an actor's ledgers of a year cover, narrowed to a district or a school of it.

    Schools that were open at any time of the year count. Raises ``Refused`` for a year without ledgers and for
    schools beyond the jurisdiction.
    """
    if school_year not in school_years():
        raise Refused(
            "ledgers.no_year", f"没有 {school_year_name(school_year)} 学年的台账，请从列表中选择学年。", "通知三"
        )
    stages = parameters.rulebook(today()).stages
    first = stages.start_of(school_year)
    last = min(today(), stages.start_of(school_year + 1) - timedelta(days=1))
    schools = _schools(actor, first, last)
    bureau_of = _bureaus(schools, last)
    if bureau is not None:
        schools = {key: name for key, name in schools.items() if bureau_of.get(key) == bureau}
    if school is not None:
        schools = {key: name for key, name in schools.items() if key == school}
    if not schools and (school is not None or bureau is not None):
        raise Refused("ledgers.not_yours", "只能查看本单位管辖的学校的台账，请核对所选的学校。", "通知三")
    bureaus: dict[UUID, str] = {}
    if actor.level is Level.CITY:
        found = Organisation.objects.filter(id__in=set(bureau_of.values())).order_by("code")
        bureaus = dict(found.values_list("id", "name"))
    return Scope(school_year, first, last, schools, bureaus, bureau_of)


def _schools(actor: Actor, first: date, last: date) -> dict[UUID, str]:
    found = Organisation.objects.filter(level=Level.SCHOOL, opened_on__lte=last)
    found = found.filter(Q(closed_on__isnull=True) | Q(closed_on__gt=first))
    if actor.level is Level.SCHOOL:
        found = found.filter(id=actor.organisation)
    elif actor.level is Level.DISTRICT:
        of_bureau = OrganisationRelation.objects.filter(
            Q(ended_on__isnull=True) | Q(ended_on__gt=first),
            relation="competent_bureau",
            other=actor.organisation,
            started_on__lte=last,
        )
        found = found.filter(id__in=of_bureau.values("organisation_id"))
    return dict(found.order_by("code").values_list("id", "name"))


def _bureaus(schools: dict[UUID, str], last: date) -> dict[UUID, UUID]:
    """The competent bureau of each school on the last day, of a closed one its last."""
    found = OrganisationRelation.objects.filter(
        organisation__in=list(schools), relation="competent_bureau", started_on__lte=last
    )
    return {
        school: bureau
        for school, bureau in found.order_by("started_on").values_list("organisation_id", "other_id")
        if bureau is not None
    }
