"""The clerk proposes: what, from which day, on which document. Everything that stands in the way is said at once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from django.db import transaction

from xueji.ground.accounts import services as accounts
from xueji.ground.organisations import selectors as organisations
from xueji.ground.parameters import selectors as parameters
from xueji.pure.kernel.environment import environment, today
from xueji.pure.kernel.rulebook import ChangeKind
from xueji.pure.kernel.types import Actor, Level, Refused, Role
from xueji.pure.procedures.planned import Refusal
from xueji.registry.applications.services import keep_paper
from xueji.registry.cases import selectors as case_reads
from xueji.registry.cases import services as cases
from xueji.registry.cases.types import PlannedStep
from xueji.registry.reorganisation.looking import look
from xueji.registry.reorganisation.models import Reorganisation, ReorganisationState
from xueji.registry.reorganisation.plans import KINDS, OF_THE_CITY, PARTING, ActPlan
from xueji.registry.reorganisation.types import ActResult, Preview
from xueji.registry.reorganisation.wording import title_of

SHOWN = 5


@dataclass(frozen=True, slots=True)
class Proposal:
    """What is proposed. ``document``: the name and content of the file; None keeps the one that is there."""

    plan: ActPlan
    effective_on: date
    document_number: str
    document: tuple[str, bytes] | None = None


def require(actor: Actor, kind: str, role: Role) -> ChangeKind:
    """The kind of change as the rulebook has it; ``Refused`` unless the actor's post may prepare (decide) it."""
    if kind not in KINDS:
        raise Refused("reorganisation.kind", "没有这种机构调整，请从列表中选择。", "通知一.2")
    change = parameters.rulebook(today()).change(kind)
    if actor.role is not role or actor.level not in (Level.DISTRICT, Level.CITY):
        who = "经办人" if role is Role.CLERK else "负责人"
        raise Refused(
            "reorganisation.not_yours", f"{change.title}由教育局{who}办理，您现在的岗位不能办理。", "通知一.2"
        )
    if kind in OF_THE_CITY and actor.level is not Level.CITY:
        raise Refused("reorganisation.not_yours", f"{change.title}由市教育局办理。", "通知一.2")
    accounts.can_act(actor)
    return change


def refuse_all(refusals: tuple[Refusal, ...], basis: str) -> None:
    """All that stands in the way as one refusal; nothing where nothing does."""
    if not refusals:
        return
    shown = " ".join(f"{number}. {one.message}" for number, one in enumerate(refusals[:SHOWN], start=1))
    text = shown if len(refusals) > 1 else refusals[0].message
    more = f"（共 {len(refusals)} 处）" if len(refusals) > SHOWN else ""
    raise Refused(refusals[0].code, text + more, refusals[0].basis or basis)


@transaction.atomic
def prepare(*, actor: Actor, kind: str, proposal: Proposal) -> ActResult:
    """Keep a proposal and open its case: the head decides. Raises ``Refused`` with every hindrance."""
    change = require(actor, kind, Role.CLERK)
    seen = _looked(actor, kind, proposal, change)
    act = environment().new_id()
    if proposal.document is None:
        raise Refused("reorganisation.document", f"请上传{change.evidence[0].title}（PDF 或图片）。", change.basis)
    found = Reorganisation(
        id=act,
        kind=kind,
        organisation=actor.organisation,
        prepared_by=actor.person,
        prepared_at=environment().now(),
        document=_kept(actor, act, proposal.document),
    )
    _fill(found, proposal, seen)
    found.save(force_insert=True)
    cases.open_case(
        actor=actor,
        subject=found.id,
        kind=kind,
        organisation=actor.organisation,
        steps=_steps(change, actor),
        label=found.title,
    )
    return ActResult(found.id, found.state)


@transaction.atomic
def resubmit(*, actor: Actor, act: UUID, proposal: Proposal) -> ActResult:
    """Propose again what was sent back, after it was put right. Raises ``Refused``."""
    found = locked(act)
    change = require(actor, found.kind, Role.CLERK)
    if found.state != ReorganisationState.SENT_BACK:
        raise Refused("reorganisation.not_sent_back", "这件调整没有被退回，不需要重新提请。", change.basis)
    seen = _looked(actor, found.kind, proposal, change, found.id)
    if proposal.document is not None:
        found.document = _kept(actor, found.id, proposal.document)
    case = case_reads.case_of(found.id)
    if case is None:
        raise not_found()
    cases.resubmit(actor=actor, case=case.id, steps=_steps(change, actor))
    found.state, found.prepared_by, found.prepared_at = (
        ReorganisationState.PREPARED,
        actor.person,
        environment().now(),
    )
    found.version += 1
    _fill(found, proposal, seen)
    found.save()
    return ActResult(found.id, found.state)


def _looked(actor: Actor, kind: str, proposal: Proposal, change: ChangeKind, act: UUID | None = None) -> Preview:
    seen = look(kind, proposal.plan, organisation=actor.organisation, on=proposal.effective_on, act=act)
    lacks: list[Refusal] = []
    if not proposal.document_number.strip():
        lacks.append(Refusal("reorganisation.document_number", "请写明批文的文号。", change.basis))
    refuse_all((*seen.hindrances, *lacks), change.basis)
    return seen


def _kept(actor: Actor, act: UUID, document: tuple[str, bytes]) -> UUID:
    name, content = document
    return keep_paper(actor=actor, name=name, content=content, subject=act).id


def _fill(found: Reorganisation, proposal: Proposal, seen: Preview) -> None:
    plan = proposal.plan
    if found.kind in PARTING:  # every school with its bureau, as it was looked at
        plan = replace(plan, receivers={one.school: one.to for one in seen.schools if one.to is not None})
    found.plan = plan.to_json()
    bureaus = organisations.competent_bureaus(plan.organisations, today()).values()
    found.concerned = [str(one) for one in dict.fromkeys([*plan.organisations, *bureaus])]
    found.effective_on = proposal.effective_on
    found.document_number = proposal.document_number.strip()
    found.counts = dict(seen.counts)
    found.title = title_of(found.kind, plan, organisations.by_ids(plan.organisations))


def _steps(change: ChangeKind, actor: Actor) -> tuple[PlannedStep, ...]:
    return tuple(PlannedStep(step, actor.organisation, files=step.completes) for step in change.steps)


def locked(act: UUID) -> Reorganisation:
    """The act, locked until the end of the transaction; ``Refused`` where it is not in reach."""
    found = Reorganisation.objects.select_for_update().filter(id=act).first()
    if found is None:
        raise not_found()
    return found


def not_found() -> Refused:
    """The refusal of what is not in reach."""
    return Refused("not_found", "没有找到这件机构调整，或它不在您单位的管理范围内。请核对后重试。", "通知一.2")
