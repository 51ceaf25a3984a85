"""The confirmation of the yearly promotion: an entry a cohort in the school's journal, an entry a pupil who stays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from xueji.ground.journals import services as journals
from xueji.ground.organisations import selectors as organisations
from xueji.ground.organisations import services as organisation_services
from xueji.ground.organisations.models import ClassGroup
from xueji.pure.kernel.environment import environment, today
from xueji.pure.kernel.operations import PromoteCohort
from xueji.pure.kernel.rulebook import Rulebook
from xueji.pure.kernel.school_year import Stage
from xueji.pure.kernel.types import Actor
from xueji.pure.procedures.effective import opens_on
from xueji.pure.procedures.planned import Plan
from xueji.pure.procedures.promotion import (
    CohortFacts,
    Placement,
    Remaining,
    not_promoted,
    placements,
    promotion,
    staying_statuses,
)
from xueji.registry.applications.models import Application
from xueji.registry.applications.services.completing.writing import entry_of, refuse
from xueji.registry.applications.services.lodging import school_rulebook
from xueji.registry.register import selectors as register
from xueji.registry.register import services as register_services
from xueji.registry.register.selectors import CohortPupil


@dataclass(frozen=True, slots=True)
class WrittenPromotion:
    """What a school's promotion wrote: the cohorts that went up, the pupils who stayed."""

    transaction_id: UUID
    effective_on: date
    cohorts: int
    stayed: int


def stayers(
    schools: Sequence[UUID], school_year: int, book: Rulebook
) -> tuple[list[Placement], Mapping[UUID, CohortPupil]]:
    """Who stays behind at the turn into a school year, with class group; and their particulars by student."""
    statuses = staying_statuses(book.change("promotion").from_status, list(book.codes["registration_status"].by_code))
    pupils = {one.student: one for one in register.pupils_of_status(schools, statuses, today())} if statuses else {}
    if not pupils:
        return [], {}
    classes: dict[tuple[UUID, str, int], dict[int, UUID]] = {}
    for group in ClassGroup.objects.filter(school__in={one.school for one in pupils.values()}):
        classes.setdefault((group.site_id, group.stage, group.intake_year), {})[group.class_no] = group.id
    placed = placements(
        [found for one in pupils.values() if (found := _remaining(one)) is not None],
        classes,
        school_year=school_year,
        years={stage.value: book.stages.years_of(stage) for stage in Stage},
        starts=book.stages.start_of(school_year),
    )
    return placed, pupils


def _remaining(one: CohortPupil) -> Remaining | None:
    if one.class_group is None or one.class_since is None or one.status_since is None:
        return None
    if one.intake_year is None or one.class_no is None or one.site is None:
        return None
    return Remaining(
        one.student, one.registration, one.school, one.stage, one.status, one.status_since, one.class_group,
        one.class_since, one.intake_year, one.class_no, one.site,
    )  # fmt: skip


def promotion_plan(school: UUID, school_year: int, book: Rulebook) -> Plan:
    """What a school's promotion into a school year would write today."""
    change = book.change("promotion")
    confirmed = organisations.promoted(school, school_year)
    cohorts = ClassGroup.objects.filter(school=school).values_list("stage", "intake_year").distinct()
    starts = book.stages.start_of(school_year)
    placed, _ = stayers([school], school_year, book)
    return promotion(
        [
            CohortFacts(
                stage,
                intake_year,
                book.stages.years_of(stage),
                school_year if (stage, intake_year) in confirmed else None,
            )
            for stage, intake_year in cohorts
        ],
        school=school,
        school_year=school_year,
        effective_on=starts,
        earliest=opens_on(change, school_year) or starts,
        today=today(),
        exceptions=not_promoted(placed, starts=starts, today=today()),
        basis=change.basis,
    )


def write_promotion(
    *, actor: Actor, school: UUID, school_year: int, plan: Plan, book: Rulebook, basis: Mapping[str, str]
) -> WrittenPromotion:
    """Write a plan: the cohorts through the room that keeps them, the pupils as any change, under one transaction id.

    Raises ``Refused`` where the plan is refused.
    """
    refuse(plan)
    transaction_id = environment().new_id()
    cohorts = [
        (one.stage, one.intake_year)
        for planned in plan.entries
        for one in planned.operations
        if isinstance(one, PromoteCohort)
    ]
    written = organisation_services.promote_cohorts(
        actor=actor,
        school=school,
        school_year=school_year,
        cohorts=cohorts,
        transaction_id=transaction_id,
        basis=dict(basis),
    )
    staying = [planned for planned in plan.entries if planned.student is not None]
    if staying:
        entries = journals.append(
            actor=actor,
            transaction_id=transaction_id,
            entries=[entry_of(planned, dict(basis)) for planned in staying],
            rulebook_version=book.version,
        )
        students = {planned.student for planned in staying if planned.student is not None}
        register_services.refold(students=students, transaction_id=transaction_id, entries=entries)
    return WrittenPromotion(transaction_id, plan.entries[0].effective_on, len(written), len(staying))


def complete_promotion(*, actor: Actor, application: Application, step: UUID) -> None:
    """Write what the school confirms. Raises ``Refused``."""
    book = school_rulebook(application.school, today())
    year = application.school_year or book.school_year()
    written = write_promotion(
        actor=actor,
        school=application.school,
        school_year=year,
        plan=promotion_plan(application.school, year, book),
        book=book,
        basis={"application": str(application.id), "step": str(step), "kind": application.kind},
    )
    application.transaction_id = written.transaction_id
    application.effective_on = written.effective_on
    application.registrations = written.stayed
    application.rows = written.cohorts + written.stayed
