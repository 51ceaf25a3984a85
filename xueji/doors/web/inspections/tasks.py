"""What of the regular checks waits for a post, as lines of the first page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from django.urls import reverse

from xueji.duties.inspections.authority import EXAMINERS, RECHECKERS, SIGNERS
from xueji.duties.inspections.models import InspectionKind
from xueji.duties.inspections.population import schools_in_reach
from xueji.duties.inspections.selectors import due
from xueji.ground.organisations import selectors as organisations
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.types import Actor, Level, Role
from xueji.registry.rollcall.authority import school_rulebook

_TITLES: Final = {
    due.EXAMINE: "定期审核 · 核对",
    due.MEND: "定期审核 · 更正",
    due.RECHECK: "定期审核 · 复查",
    due.SIGN: "定期审核 · 办结",
}


@dataclass(frozen=True, slots=True)
class Waiting:
    """One line: where it is done, how many, by when."""

    title: str
    url: str
    count: int
    due: date | None
    sub: str = ""


def waiting(actor: Actor) -> list[Waiting]:
    """A line a sort of matter; a bureau's also own checks of its schools that are late."""
    own_side = actor.level is Level.SCHOOL
    kind = InspectionKind.OWN if own_side else InspectionKind.BUREAU
    posts: dict[str, tuple[Role, ...]] = {
        due.EXAMINE: EXAMINERS[kind], due.RECHECK: RECHECKERS[kind], due.SIGN: SIGNERS[kind],
        due.MEND: (Role.REGISTRAR,),
    }  # fmt: skip
    schools = [actor.organisation] if own_side else _schools(actor)
    inspected = schools if own_side else [one.id for one in schools_in_reach(organisations.by_id(actor.organisation))]
    found: dict[str, list[due.Due]] = {}
    for one in due.waiting(inspected):
        if one.organisation == actor.organisation and actor.role in posts[one.sort]:
            found.setdefault(one.sort, []).append(one)
    lines = [_line(sort, matters) for sort, matters in found.items()]
    return [*lines, *_own_checks(actor, schools)]


def _schools(actor: Actor) -> list[UUID]:
    return list(organisations.schools_of(actor.organisation).values_list("id", flat=True))


def _line(sort: str, matters: list[due.Due]) -> Waiting:
    one = matters[0].inspection
    url = reverse("web:inspection", args=[one]) if len(matters) == 1 else reverse("web:inspections")
    day = min((matter.due_on for matter in matters if matter.due_on), default=None)
    return Waiting(_TITLES[sort], url, sum(matter.count for matter in matters), day)


def _own_checks(actor: Actor, schools: list[UUID]) -> list[Waiting]:
    """The school's own check that is not begun; of a bureau those that are late."""
    if not schools or (actor.level is Level.SCHOOL and actor.role not in EXAMINERS[InspectionKind.OWN]):
        return []
    book = school_rulebook(schools[0])
    open_ones = due.own_checks_due(schools, book, today())
    if actor.level is Level.SCHOOL:
        open_ones = [one for one in open_ones if one.inspection is None]
        title = "本学期自查 · 开始"
    else:
        open_ones = [one for one in open_ones if one.due_on is not None and one.due_on < today()]
        title = "学校自查逾期"
    if not open_ones:
        return []
    return [Waiting(title, reverse("web:inspections"), len(open_ones), open_ones[0].due_on)]
