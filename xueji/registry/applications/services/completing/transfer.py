"""The last decision of a transfer: ends at the sender, begins at the receiver, in both journals at once."""

from __future__ import annotations

from uuid import UUID

from xueji.ground.organisations import selectors as organisations
from xueji.ground.organisations.models import CodeState
from xueji.pure.kernel.environment import environment, today
from xueji.pure.kernel.types import Actor, Refused
from xueji.pure.procedures.effective import effective_date
from xueji.pure.procedures.placement import placement
from xueji.pure.procedures.transfer import NewRegistration, transfer
from xueji.registry.applications.models import Application
from xueji.registry.applications.services.completing.numbering import allocate
from xueji.registry.applications.services.completing.writing import refuse, write
from xueji.registry.applications.services.facts import place, receiving_class, transfer_facts
from xueji.registry.applications.services.lodging import school_rulebook
from xueji.registry.applications.services.placing import tell_placed
from xueji.registry.register import selectors as register

PLACEMENT = "placement"


def complete_transfer(*, actor: Actor, application: Application, step: UUID) -> None:
    """Close, open and number, of a transfer or of a placement by the bureau. Raises ``Refused``.

    The step's grant has opened both schools.
    """
    day = today()
    book = school_rulebook(application.school, day)
    change = book.change(application.kind)
    student = application.student
    record = register.student_record(student, day, decrypt=False) if student else None
    if student is None or record is None:
        raise Refused("not_registered", "学籍库中没有该生，不能办理转学。请核对后退回。", change.basis)
    group = receiving_class(application)
    facts = transfer_facts(record, place(group, book, day), book, lodged_on=application.lodged_on, on=day)
    effective_on = effective_date(change, book, decided_on=day, school_year=book.school_year())
    registration = environment().new_id()
    plan_of = placement if application.kind == PLACEMENT else transfer
    refuse(plan_of(facts, change, NewRegistration(registration, "", ""), decided_on=effective_on))
    school = organisations.by_id(application.school)
    if school.code_state != CodeState.CONFIRMED:
        raise Refused(
            "code_not_confirmed", "转入学校的代码还没有确定，不能编学籍号。请主管教育局先确定学校代码。", "通知二.1"
        )
    numbers, scheme = allocate(school, book, [(group, [student])])
    plan = plan_of(facts, change, NewRegistration(registration, numbers[student], scheme), decided_on=effective_on)
    write(
        actor=actor,
        application=application,
        step=step,
        plan=plan,
        rulebook_version=book.version,
        effective_on=effective_on,
    )
    if application.kind == PLACEMENT:
        tell_placed(application)
    application.new_registration = registration
    application.registrations = 1
