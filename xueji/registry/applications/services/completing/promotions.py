"""The confirmation of the yearly promotion: an entry a cohort in the school's journal."""

from __future__ import annotations

from uuid import UUID

from xueji.ground.organisations import selectors as organisations
from xueji.ground.organisations import services as organisation_services
from xueji.ground.organisations.models import ClassGroup
from xueji.pure.kernel.environment import environment, today
from xueji.pure.kernel.operations import PromoteCohort
from xueji.pure.kernel.rulebook import Rulebook
from xueji.pure.kernel.types import Actor
from xueji.pure.procedures.effective import opens_on
from xueji.pure.procedures.planned import Plan
from xueji.pure.procedures.promotion import CohortFacts, promotion
from xueji.registry.applications.models import Application
from xueji.registry.applications.services.completing.writing import refuse
from xueji.registry.applications.services.lodging import school_rulebook


def promotion_plan(school: UUID, school_year: int, book: Rulebook) -> Plan:
    """What a school's promotion into a school year would write today."""
    change = book.change("promotion")
    confirmed = organisations.promoted(school, school_year)
    cohorts = ClassGroup.objects.filter(school=school).values_list("stage", "intake_year").distinct()
    starts = book.stages.start_of(school_year)
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
        basis=change.basis,
    )


def complete_promotion(*, actor: Actor, application: Application, step: UUID) -> None:
    """Write the cohorts' entries through the room that keeps cohorts. Raises ``Refused``."""
    book = school_rulebook(application.school, today())
    year = application.school_year or book.school_year()
    plan = promotion_plan(application.school, year, book)
    refuse(plan)
    operations = [operation for planned in plan.entries for operation in planned.operations]
    cohorts = [(one.stage, one.intake_year) for one in operations if isinstance(one, PromoteCohort)]
    transaction_id = environment().new_id()
    entries = organisation_services.promote_cohorts(
        actor=actor,
        school=application.school,
        school_year=year,
        cohorts=cohorts,
        transaction_id=transaction_id,
    )
    application.transaction_id = transaction_id
    application.effective_on = plan.entries[0].effective_on
    application.registrations = 0
    application.rows = len(entries)
