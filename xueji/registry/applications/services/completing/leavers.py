"""The approval of graduation and completion: closes the registrations of a final grade's pupils in school, in bulk."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from uuid import UUID

from django.db.models import Q

from xueji.ground.journals import selectors as journals
from xueji.ground.organisations.models import ClassGroup
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.operations import SetSpell
from xueji.pure.kernel.rulebook import Rulebook
from xueji.pure.kernel.types import Actor
from xueji.pure.procedures.effective import effective_date
from xueji.pure.procedures.leaving import Leaver, LeavingPlan, Outcome, leaving
from xueji.registry.applications.claims import ReadyRow, ready_rows
from xueji.registry.applications.models import Application, ApplicationState
from xueji.registry.applications.rows import accept_lines, refuse_lines
from xueji.registry.applications.services.completing.writing import write
from xueji.registry.applications.services.lodging import school_rulebook
from xueji.registry.register import selectors as register
from xueji.registry.register.selectors import CohortPupil

DESTINATION = "destination"
AWAITED = "awaited"
#: Why somebody of the final grade does not leave with it.
STAYING = {
    "suspended": "休学中，不能毕业；复学后另行办理",
    "dropped_out": "辍学，请先办理复学",
    "abroad": "出国（境），请先办理返校",
    "no_status": "没有学籍状态，请先核实学籍",
    "not_arrived": "尚未到校报到，请先确认到校",
    "pending_transfer": "另有申请正在办理，请待其办结",
    "not_established": "电子档案没有建齐，请先补齐",
    "registered_later": "在这一日期以后才转入或变动，另行办理",
    "not_listed": "不在学校申报的名单中，请学校补报",
}


def final_groups(schools: Sequence[UUID], stage: str, school_year: int, book: Rulebook) -> list[UUID]:
    """The class groups of the cohort that ends the stage in a school year."""
    intake = book.stages.intake_year_of(book.stages.final_grade(stage), school_year)
    found = ClassGroup.objects.filter(school__in=list(schools), stage=stage, intake_year=intake)
    return list(found.values_list("id", flat=True))


def final_pupils(
    schools: Sequence[UUID], stage: str, school_year: int, book: Rulebook
) -> tuple[list[CohortPupil], date]:
    """The pupils of the final grade as they are on their last day (later: today), and the day after that last day."""
    effective_on = effective_date(book.change("leaving"), book, decided_on=today(), school_year=school_year)
    on = max(effective_on - timedelta(days=1), today())
    return register.pupils_of_classes(schools, final_groups(schools, stage, school_year, book), on), effective_on


def leaving_plan(
    pupils: Sequence[CohortPupil],
    effective_on: date,
    book: Rulebook,
    *,
    ahead: bool = False,
    outcomes: Mapping[UUID, Outcome] | None = None,
    listed: Iterable[UUID] | None = None,
) -> LeavingPlan:
    """Who of a stage's final grade would leave, how, and who stays and why.

    ``ahead``: as it will be on the day, where that lies before us (lodging); an approval is of today. ``listed``: who
    stands on the school's list (None: everybody).
    """
    pending = pending_students({one.school for one in pupils})
    said = journals.last_said([one.student for one in pupils], SetSpell.op, effective_on)
    names = None if listed is None else set(listed)
    return leaving(
        [
            Leaver(
                student=one.student,
                registration=one.registration,
                school=one.school,
                status=one.status,
                started_on=one.started_on,
                has_pending_transfer=one.student in pending,
                has_arrived=one.arrival != AWAITED,
                established=one.established,
                last_change=max(one.last_change, said.get(one.student, one.last_change)),
                listed=names is None or one.student in names,
            )
            for one in pupils
        ],
        effective_on=effective_on,
        today=max(today(), effective_on) if ahead else today(),
        outcomes=outcomes,
        basis=book.change("leaving").basis,
    )


def pending_students(schools: Iterable[UUID]) -> set[UUID]:
    """The pupils of these schools about whom an application is under way."""
    wanted = list(schools)
    found = Application.objects.filter(
        Q(school__in=wanted) | Q(other_school__in=wanted),
        student__isnull=False,
        state__in=ApplicationState.under_way(),
    )
    return {student for student in found.values_list("student", flat=True) if student is not None}


def outcome_of(values: Mapping[str, str]) -> Outcome:
    """What a row of the list says of its leaver."""
    results = {key: value for key, value in values.items() if key != DESTINATION and value}
    return Outcome(results, values.get(DESTINATION, ""))


def complete_leaving(*, actor: Actor, application: Application, step: UUID) -> None:
    """Close the registrations of the leavers on the list; who cannot leave any more is marked. Raises ``Refused``."""
    book = school_rulebook(application.school, today())
    year = application.school_year or book.school_year()
    rows = ready_rows(application.id)
    pupils, effective_on = final_pupils([application.school], application.stage, year, book)
    found = leaving_plan(
        pupils,
        effective_on,
        book,
        outcomes={row.student: outcome_of(row.values) for row in rows},
        listed=[row.student for row in rows],
    )
    entries = write(
        actor=actor,
        application=application,
        step=step,
        plan=found.plan,
        rulebook_version=book.version,
        effective_on=found.plan.entries[0].effective_on if found.plan.entries else today(),
    )
    _mark(application.id, rows, pupils, found)
    application.registrations = len(entries)


def _mark(application: UUID, rows: Sequence[ReadyRow], pupils: Sequence[CohortPupil], found: LeavingPlan) -> None:
    """The rows of the list as they ended: left, or stays with the reason."""
    registrations = {one.student: one.registration for one in pupils}
    accept_lines([(row.line, registrations[row.student]) for row in rows if row.student in found.how])
    staying: dict[str, list[UUID]] = {}
    for row in rows:
        if row.student not in found.how:
            reason = STAYING.get(found.staying.get(row.student, ""), "已不在本校在籍，未办理")
            staying.setdefault(reason, []).append(row.line)
    for reason, lines in staying.items():
        refuse_lines(application, lines, reason)
