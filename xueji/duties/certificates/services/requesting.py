"""The school's request that its competent bureau attest papers (验印): made, taken back, made again (B2, B3)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction

from xueji.duties.certificates.claims import ArchiveLeaver, Claim, archive_claim, claims_of, in_the_way
from xueji.duties.certificates.custody import may_request
from xueji.duties.certificates.models import LineState, Order, OrderLine, OrderState
from xueji.duties.certificates.sealed import seal_claims, seal_reasons
from xueji.duties.certificates.services.issuing import kind_of
from xueji.ground.accounts.services.acts import can_act
from xueji.ground.organisations import selectors as organisations
from xueji.pure.kernel.environment import environment, today
from xueji.pure.kernel.rulebook import CertificateKind, Party
from xueji.pure.kernel.types import Actor, Level, Refused
from xueji.registry.cases import services as cases
from xueji.registry.cases.selectors import case_of
from xueji.registry.cases.types import PlannedStep

#: The kind of the case of an order.
CASE = "attestation"
SHOWN = 5


@dataclass(frozen=True, slots=True)
class Requested:
    """An order as it was requested: how many papers it asks for."""

    order: UUID
    lines: int
    title: str


def attested_kind(code: str, school: UUID | None = None) -> CertificateKind:
    """A kind that is attested; ``Refused`` for one that the school issues by itself."""
    kind = kind_of(code, today(), school)
    if not kind.attested:
        message = f"{kind.title}由学校直接出具，不需要教育局验印。请在“出具证明”中办理。"
        raise Refused("certificate.not_attested", message, kind.basis)
    return kind


def require_registrar(actor: Actor) -> None:
    """``Refused`` for every post but a school's registrar (the clerk of a bureau that keeps a closed school's records),
    and for an untrained hand."""
    can_act(actor)
    if not may_request(actor):
        raise Refused("certificate.post", "验印申请由学校学籍管理员提出，分管校长审核。", "通知一.3")


def not_found() -> Refused:
    """The refusal of an order that is not in reach."""
    return Refused(
        "certificate.no_order", "没有找到这件验印申请，或它不在您单位的管理范围内。请核对后重试。", "通知一.2"
    )


@transaction.atomic
def request(
    *, actor: Actor, kind: str, students: Sequence[UUID] = (), archive: Sequence[ArchiveLeaver] = ()
) -> Requested:
    """Ask for papers of one kind for pupils who left the actor's school, or a closed one whose records it keeps, and
    for leavers known from paper archives.

    Raises ``Refused`` with all that is unmet, by name: no number, record not established, another ending, register
    check failed, a fact missing, attested already, or in another open request.
    """
    require_registrar(actor)
    wanted = attested_kind(kind, actor.organisation)
    claims = _claims(wanted, actor.organisation, students, archive)
    if not claims:
        raise Refused("certificate.nobody", f"请先选择要申请{wanted.title}的学生。", wanted.basis)
    _refuse_unmet(claims, wanted)
    stages = {one.stage for one in claims}
    steps = _steps(wanted, actor.organisation)
    order = Order(
        id=environment().new_id(),
        kind=wanted.kind,
        school=actor.organisation,
        bureau=_bureau_of(actor.organisation),
        stage=stages.pop() if len(stages) == 1 else "",
        title=f"验印申请 · {wanted.title} · {len(claims)} 人",
        requested_by=actor.person,
        requested_at=environment().now(),
        counts={"lines": len(claims)},
    )
    order.save(force_insert=True)
    _add_lines(order, claims)
    cases.open_case(
        actor=actor, subject=order.id, kind=CASE, organisation=order.school, steps=steps, stage=order.stage,
        label=order.title,
    )  # fmt: skip
    return Requested(order.id, len(claims), order.title)


def _claims(
    kind: CertificateKind, school: UUID, students: Iterable[UUID], archive: Iterable[ArchiveLeaver]
) -> list[Claim]:
    found = list(claims_of(students, kind, school, today()).values())
    return [*found, *(archive_claim(one, kind, school, today()) for one in archive)]


def _refuse_unmet(claims: Sequence[Claim], kind: CertificateKind) -> None:
    """Everything that stands in the way, by name."""
    known = in_the_way([one.registration for one in claims], kind)
    faults = []
    for one in claims:
        unmet = [refused.message for refused in one.refusals]
        unmet += [known[one.registration]] if one.registration in known else []
        if unmet:
            code = one.refusals[0].code if one.refusals else "certificate.issued_before"
            faults.append((code, one.facts.get("name", "") or "（没有学籍档案）", "".join(unmet)))
    if not faults:
        return
    if len(claims) == 1:
        raise Refused(faults[0][0], faults[0][2], kind.basis)
    told = " ".join(f"{number}. {name}：{why}" for number, (_, name, why) in enumerate(faults[:SHOWN], start=1))
    more = f"（共 {len(faults)} 人，其余未列出）" if len(faults) > SHOWN else ""
    raise Refused(faults[0][0], f"有 {len(faults)} 人不能申请{kind.title}。{told}{more}", kind.basis)


def _add_lines(order: Order, claims: Sequence[Claim]) -> None:
    ids = [environment().new_id() for _ in claims]
    blobs = seal_claims((line, one.student, dict(one.facts)) for line, one in zip(ids, claims, strict=True))
    OrderLine.objects.bulk_create(
        OrderLine(
            id=line, order=order, row_no=row, kind=order.kind, school=order.school, student=one.student,
            registration=one.registration, archive=one.archive, claim=blob, claim_digest=one.digest,
        )
        for row, (line, one, blob) in enumerate(zip(ids, claims, blobs, strict=True), start=1)
    )  # fmt: skip


def _bureau_of(school: UUID) -> UUID:
    """Who attests: the competent bureau; a bureau that keeps a closed school's records attests itself."""
    if organisations.by_id(school).level != Level.SCHOOL:
        return school
    bureau = organisations.competent_bureau(school)
    if bureau is None:
        raise Refused("certificate.no_bureau", "本校现在没有主管教育局，不能申请验印。请联系教育局。", "通知一.2")
    return bureau


