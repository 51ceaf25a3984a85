"""Facts for the transfer's procedure: the pupil as the register knows him, and the class that would receive him."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from xueji.ground.organisations.models import ClassGroup
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.rulebook import ChangeKind, Limit, Rulebook
from xueji.pure.kernel.types import Refused
from xueji.pure.procedures.planned import Refusal
from xueji.pure.procedures.transfer import Place, TransferFacts, broken_limits, refusals
from xueji.registry.applications.models import Application
from xueji.registry.applications.services.lodging import school_rulebook
from xueji.registry.register.selectors import StudentRecord


def place(class_group: ClassGroup, book: Rulebook, on: date) -> Place:
    """The class group with its grade on a day; ``Refused`` where its cohort is not at school then."""
    grade = book.stages.grade_of(class_group.stage, class_group.intake_year, book.stages.school_year_of(on))
    if grade is None:
        raise Refused("class_not_at_school", "所选班级这个学年不在校（未入学或已毕业），请另选班级。", "通知二.2")
    return Place(class_group.school_id, class_group.stage, grade, class_group.id)


def transfer_facts(
    record: StudentRecord, to: Place, book: Rulebook, *, lodged_on: date, on: date, pending: bool = False
) -> TransferFacts:
    """What the procedure asks of a pupil on a day."""
    current = record.in_force
    if current is None:
        return TransferFacts(record.student, None, None, "", None, False, "", None, to, lodged_on)
    year = book.stages.school_year_of(on)
    cohort = _cohort(current.value("class_group", on))
    grade = book.stages.grade_of(current.stage, cohort, year) if cohort is not None else None
    return TransferFacts(
        student=record.student,
        registration=current.registration,
        school=current.school,
        stage=current.stage,
        grade=grade,
        is_final_grade=grade == book.stages.final_grade(current.stage),
        status=current.value("status", on) or "",
        started_on=current.started_on,
        to=to,
        lodged_on=lodged_on,
        is_first_term=grade == book.stages.first_grade(current.stage) and not _second_term(book, on),
        has_pending_application=pending,
    )


def _second_term(book: Rulebook, on: date) -> bool:
    """Whether a day lies after the first term of its school year; the summer holidays do."""
    return int(book.settings["second_term_month"]) <= on.month < book.stages.start_month


def transfer_refusals(application: Application, record: StudentRecord) -> list[Refusal]:
    """What speaks against a lodged transfer today."""
    facts, change = _today(application, record)
    return refusals(facts, change, on=today())


def transfer_queries(application: Application, record: StudentRecord) -> list[Limit]:
    """The limits that a lodged transfer meets today and that give way to an explanation."""
    return broken_limits(*_today(application, record), "query")


def _today(application: Application, record: StudentRecord) -> tuple[TransferFacts, ChangeKind]:
    day = today()
    book = school_rulebook(application.school, day)
    to = place(receiving_class(application), book, day)
    facts = transfer_facts(record, to, book, lodged_on=application.lodged_on, on=day)
    return facts, book.change(application.kind)


def receiving_class(application: Application) -> ClassGroup:
    """The class group that a transfer names, with its site."""
    if application.class_group is None:
        raise ValueError("a transfer names its class group")
    return ClassGroup.objects.select_related("site").get(id=application.class_group)


def _cohort(class_group: str | None) -> int | None:
    if class_group is None:
        return None
    found = ClassGroup.objects.filter(id=UUID(class_group)).values_list("intake_year", flat=True).first()
    return int(found) if found is not None else None
