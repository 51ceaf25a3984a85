"""What was decided comes into force on its day: one transaction, all entries, all or nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from django.db import connection, transaction

from xueji.ground.accounts.context import acting, acting_system
from xueji.ground.accounts.selectors import resolve_actor
from xueji.ground.journals import services as journals
from xueji.ground.journals.services import NewEntry
from xueji.ground.organisations import selectors as organisations
from xueji.ground.organisations import services as organisation_services
from xueji.ground.organisations.models import OrganisationRelation
from xueji.ground.parameters import selectors as parameters
from xueji.pure.kernel.environment import environment, today
from xueji.pure.kernel.types import Actor, Level, Refused, Role
from xueji.pure.procedures.planned import Planned
from xueji.registry.cases import services as cases
from xueji.registry.register import services as register
from xueji.registry.register.selectors import guests_at
from xueji.registry.reorganisation import closing
from xueji.registry.reorganisation.looking import look
from xueji.registry.reorganisation.models import Reorganisation, ReorganisationState
from xueji.registry.reorganisation.plans import MOVING, OF_DISTRICTS, ActPlan
from xueji.registry.reorganisation.services.preparing import locked, not_found, refuse_all, require
from xueji.registry.reorganisation.types import ActResult, Preview


@dataclass(frozen=True, slots=True)
class Carried:
    """What the daily run did: acts that came into force, and those that could not."""

    done: tuple[UUID, ...] = ()
    hindered: tuple[UUID, ...] = ()


def lock_journals(act: Reorganisation) -> None:
    """The journals that an act may write to, schools before bureaus, districts before the city."""
    plan = ActPlan.from_json(act.plan)
    named = set(plan.organisations)
    if act.kind in OF_DISTRICTS:
        held = OrganisationRelation.objects.filter(other__in=plan.sources, ended_on__isnull=True)
        named |= set(held.values_list("organisation", flat=True))
    if act.kind in MOVING:
        named |= {school for _, _, school, _ in guests_at(plan.sources, today())}
    found = organisations.by_ids(named)
    bureaus = set(organisations.competent_bureaus(named, today()).values()) | {act.organisation}
    bureaus |= {key for key, one in found.items() if one.level != Level.SCHOOL}
    levels = organisations.by_ids(bureaus)
    journals.lock(named - bureaus)
    journals.lock([key for key, one in levels.items() if one.level == Level.DISTRICT])
    journals.lock([key for key, one in levels.items() if one.level == Level.CITY])


def carry(*, actor: Actor, act: Reorganisation, preview: Preview, file_number: str | None = None) -> None:
    """Write what was looked at; the act's row is changed, not saved. The journals are locked by the caller."""
    book = parameters.rulebook(today())
    transaction_id = environment().new_id()
    basis = {"reorganisation": str(act.id), "document": act.document_number}
    if file_number:
        basis["file_number"] = file_number
    pupils = [_entry(one, basis) for one in preview.plan.entries if one.student is not None]
    others = [_entry(one, basis) for one in preview.plan.entries if one.student is None and one.operations]
    if pupils:
        made = journals.append(
            actor=actor, transaction_id=transaction_id, entries=pupils, rulebook_version=book.version
        )
        students = {entry.student for entry in made if entry.student is not None}
        register.refold(students=students, transaction_id=transaction_id, entries=made)
    organisation_services.reorganise(
        actor=actor, bureau=act.organisation, entries=others, transaction_id=transaction_id
    )
    if preview.handed:
        _hand_over(preview.handed)
    closing.end(act.kind, ActPlan.from_json(act.plan))
    act.state, act.carried_on, act.transaction_id = ReorganisationState.IN_FORCE, preview.on, transaction_id
    act.counts, act.hindered = dict(preview.counts), []
    told = {*map(UUID, act.concerned), *preview.handed}
    params = {"label": act.title, "on": preview.on.isoformat(), "document": act.document_number, "kind": act.kind}
    cases.notify([one for one in told if one != actor.organisation], "reorganised", subject=act.id, params=params)


def _entry(planned: Planned, basis: dict[str, str]) -> NewEntry:
    return NewEntry(
        planned.organisation,
        planned.kind,
        planned.effective_on,
        planned.operations,
        planned.student,
        {**planned.basis, **basis},
    )


def _hand_over(handed: Mapping[UUID, UUID]) -> None:
    """Open matters of the schools wait for the new bureau from now on; a statement a bureau."""
    with connection.cursor() as cursor:
        for receiver in dict.fromkeys(handed.values()):
            schools = [school for school, to in handed.items() if to == receiver]
            cursor.execute("SELECT reorganisation_hand_over(%s::uuid[], %s)", [schools, receiver])


@transaction.atomic
def carry_out(*, actor: Actor, act: UUID) -> ActResult:
    """Bring a decided act into force on or after its day, by the head. Raises ``Refused`` with every hindrance."""
    kept = Reorganisation.objects.filter(id=act).first()
    if kept is None:
        raise not_found()
    lock_journals(kept)
    found = locked(act)
    change = require(actor, found.kind, Role.HEAD)
    if found.state != ReorganisationState.DECIDED or actor.organisation != found.organisation:
        raise Refused("reorganisation.not_decided", "这件调整不在“已决定，待生效”的状态，不能执行。", change.basis)
    if found.effective_on > today():
        raise Refused("reorganisation.early", f"生效日期是 {found.effective_on}，到那一天才能执行。", change.basis)
    plan = ActPlan.from_json(found.plan)
    looked = look(found.kind, plan, organisation=found.organisation, on=today(), act=found.id)
    refuse_all(looked.hindrances, change.basis)
    carry(actor=actor, act=found, preview=looked)
    found.version += 1
    found.save()
    return ActResult(found.id, found.state, found.carried_on, found.counts)


def carry_due() -> Carried:
    """Carry out, each in a transaction of its own and in the name of the head who decided it, what is due today.

    What is hindered, or whose head holds the post no more, stays and says why; the bureau is told. For the worker.
    """
    with acting_system():
        due = Reorganisation.objects.filter(state=ReorganisationState.DECIDED, effective_on__lte=today())
        waiting = list(due.order_by("effective_on", "decided_at"))
    done, hindered = [], []
    for act in waiting:
        try:
            if act.decided_by is None or act.decided_post is None:
                raise not_found()
            actor = resolve_actor(act.decided_by, act.decided_post, act.organisation)
            with acting(actor):
                carry_out(actor=actor, act=act.id)
        except Refused as refused:
            _note(act, refused)
            hindered.append(act.id)
        else:
            done.append(act.id)
    return Carried(tuple(done), tuple(hindered))


def _note(act: Reorganisation, refused: Refused) -> None:
    with acting_system():
        told = act.hindered != [refused.message]
        Reorganisation.objects.filter(id=act.id).update(hindered=[refused.message])
        if told:
            params = {"label": act.title, "why": refused.message}
            for role in (Role.CLERK, Role.HEAD):
                cases.notify(
                    [act.organisation], "reorganisation_hindered", role=role.value, subject=act.id, params=params
                )
