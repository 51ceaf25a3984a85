"""到校报到: the school confirms that a pupil has come, or where one is who has not (clause D2)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from uuid import UUID

from django.db import transaction

from xueji.ground.accounts import services as accounts
from xueji.ground.journals import services as journals
from xueji.ground.journals.services import NewEntry
from xueji.ground.organisations import selectors as organisations
from xueji.pure.kernel.environment import environment, today
from xueji.pure.kernel.types import Actor, Refused, Role
from xueji.pure.procedures.arrival import ArrivalFacts, arrival, arrival_traced
from xueji.registry.applications.models import Application
from xueji.registry.applications.services.changes import check_answer
from xueji.registry.applications.services.completing.writing import entry_of, refuse
from xueji.registry.applications.services.lodging import school_rulebook
from xueji.registry.cases import services as cases
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
    facts = _facts(school, student)
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


@transaction.atomic
def trace_arrival(*, actor: Actor, school: UUID, student: UUID, claim: Mapping[str, str]) -> None:
    """Write down where a child is who did not arrive: by the school's registrar, or its bureau's clerk.

    ``claim``: the answers to the kind's ``asks``. Raises ``Refused``.
    """
    journals.lock([school])
    book = school_rulebook(school, today())
    change = book.change("arrival_traced")
    own = actor.organisation == school and actor.role is Role.REGISTRAR
    bureau = actor.role is Role.CLERK and actor.organisation == organisations.competent_bureau(school, today())
    if not (own or bureau):
        raise Refused(
            "not_your_school", "未到校学生的去向由本校学籍管理员或主管教育局经办人登记，请核对岗位。", change.basis
        )
    accounts.can_act(actor)
    missing = [ask.label for ask in change.asks if ask.required and not claim.get(ask.key, "").strip()]
    if missing:
        raise Refused("asked_missing", f"还没有填写：{'、'.join(missing)}。", change.basis)
    for ask in change.asks:
        if claim.get(ask.key):
            check_answer(ask, claim[ask.key], book)
    facts = _facts(school, student)
    plan = arrival_traced(
        facts,
        traced_on=date.fromisoformat(claim["effective_on"]),
        today=today(),
        said={key: claim[key] for key in ("whereabouts", "follow_up")},
        words={key: claim[key] for key in ("found_by", "reason") if claim.get(key)},
    )
    refuse(plan)
    transaction_id = environment().new_id()
    basis = {"kind": change.kind, "regulation": change.basis}
    entries = journals.append(
        actor=actor,
        transaction_id=transaction_id,
        entries=[entry_of(one, basis) for one in plan.entries],
        rulebook_version=book.version,
    )
    register_services.refold(students=[student], transaction_id=transaction_id, entries=entries)
    _tell_senders_side(facts, plan.entries[0].effective_on)


def _tell_senders_side(facts: ArrivalFacts, on: date) -> None:
    """The former school and its bureau, who do not see the new school's entries, hear that he was found."""
    moved = Application.objects.filter(new_registration=facts.registration, school=facts.school).first()
    if moved is None or moved.other_school is None:
        return
    bureau = organisations.competent_bureau(moved.other_school, today())
    params = {"school": organisations.by_id(facts.school).name, "on": on.isoformat()}
    told = [moved.other_school, *([bureau] if bureau else [])]
    cases.notify(told, "arrival_traced", subject=moved.id, params=params)


def _facts(school: UUID, student: UUID) -> ArrivalFacts:
    record = register.student_record(student, today(), decrypt=False)
    current = record.in_force if record is not None else None
    if current is not None and current.school != school:
        current = None
    return ArrivalFacts(
        student,
        current.registration if current else None,
        school,
        current.value("arrival", today()) if current else None,
        current.started_on if current else None,
    )