def _steps(kind: CertificateKind, school: UUID) -> tuple[PlannedStep, ...]:
    bureau = _bureau_of(school)
    at = {Party.APPLICANT: school, Party.BUREAU_OF_APPLICANT: bureau}
    steps = tuple(PlannedStep(step, at[step.at]) for step in kind.steps)
    # A bureau has no deputy head: what it asks for itself goes to its own clerk and head at once.
    return tuple(one for one in steps if one.step.at is not Party.APPLICANT) if bureau == school else steps


def locked(order: UUID) -> Order:
    """An order, locked until the end of the transaction; ``Refused`` where it is not in reach."""
    found = Order.objects.select_for_update().filter(pk=order).first()
    if found is None:
        raise not_found()
    return found


@transaction.atomic
def retract(*, actor: Actor, order: UUID) -> Order:
    """Take a request back while nothing was finally decided; its pupils may be asked for again. Raises ``Refused``."""
    found = locked(order)
    require_registrar(actor)
    cases.retract(actor=actor, case=_case(found))
    close_lines(found, "申请已由学校撤回。")
    found.state, found.version = OrderState.RETRACTED, found.version + 1
    found.save()
    return found


@transaction.atomic
def resubmit(*, actor: Actor, order: UUID, without: Collection[int] = ()) -> Requested:
    """Request again what was sent back: the claims are made anew from the register, ``without`` some rows.

    Raises ``Refused`` with all that is unmet.
    """
    found = locked(order)
    require_registrar(actor)
    if found.state != OrderState.SENT_BACK:
        raise Refused("certificate.not_sent_back", "这件验印申请没有被退回，不需要重新提交。", "通知一.2")
    kind = attested_kind(found.kind, found.school)
    lines = list(found.lines.order_by("row_no"))
    kept = [line for line in lines if line.row_no not in set(without)]
    if not kept:
        raise Refused("certificate.nobody", "全部学生都去掉了。不再申请的，请撤回这件申请。", kind.basis)
    claims = claims_of([line.student for line in kept if not line.archive], kind, found.school, today())
    # Their own rows are open until now: they are closed before it is asked whether another paper stands in the way.
    close_lines(found, "重新提交时由学校去掉。")
    _refuse_unmet(list(claims.values()), kind)
    blobs = seal_claims((line.id, line.student, dict(claims[line.student].facts)) for line in kept if not line.archive)
    renewed = dict(zip([line.id for line in kept if not line.archive], blobs, strict=True))
    for line in kept:
        line.state, line.reason, line.paper_seen = LineState.CLAIMED, None, False
        if line.id in renewed:
            line.claim, line.claim_digest = renewed[line.id], claims[line.student].digest
    OrderLine.objects.bulk_update(kept, ["state", "reason", "paper_seen", "claim", "claim_digest"], batch_size=1000)
    cases.resubmit(actor=actor, case=_case(found), steps=_steps(kind, found.school))
    found.state, found.requested_by, found.bureau = OrderState.REQUESTED, actor.person, _bureau_of(found.school)
    found.counts, found.version = {"lines": len(kept)}, found.version + 1
    found.save()
    return Requested(found.id, len(kept), found.title)


def close_lines(order: Order, why: str, lines: Sequence[OrderLine] | None = None) -> None:
    """Leave out all claims that are open (or ``lines``), for one reason."""
    still = list(order.lines.filter(state=LineState.CLAIMED)) if lines is None else list(lines)
    for line, reason in zip(still, seal_reasons((line, why) for line in still), strict=True):
        line.state, line.reason = LineState.LEFT_OUT, reason
    OrderLine.objects.bulk_update(still, ["state", "reason"], batch_size=1000)


def _case(order: Order) -> UUID:
    case = case_of(order.id)
    if case is None:
        raise not_found()
    return case.id
