"""到校报到: the school confirms that a pupil has come (clause D2)."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from django.db import transaction

from xueji.ground.accounts import services as accounts
from xueji.ground.journals import services as journals
from xueji.ground.journals.services import NewEntry
from xueji.pure.kernel.environment import environment, today
from xueji.pure.kernel.types import Actor, Refused
from xueji.pure.procedures.arrival import ArrivalFacts, arrival
from xueji.registry.applications.models import Application
from xueji.registry.applications.services.completing.writing import refuse
from xueji.registry.applications.services.lodging import school_rulebook
from xueji.registry.register import selectors as register
from xueji.registry.register import services as register_services


@transaction.atomic
def confirm_arrival(*, actor: Actor, school: UUID, student: UUID, arrived_on: date | None = None) -> None:
    """Confirm an awaited arrival on the day the pupil came (default: today). Raises ``Refused``."""
    journals.lock([school])
    book = school_rulebook(school, today())
    change = book.change("arrival")
    if actor.organisation != school or actor.role is not change.steps[0].role:
        raise Refused("not_your_school", "到校报到由本校（或中心校）的学籍管理员登记，请核对岗位。", "通知一.3")
    accounts.can_act(actor)
    record = register.student_record(student, today(), decrypt=False)
    current = record.in_force if record is not None else None
    if current is not None and current.school != school:
        current = None
    facts = ArrivalFacts(
        student,
        current.registration if current else None,
        school,
        current.value("arrival", today()) if current else None,
        current.started_on if current else None,
    )
    plan = arrival(facts, arrived_on=arrived_on or today(), today=today())
    refuse(plan)
    transaction_id = environment().new_id()
    entries = journals.append(
        actor=actor,
        transaction_id=transaction_id,
        entries=[
            NewEntry(one.organisation, one.kind, one.effective_on, one.operations, one.student, {"kind": "arrival"})
            for one in plan.entries
        ],
        rulebook_version=book.version,
    )
    register_services.refold(students=[student], transaction_id=transaction_id, entries=entries)
    Application.objects.filter(new_registration=facts.registration, school=school).update(
        arrived_on=plan.entries[0].effective_on
    )
