"""升级 (promotion): an entry a cohort, confirmed by the school at the turn of the year.

The grade itself derives from cohort and school year; the entry says that the school vouches for it. Exceptions are
pupils' entries: who stays in the grade (the rulebook says which statuses go up) changes to a class group of the next
lower cohort, from the first day of the school year and not before it has come; where that cohort has no class yet he is
listed and placed when he returns. Clause A2; design §3 "Cohort"; domain.md §3.8.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from xueji.pure.kernel.operations import PromoteCohort, SetSpell
from xueji.pure.kernel.school_year import school_year_name
from xueji.pure.procedures.planned import Plan, Planned, Refusal


@dataclass(frozen=True, slots=True)
class CohortFacts:
    """A cohort of the school: its years so far, and how long its stage is.

    ``years`` is the number of grades of the stage (six or three, from the rulebook),
    ``confirmed`` the school year whose promotion was confirmed last, if any.
    """

    stage: str
    intake_year: int
    years: int
    confirmed: int | None = None


@dataclass(frozen=True, slots=True)
class Remaining:
    """A pupil whose status keeps him from going up, and the class group he is in.

    ``status_since`` and ``class_since`` are the days on which these began.
    """

    student: UUID
    registration: UUID
    school: UUID
    stage: str
    status: str
    status_since: date
    class_group: UUID
    class_since: date
    intake_year: int
    class_no: int
    site: UUID


#: (site, stage, intake year) → class groups by their number.
Classes = Mapping[tuple[UUID, str, int], Mapping[int, UUID]]


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a pupil who stays belongs: ``to`` None while the next lower cohort has no class."""

    pupil: Remaining
    to: UUID | None


def placements(
    pupils: Iterable[Remaining], classes: Classes, *, school_year: int, years: Mapping[str, int], starts: date
) -> list[Placement]:
    """Those who stay behind at the turn into ``school_year``, with their class groups of the next lower cohort.

    The class of the same number at the same site, else the one with the lowest number. Only who stayed away from
    before the turn on, in a class of before: who was placed already, or stopped later, is left out. ``years`` of each
    stage; a cohort that has just ended its final grade is among them, since its suspended pupils do not leave.
    """
    found = []
    for one in pupils:
        moves = one.intake_year < school_year <= one.intake_year + years[one.stage]
        if not moves or one.status_since >= starts or one.class_since >= starts:
            continue
        lower = classes.get((one.site, one.stage, one.intake_year + 1), {})
        found.append(Placement(one, lower.get(one.class_no) or (lower[min(lower)] if lower else None)))
    return found


def not_promoted(placed: Iterable[Placement], *, starts: date, today: date) -> list[Planned]:
    """Their entries, once the school year has begun: nothing about a pupil is written ahead of its day."""
    if today < starts:
        return []
    return [
        Planned(
            one.pupil.school,
            "not_promoted",
            one.pupil.student,
            starts,
            (SetSpell(one.pupil.registration, "class_group", str(one.to)),),
            basis={"cause": one.pupil.status},
        )
        for one in placed
        if one.to is not None
    ]


def staying_statuses(going_up: Collection[str], statuses: Collection[str]) -> list[str]:
    """The statuses that do not go up, of all there are; ``going_up`` is the rulebook's ``from_status``."""
    return sorted(set(statuses) - set(going_up)) if going_up else []


def due(cohort: CohortFacts, school_year: int) -> bool:
    """Whether the cohort moves up into ``school_year`` inside its stage."""
    return cohort.intake_year < school_year < cohort.intake_year + cohort.years


def promotion(
    cohorts: Iterable[CohortFacts],
    *,
    school: UUID,
    school_year: int,
    effective_on: date,
    earliest: date,
    today: date,
    exceptions: Iterable[Planned] = (),
    basis: str = "通知一.2",
) -> Plan:
    """Entries of the school's cohorts that move up and were not yet confirmed, and of the pupils who stay.

    ``exceptions`` as :func:`not_promoted` gives them; ``earliest`` is the first day on which the rulebook lets a
    school confirm.
    """
    if today < earliest:
        message = f"{school_year_name(school_year)} 学年的升级从 {earliest:%Y-%m-%d} 起确认，现在还不到时间。"
        return Plan(refusals=[Refusal("promotion_too_early", message, basis)])
    waiting = [cohort for cohort in cohorts if due(cohort, school_year)]
    unconfirmed = [cohort for cohort in waiting if cohort.confirmed is None or cohort.confirmed < school_year]
    staying = list(exceptions)
    if not unconfirmed and not staying:
        message = f"本校没有需要确认 {school_year_name(school_year)} 学年升级的年级，或已经全部确认。"
        return Plan(refusals=[Refusal("promotion_nothing_due", message, basis)])
    return Plan(
        [
            Planned(
                school,
                "promotion",
                None,
                effective_on,
                (PromoteCohort(school, cohort.stage, cohort.intake_year, school_year),),
            )
            for cohort in sorted(unconfirmed, key=lambda cohort: (cohort.stage, cohort.intake_year))
        ]
        + staying
    )
