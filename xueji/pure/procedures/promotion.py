"""升级 (promotion): an entry a cohort, confirmed by the school at the turn of the year.

The grade itself derives from cohort and school year; the entry says that the school vouches
for it. Pupils who are not promoted, skip or go lower are entries of their own. Clause A2.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from xueji.pure.kernel.operations import PromoteCohort
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
    basis: str = "通知一.2",
) -> Plan:
    """Entries of the school's cohorts that move up and were not yet confirmed.

    ``earliest`` is the first day on which the rulebook lets a school confirm.
    """
    if today < earliest:
        message = f"{school_year} 学年的升级从 {earliest:%Y-%m-%d} 起确认，现在还不到时间。"
        return Plan(refusals=[Refusal("promotion_too_early", message, basis)])
    waiting = [cohort for cohort in cohorts if due(cohort, school_year)]
    unconfirmed = [cohort for cohort in waiting if cohort.confirmed is None or cohort.confirmed < school_year]
    if not unconfirmed:
        message = f"本校没有需要确认 {school_year} 学年升级的年级，或已经全部确认。"
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
    )
