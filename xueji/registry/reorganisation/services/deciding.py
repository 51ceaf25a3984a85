"""The head decides on what the clerk prepared: yes, back, or no. What is due is carried out in the same transaction."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from xueji.ground.journals import services as journals
from xueji.ground.journals.services import NewEntry
from xueji.ground.parameters import selectors as parameters
from xueji.pure.kernel.environment import environment, today
from xueji.pure.kernel.types import Actor, Refused, Role
from xueji.registry.cases import selectors as case_reads
from xueji.registry.cases import services as cases
from xueji.registry.cases.reasons import worded
from xueji.registry.cases.types import CaseView, Decision
from xueji.registry.reorganisation.looking import look
from xueji.registry.reorganisation.models import Reorganisation, ReorganisationState
from xueji.registry.reorganisation.plans import ActPlan
from xueji.registry.reorganisation.services.carrying import carry, lock_journals
from xueji.registry.reorganisation.services.preparing import locked, not_found, refuse_all, require
from xueji.registry.reorganisation.types import ActResult


@transaction.atomic
def decide(*, actor: Actor, act: UUID, remark: str = "", seen: str | None = None) -> ActResult:
    """Agree; one whose day has come is in force at once, another one waits for its day.

    ``seen``: the digest of what the page showed; ``Refused`` ``changed_meanwhile`` where the register moved on since.
    Raises ``Refused`` with every hindrance, and for the person who prepared it.
    """
    kept = Reorganisation.objects.filter(id=act).first()
    if kept is None:
        raise not_found()
    lock_journals(kept)
    found = locked(act)
    change = require(actor, found.kind, Role.HEAD)
    case = _case(found)
    cases.take_step(actor=actor, case=case.id, act="approve")
    plan, on = ActPlan.from_json(found.plan), max(found.effective_on, today())
    looked = look(found.kind, plan, organisation=found.organisation, on=on, act=found.id)
    refuse_all(looked.hindrances, change.basis)
    if seen is not None and seen != looked.digest:
        raise Refused("changed_meanwhile", "学籍库在您查看以后有了变动。请看过最新的调整内容再决定。", "通知三.2")
    checked = {"agreed": True, "digest": looked.digest, "counts": dict(looked.counts), "on": on.isoformat()}
    decision = cases.decide_step(actor=actor, case=case.id, act="approve", remark=remark, register_check=checked)
    found.state = ReorganisationState.DECIDED
    found.decided_by, found.decided_post, found.decided_at = actor.person, actor.post, environment().now()
    found.counts = dict(looked.counts)
    _write_down(actor, found, decision)
    if found.effective_on <= today():
        carry(actor=actor, act=found, preview=looked, file_number=decision.file_number)
    found.version += 1
    found.save()
    return ActResult(found.id, found.state, found.carried_on, found.counts, decision.file_number)


@transaction.atomic
def send_back(*, actor: Actor, act: UUID, reason: str, reason_code: str = "") -> ActResult:
    """退回修改: the clerk puts it right and proposes it again. Needs a reason."""
    return _negative(actor, act, "send_back", reason, reason_code)


@transaction.atomic
def refuse(*, actor: Actor, act: UUID, reason: str, reason_code: str = "") -> ActResult:
    """不予批准: the end of the matter. Needs a reason."""
    return _negative(actor, act, "refuse", reason, reason_code)


def _negative(actor: Actor, act: UUID, verb: str, reason: str, reason_code: str) -> ActResult:
    journals.lock([actor.organisation])
    found = locked(act)
    require(actor, found.kind, Role.HEAD)
    said = worded(verb, reason_code, reason, today())
    end = cases.send_back if verb == "send_back" else cases.refuse
    decision = end(actor=actor, case=_case(found).id, reason=said, reason_code=reason_code)
    found.state = ReorganisationState.SENT_BACK if verb == "send_back" else ReorganisationState.REFUSED
    found.version += 1
    found.save()
    _write_down(actor, found, decision)
    return ActResult(found.id, found.state)


@transaction.atomic
def retract(*, actor: Actor, act: UUID) -> ActResult:
    """撤回: the clerk takes a proposal back; what is decided and waits for its day is called off by the head."""
    found = locked(act)
    if found.state == ReorganisationState.DECIDED:
        require(actor, found.kind, Role.HEAD)
    else:
        require(actor, found.kind, Role.CLERK)
        cases.retract(actor=actor, case=_case(found).id)
    if actor.organisation != found.organisation or found.state not in ReorganisationState.under_way():
        raise Refused("reorganisation.over", "这件调整已经办结，不能撤回。", "通知一.2")
    found.state = ReorganisationState.RETRACTED
    found.version += 1
    found.save()
    return ActResult(found.id, found.state)


def _case(found: Reorganisation) -> CaseView:
    case = case_reads.case_of(found.id)
    if case is None:
        raise not_found()
    return case


def _write_down(actor: Actor, found: Reorganisation, decision: Decision) -> None:
    """Decisions are entries too (design §3): one in the bureau's journal, in a transaction of its own."""
    basis = {
        "reorganisation": str(found.id),
        "case": str(decision.case),
        "step": str(decision.step),
        "act": decision.act,
        "state": str(found.state),
        "document": found.document_number,
    }
    if decision.file_number:
        basis["file_number"] = decision.file_number
    journals.append(
        actor=actor,
        transaction_id=environment().new_id(),
        entries=[NewEntry(actor.organisation, "decision", today(), (), basis=basis)],
        rulebook_version=parameters.rulebook(today()).version,
    )
