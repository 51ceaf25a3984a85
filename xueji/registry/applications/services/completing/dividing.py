"""The approval of an admission, and the decision on a division into classes."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from django.db.models import Max, Q

from xueji.ground.journals import selectors as journals
from xueji.ground.organisations import selectors as organisations
from xueji.ground.organisations import services as organisation_services
from xueji.ground.organisations.services import ClassDraft
from xueji.pure.kernel.environment import environment, today
from xueji.pure.kernel.fold import fold_student
from xueji.pure.kernel.types import Actor, Refused
from xueji.pure.procedures.admission import admission
from xueji.pure.procedures.division import Divided, division
from xueji.pure.procedures.effective import effective_date
from xueji.pure.procedures.enrolment import RosterRow
from xueji.registry.applications.claims import ready_rows
from xueji.registry.applications.models import Application
from xueji.registry.applications.rows import accept_lines
from xueji.registry.applications.services.completing.numbering import allocate
from xueji.registry.applications.services.completing.writing import write
from xueji.registry.applications.services.lodging import school_rulebook
from xueji.registry.register.models import Registration


def complete_admission(*, actor: Actor, application: Application, step: UUID) -> None:
    """Begin the leavers' new registrations, without class and number as yet. Raises ``Refused``."""
    book = school_rulebook(application.school, today())
    change = book.change("admission")
    on = effective_date(change, book, decided_on=today(), school_year=application.school_year or book.school_year())
    rows = ready_rows(application.id)
    ended, in_force = _standing([row.student for row in rows], on)
    new_id = environment().new_id
    planned = [
        RosterRow(
            row_no=row.row_no,
            student=row.student,
            registration=new_id(),
            school=application.school,
            stage=application.stage,
            class_group=None,
            number="",
            scheme=book.numbers["registration_number"].code,
            fields={},
            sensitive={},
            last_ended_on=ended.get(row.student),
            in_force_at=in_force.get(row.student),
        )
        for row in rows
    ]
    plan = admission(planned, effective_on=on, basis=change.basis)
    write(actor=actor, application=application, step=step, plan=plan, rulebook_version=book.version, effective_on=on)
    accept_lines([(row.line, made.registration) for row, made in zip(rows, planned, strict=True)])
    application.registrations = len(rows)


def _standing(students: list[UUID], on: date) -> tuple[dict[UUID, date], dict[UUID, UUID]]:
    """When the last registration of pupils ended, and at which school one is in force still."""
    found = Registration.objects.filter(student__in=students, voided=False)
    ended = found.filter(ended_on__isnull=False).values_list("student").annotate(last=Max("ended_on"))
    in_force = found.filter(Q(ended_on__isnull=True) | Q(ended_on__gt=on))
    return dict(ended), dict(in_force.values_list("student", "school"))


def complete_division(*, actor: Actor, application: Application, step: UUID) -> None:
    """Set the class groups, number in the order of the list, let every pupil join his class. Raises ``Refused``."""
    book = school_rulebook(application.school, today())
    school = organisations.by_id(application.school)
    intake = application.school_year or book.school_year()
    rows = ready_rows(application.id)
    numbers = sorted({int(row.values["class_no"]) for row in rows})
    set_groups = organisation_services.set_class_groups(
        actor=actor,
        school=school.id,
        classes=[ClassDraft(application.stage, intake, number) for number in numbers],
        effective_on=book.stages.start_of(intake),
    )
    groups = dict(zip(numbers, set_groups, strict=True))
    histories = journals.entries_of_students([row.student for row in rows])
    states = {row.student: fold_student(histories[row.student]).in_force(today()) for row in rows}
    waiting: dict[int, list[UUID]] = {number: [] for number in numbers}
    for row in rows:
        standing = states[row.student]
        if standing is None or standing.school != school.id or standing.value("class_group", today()):
            raise Refused(
                "division_changed", f"第 {row.row_no} 行的学生在申报后已有变动，请退回后重新分班。", "通知二.2"
            )
        if not standing.number:
            waiting[int(row.values["class_no"])].append(row.student)
    given, scheme = allocate(school, book, [(groups[number], waiting[number]) for number in numbers])
    divided = [
        Divided(
            row.student,
            standing,
            histories[row.student],
            groups[int(row.values["class_no"])].id,
            given.get(row.student, ""),
            scheme,
        )
        for row in rows
        if (standing := states[row.student]) is not None
    ]
    plan = division(divided, decided_on=today())
    write(
        actor=actor,
        application=application,
        step=step,
        plan=plan,
        rulebook_version=book.version,
        effective_on=today(),
    )
    accept_lines([(row.line, one.registration.registration) for row, one in zip(rows, divided, strict=True)])
    application.registrations = len(rows)
