"""The approval of the leaving of a final grade: closes the registrations of its pupils in school, in bulk."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from xueji.ground.organisations.models import ClassGroup
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.rulebook import Rulebook
from xueji.pure.kernel.types import Actor
from xueji.pure.procedures.effective import effective_date
from xueji.pure.procedures.leaving import Leaver, LeavingPlan, leaving
from xueji.registry.applications.models import Application, ApplicationState
from xueji.registry.applications.services.completing.writing import write
from xueji.registry.applications.services.lodging import school_rulebook
from xueji.registry.register import selectors as register

GRADUATION = "graduation"
_DAY_BEFORE = 1


def leaving_plan(school: UUID, stage: str, school_year: int, book: Rulebook, *, ahead: bool = False) -> LeavingPlan:
    """Who of a stage's final grade would leave, and who stays and why.

    ``ahead``: as it will be on the day, where that lies before us (lodging); an approval is of today.
    """
    change = book.change("leaving")
    effective_on = effective_date(change, book, decided_on=today(), school_year=school_year)
    last_day = date.fromordinal(effective_on.toordinal() - _DAY_BEFORE)
    final = {
        str(group.id)
        for group in ClassGroup.objects.filter(school=school, stage=stage)
        if book.stages.is_final(stage, group.intake_year, school_year)
    }
    pupils = [
        one for one in register.roster(school, last_day) if str(one.class_group) in final and one.ended_on is None
    ]
    pending = set(
        Application.objects.filter(
            student__in=[one.student for one in pupils], state__in=ApplicationState.under_way()
        ).values_list("student", flat=True)
    )
    return leaving(
        [
            Leaver(one.student, one.registration, one.school, one.status or "", one.started_on, one.student in pending)
            for one in pupils
        ],
        how=GRADUATION,
        effective_on=effective_on,
        today=max(today(), effective_on) if ahead else today(),
        basis=change.basis,
    )


def complete_leaving(*, actor: Actor, application: Application, step: UUID) -> None:
    """Close the registrations of the leavers. Raises ``Refused``."""
    book = school_rulebook(application.school, today())
    year = application.school_year or book.school_year()
    found = leaving_plan(application.school, application.stage, year, book)
    entries = write(
        actor=actor,
        application=application,
        step=step,
        plan=found.plan,
        rulebook_version=book.version,
        effective_on=found.plan.entries[0].effective_on if found.plan.entries else today(),
    )
    application.registrations = len(entries)
