"""What a bureau could print for its schools' leavers of a year, and what is left out and why: before it orders."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count

from xueji.duties.certificates.leavers import WhyNot, is_diploma, leavers_of
from xueji.duties.certificates.models import Blank, BlankState, Certificate
from xueji.ground.organisations import selectors as organisations
from xueji.ground.parameters import selectors as parameters
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.rulebook import CertificateKind
from xueji.registry.register.models import Registration


@dataclass(frozen=True, slots=True)
class SchoolOutlook:
    """One school: leavers of the year, how many can be printed, the others by reason; ``blanks`` in its stock."""

    school: UUID
    name: str
    leavers: int
    ready: int
    left_out: Mapping[WhyNot, int]
    blanks: int


def diploma_kinds() -> list[CertificateKind]:
    """The kinds that a bureau prints in one order."""
    return [one for one in parameters.rulebook(today()).certificates.values() if is_diploma(one)]


def leaving_years(bureau: UUID) -> list[int]:
    """The years in which those left who were given such papers by schools of a bureau, the last one first."""
    schools = organisations.schools_of(bureau).values_list("id", flat=True)
    given = Certificate.objects.filter(
        school__in=list(schools), kind__in=[one.kind for one in diploma_kinds()], line__isnull=False
    )
    found = Registration.objects.filter(id__in=given.values("registration"), ended_on__isnull=False)
    return [one.year for one in found.dates("ended_on", "year", order="DESC")]


def outlooks(bureau: UUID, kind: CertificateKind, year: int, schools: Collection[UUID] = ()) -> list[SchoolOutlook]:
    """The schools of a bureau (or some of them) that had leavers of this kind in a year, by code; some eight queries.

    What the register does not bear out any more is found when it is printed, pupil by pupil.
    """
    own = {one.id: one.name for one in organisations.schools_of(bureau) if not schools or one.id in schools}
    stock = dict(
        Blank.objects.filter(school__in=list(own), kind=kind.kind, state=BlankState.IN_STOCK)
        .values_list("school")
        .annotate(Count("id"))
    )
    counts: dict[UUID, Counter[WhyNot | None]] = {school: Counter() for school in own}
    for one in leavers_of(list(own), kind, year):
        if one.school in counts:
            counts[one.school][one.why] += 1
    made = []
    for school, name in own.items():
        found = counts[school]
        printable, blanks = found.pop(None, 0), stock.get(school, 0)
        ready = min(printable, blanks) if kind.blank else printable
        if ready < printable:
            found[WhyNot.BLANKS_SHORT] = printable - ready
        total = ready + sum(found.values())
        if total:
            made.append(
                SchoolOutlook(school, name, total, ready, {why: found[why] for why in WhyNot if found[why]}, blanks)
            )
    return made
