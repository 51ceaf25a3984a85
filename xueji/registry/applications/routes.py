"""From the rulebook's steps to the organisations that act: who is the applicant's bureau, who the other's."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from xueji.ground.organisations import selectors as organisations
from xueji.pure.kernel.rulebook import Act, ChangeKind, Party
from xueji.pure.kernel.types import Refused
from xueji.registry.cases.types import PlannedStep

_BUREAUS = (Party.BUREAU_OF_APPLICANT, Party.BUREAU_OF_OTHER)


@dataclass(frozen=True, slots=True)
class Route:
    """The way an application goes: variant, steps, and who stands at each place."""

    variant: str
    steps: tuple[PlannedStep, ...]
    places: dict[Party, UUID]


def route(change: ChangeKind, *, school: UUID, other: UUID | None, on: date) -> Route:
    """The steps of a change with their organisations on a day.

    A school directly under the city has the city as competent bureau: a city school and a district
    school are under two bureaus. Raises ``Refused`` where a school has no competent bureau.
    """
    bureaus = organisations.competent_bureaus([school] + ([other] if other else []), on)
    places = {Party.APPLICANT: school, Party.BUREAU_OF_APPLICANT: _bureau(bureaus, school)}
    if other is not None:
        places |= {Party.OTHER: other, Party.BUREAU_OF_OTHER: _bureau(bureaus, other)}
    variant = ""
    if "" not in change.variants:
        same = places[Party.BUREAU_OF_APPLICANT] == places.get(Party.BUREAU_OF_OTHER)
        variant = "same_bureau" if same else "two_bureaus"
    steps = tuple(
        PlannedStep(step, places[step.at], files=step.act is Act.APPROVE and step.at in _BUREAUS)
        for step in change.steps_for(variant)
    )
    return Route(variant, steps, places)


def _bureau(bureaus: dict[UUID, UUID], school: UUID) -> UUID:
    try:
        return bureaus[school]
    except KeyError:
        raise Refused(
            "no_competent_bureau", "这所学校还没有确定主管教育局，不能提出申请。请与区县教育局联系。", "通知一.2"
        ) from None
