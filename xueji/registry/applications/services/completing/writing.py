"""From a plan to entries and state: one append, one refold (design §1 "One way to change the register")."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from xueji.ground.journals import services as journals
from xueji.ground.journals.services import Entry, NewEntry
from xueji.pure.kernel.environment import environment
from xueji.pure.kernel.types import Actor, Refused
from xueji.pure.procedures.planned import Plan, Planned
from xueji.registry.applications.models import Application
from xueji.registry.register import services as register

SHOWN = 5


def refuse(plan: Plan) -> None:
    """Raise the refusals of a plan as one, the first ones in words; nothing if it is allowed."""
    if plan.allowed:
        return
    shown = "；".join(refusal.message for refusal in plan.refusals[:SHOWN])
    more = f"（共 {len(plan.refusals)} 处）" if len(plan.refusals) > SHOWN else ""
    raise Refused(plan.refusals[0].code, shown + more, plan.refusals[0].basis)


def write(
    *, actor: Actor, application: Application, step: UUID, plan: Plan, rulebook_version: str, effective_on: date
) -> list[Entry]:
    """Append the entries of a plan in one transaction id and refold the pupils concerned."""
    refuse(plan)
    transaction_id = environment().new_id()
    basis = {"application": str(application.id), "step": str(step), "kind": application.kind}
    if application.paper_date is not None:
        basis["paper_date"] = application.paper_date.isoformat()
    entries = journals.append(
        actor=actor,
        transaction_id=transaction_id,
        entries=[entry_of(planned, basis) for planned in plan.entries],
        rulebook_version=rulebook_version,
    )
    students = {entry.student for entry in entries if entry.student is not None}
    register.refold(students=students, transaction_id=transaction_id, entries=entries)
    application.transaction_id = transaction_id
    application.effective_on = effective_on
    return entries


def entry_of(planned: Planned, basis: dict[str, str]) -> NewEntry:
    """A planned entry with what it rests on."""
    return NewEntry(
        planned.organisation,
        planned.kind,
        planned.effective_on,
        planned.operations,
        planned.student,
        {**planned.basis, **basis},
        planned.sensitive,
        corrects=planned.corrects,
        data_key_subject=planned.subject,
    )
