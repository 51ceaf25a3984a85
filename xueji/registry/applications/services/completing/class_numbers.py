"""The approval of new numbers for a whole class: one entry a pupil, in the place of the one that opened him."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from django.db.models import Q

from xueji.ground.journals import selectors as journal_reads
from xueji.ground.organisations import selectors as organisations
from xueji.ground.organisations.models import ClassGroup
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.fold import fold_student
from xueji.pure.kernel.rulebook import ChangeKind
from xueji.pure.kernel.types import Actor, Refused
from xueji.pure.procedures.number_correction import opened_anew
from xueji.pure.procedures.planned import Plan
from xueji.registry.applications.models import Application, ApplicationState
from xueji.registry.applications.services.completing.numbering import allocate
from xueji.registry.applications.services.completing.writing import write
from xueji.registry.applications.services.lodging import school_rulebook
from xueji.registry.register import selectors as register

KIND = "class_number_correction"


def complete_class_numbers(*, actor: Actor, application: Application, step: UUID) -> None:
    """Allocate and write: one entry a pupil, each in the place of the one that opened the registration."""
    book = school_rulebook(application.school, today())
    if application.class_group is None:
        raise ValueError("the correction of a class names its class group")
    group = ClassGroup.objects.select_related("site").get(id=application.class_group)
    pupils = class_list(application.school, group.id)
    nobody_pending(book.change(KIND), list(pupils), but=application.id)
    numbers, scheme = allocate(organisations.by_id(application.school), book, [(group, list(pupils))])
    histories = journal_reads.entries_of_students(pupils)
    planned = []
    for student, registration in pupils.items():
        current = fold_student(histories[student]).registrations[registration]
        planned.append(opened_anew(KIND, student, current, histories[student], numbers[student], scheme))
    write(
        actor=actor,
        application=application,
        step=step,
        plan=Plan(planned),
        rulebook_version=book.version,
        effective_on=today(),
    )
    application.registrations = len(planned)


def class_list(school: UUID, class_group: UUID) -> Mapping[UUID, UUID]:
    """Student → registration in force, in the order of the class list."""
    return {one.student: one.registration for one in register.roster(school, today(), class_group)}


def nobody_pending(change: ChangeKind, students: Sequence[UUID], *, but: UUID | None = None) -> None:
    """Refuse where one of them has another application under way."""
    concerned = Q(student__in=students) | Q(second_student__in=students)
    found = Application.objects.filter(concerned, state__in=ApplicationState.under_way())
    if (found.exclude(id=but) if but else found).exists():
        limit = next((one for one in change.limits if one.kind == "pending_application"), None)
        message = limit.message if limit else "班里有学生另有正在办理的学籍申请，请待其办结后再报"
        raise Refused(limit.code if limit else "pending", f"{message}。", limit.basis if limit else "通知三.2")
