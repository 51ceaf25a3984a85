"""电子印章: proposed by whose seal it is, examined and decided by the competent bureau, withdrawn with a reason.

The picture is made anew in the child process and kept sealed as a document; decision and withdrawal are entries of a
journal. What was issued under an approved seal keeps it (``impressions.recorded``).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from django.db import transaction

from xueji.duties.certificates.impressions import picture_of, title_of
from xueji.duties.certificates.seal_limits import limits_of
from xueji.duties.certificates.seal_models import Seal, SealState
from xueji.ground.accounts.services.acts import can_act
from xueji.ground.documents import services as documents
from xueji.ground.documents.inspection import redraw
from xueji.ground.documents.recognise import PDF, media_type
from xueji.ground.journals import services as journals
from xueji.ground.journals.types import NewEntry
from xueji.ground.organisations import selectors as organisations
from xueji.ground.parameters import selectors as parameters
from xueji.pure.kernel.environment import environment, today
from xueji.pure.kernel.rulebook import Party, Rulebook
from xueji.pure.kernel.seals import SealUse, against
from xueji.pure.kernel.types import Actor, Level, Refused, Role
from xueji.registry.applications.services.lodging import school_rulebook
from xueji.registry.cases import services as cases
from xueji.registry.cases.reasons import worded
from xueji.registry.cases.selectors import case_of
from xueji.registry.cases.types import PlannedStep

#: The kind of the case of a proposed seal.
SEAL_CASE: Final = "electronic_seal"
APPROVED: Final = "seal_approved"
WITHDRAWN: Final = "seal_withdrawn"
SEAL_BASIS: Final = "通知二.3、三.2；国发〔1999〕25号"
_LEAST_REASON: Final = 4


@dataclass(frozen=True, slots=True)
class Proposal:
    """What is asked for: a use, the kinds of paper, the first and the last day, why."""

    use: str
    kinds: tuple[str, ...]
    starts_on: date
    ends_on: date
    reason: str


def may_propose(actor: Actor) -> bool:
    """Whether the post proposes its organisation's seals: a school's registrar or deputy head, a bureau's clerk."""
    if actor.level is Level.SCHOOL:
        return actor.role in (Role.REGISTRAR, Role.DEPUTY_HEAD)
    return actor.role is Role.CLERK


def may_withdraw(actor: Actor, seal: Seal) -> bool:
    """Whether the post stops a seal: the competent bureau's head, or the deputy head (head) of whose seal it is."""
    if actor.organisation == seal.organisation and actor.role in (Role.DEPUTY_HEAD, Role.HEAD):
        return True
    return actor.role is Role.HEAD and actor.organisation in (seal.bureau, approver_of(seal.organisation))


def approver_of(organisation: UUID) -> UUID:
    """Who approves an organisation's seals: a school's competent bureau, a district's city; the city's own its own."""
    found = organisations.by_id(organisation)
    if found.level == Level.SCHOOL:
        bureau = organisations.competent_bureau(organisation)
        if bureau is None:
            message = "该单位现在没有主管教育局，不能办理电子印章。请联系教育局核对隶属关系。"
            raise Refused("seal.no_bureau", message, "通知一.2")
        return bureau
    return found.parent or organisation


@transaction.atomic
def propose(*, actor: Actor, wanted: Proposal, name: str, content: bytes) -> UUID:
    """Ask the competent bureau to approve a picture as the seal of the actor's organisation.

    Raises ``Refused`` (all that speaks against it in one message): another post's, a use that is not the
    organisation's, a kind that needs the real seal, a period too long or over, another proposal or approval in the
    way, a picture that is none or larger than the rulebook allows.
    """
    can_act(actor)
    if not may_propose(actor):
        raise Refused("seal.post", "电子印章由学校学籍管理员或分管校长、教育局经办人提出。", "通知一.3")
    book = school_rulebook(actor.organisation, today())
    use = _use(book, wanted.use)
    _refuse_unmet(book, use, actor.level, wanted)
    _refuse_another(actor.organisation, use, wanted.starts_on, wanted.ends_on, proposed=True)
    reason = " ".join(wanted.reason.split())
    if len(reason) < _LEAST_REASON:
        raise Refused("seal.reason", "请写明为什么需要电子印章。", SEAL_BASIS)
    picture = _picture(book, name, content)
    seal, bureau = environment().new_id(), approver_of(actor.organisation)
    ((document, sealed),) = documents.store_many(actor=actor, files=[(seal, f"{use.title}.png", picture)])
    Seal.objects.create(
        id=seal, organisation=actor.organisation, bureau=bureau,
        named=organisations.names([actor.organisation], today())[actor.organisation], use=use.use,
        kinds=sorted(set(wanted.kinds)), starts_on=wanted.starts_on, ends_on=wanted.ends_on, reason=reason,
        digest=hashlib.sha256(picture).hexdigest(), document=document, sealed=sealed, proposed_by=actor.person,
        proposed_at=environment().now(),
    )  # fmt: skip
    cases.open_case(
        actor=actor, subject=seal, kind=SEAL_CASE, organisation=actor.organisation,
        steps=_steps(use, actor.organisation, bureau), label=f"电子印章 · {use.title}",
    )  # fmt: skip
    return seal


def _use(book: Rulebook, code: str) -> SealUse:
    if code not in book.seals:
        offered = "、".join(one.title for one in book.seals.values()) or "没有"
        raise Refused("seal.use", f"规则册里没有所选的印章。可以申请：{offered}。请重新选择。", SEAL_BASIS)
    return book.seals[code]


def _refuse_unmet(book: Rulebook, use: SealUse, level: Level, wanted: Proposal | Seal) -> None:
    found = against(
        use,
        level=level,
        kinds=book.certificates,
        wanted=tuple(wanted.kinds),
        period=(wanted.starts_on, wanted.ends_on),
        day=today(),
    )
    if found:
        raise Refused(found[0][0], "".join(message for _, message in found), use.basis or SEAL_BASIS)


def _refuse_another(
    organisation: UUID, use: SealUse, starts_on: date, ends_on: date, *, proposed: bool = False
) -> None:
    """One proposal of a use at a time, and one approval a day."""
    own = Seal.objects.filter(organisation=organisation, use=use.use)
    if proposed and own.filter(state=SealState.PROPOSED).exists():
        message = f"电子的{use.title}已有一件申请在等批准。请等它办结，或撤回后重新申请。"
        raise Refused("seal.waiting", message, SEAL_BASIS)
    other = own.filter(state=SealState.APPROVED, starts_on__lte=ends_on, ends_on__gte=starts_on).first()
    if other is not None:
        message = (
            f"{other.starts_on} 至 {other.ends_on} 已有批准的电子{use.title}。请先停用它，或把使用期改到它到期以后。"
        )
        raise Refused("seal.overlap", message, SEAL_BASIS)


def _picture(book: Rulebook, name: str, content: bytes) -> bytes:
    limits, longest, least = limits_of(book)
    shown = name.replace("\\", "/").rpartition("/")[2][-120:] or "印章"
    if len(content) > limits.file_bytes:
        message = f"图片“{shown}”超过 {limits.file_bytes // 1024} KB 的上限，请压缩后再上传。"
        raise Refused("documents.large", message, SEAL_BASIS)
    try:
        kind = media_type(content, shown)
        if kind == PDF:
            raise Refused("documents.kind", f"“{shown}”是 PDF，印章要用图片。请上传 PNG（透明底）或 JPEG。")
        return redraw(content, kind, shown, longest=longest, least=least, limits=limits).content
    except Refused as refused:
        raise Refused(refused.code, refused.message, SEAL_BASIS) from None


def _steps(use: SealUse, organisation: UUID, bureau: UUID) -> tuple[PlannedStep, ...]:
    at = {Party.APPLICANT: organisation, Party.BUREAU_OF_APPLICANT: bureau}
    steps = tuple(PlannedStep(step, at[step.at]) for step in use.steps)
    # Nobody stands above the city: its own clerk proposes, its head decides.
    return tuple(one for one in steps if one.step.completes) if bureau == organisation else steps


def _locked(seal: UUID) -> Seal:
    found = Seal.objects.select_for_update().filter(pk=seal).first()
    if found is None:
        raise seal_not_found()
    return found


def seal_not_found() -> Refused:
    """The refusal of a seal that is not in reach."""
    message = "没有找到这枚电子印章，或它不在您单位的管理范围内。请核对后重试。"
    return Refused("seal.not_found", message, "通知一.2")


@transaction.atomic
def agree_to_seal(*, actor: Actor, seal: UUID, act: str, remark: str = "") -> Seal:
    """Agree to the step that waits (``examine`` by the bureau's clerk, ``approve`` by its head): with the last one it
    is approved, and an entry of the bureau's journal says so.

    Raises ``Refused``: another's step, four eyes, what speaks against it by the rulebook of today, the file is damaged.
    """
    journals.lock([actor.organisation])
    found = _locked(seal)
    taken = cases.take_step_of(actor=actor, subject=found.id, act=act)
    if approver_of(found.organisation) != taken.step.organisation:
        message = "该单位已由另一教育局主管，这枚电子印章不能由本局批准。请不予批准，由单位重新申请。"
        raise Refused("seal.other_bureau", message, "通知一.2")
    book = school_rulebook(found.organisation, today())
    use = _use(book, found.use)
    _refuse_unmet(book, use, Level(organisations.by_id(found.organisation).level), found)
    _refuse_another(found.organisation, use, found.starts_on, found.ends_on)
    picture_of(book, found)
    cases.decide_taken(taken, remark=remark)
    found.bureau = taken.step.organisation  # the school may have another competent bureau since
    if taken.step.completes:
        found.state, found.decided_by, found.decided_at = SealState.APPROVED, actor.person, environment().now()
        found.entry = _entry(actor, found, APPROVED, {"reason": found.reason, "regulation": use.basis})
    found.save()
    return found


def _entry(actor: Actor, seal: Seal, kind: str, basis: dict[str, str]) -> UUID:
    """The decision in the journal of who decides: which picture, for what, until when."""
    said = {
        "seal": str(seal.id), "organisation": str(seal.organisation), "use": seal.use, "digest": seal.digest,
        "kinds": seal.kinds, "from": seal.starts_on.isoformat(), "to": seal.ends_on.isoformat(),
        "proposed_by": str(seal.proposed_by), **basis,
    }  # fmt: skip
    (entry,) = journals.append(
        actor=actor,
        transaction_id=environment().new_id(),
        entries=[NewEntry(actor.organisation, kind, today(), (), basis=said)],
        rulebook_version=parameters.rulebook(today()).version,
    )
    return entry.entry_id


@transaction.atomic
def refuse_seal(*, actor: Actor, seal: UUID, reason: str, reason_code: str = "") -> Seal:
    """不予批准: the end of the proposal; another one may follow. Needs a reason. Raises ``Refused``."""
    found = _locked(seal)
    said = worded("refuse", reason_code, reason, today())
    cases.refuse(actor=actor, case=_case(found), reason=said, reason_code=reason_code)
    found.state = SealState.REFUSED
    found.save(update_fields=["state"])
    return found


@transaction.atomic
def retract_seal(*, actor: Actor, seal: UUID) -> Seal:
    """Take a proposal back while it waits. Raises ``Refused``."""
    found = _locked(seal)
    cases.retract(actor=actor, case=_case(found))
    found.state = SealState.RETRACTED
    found.save(update_fields=["state"])
    return found


def _case(seal: Seal) -> UUID:
    case = case_of(seal.id)
    if case is None:
        raise seal_not_found()
    return case.id


@transaction.atomic
def withdraw_seal(*, actor: Actor, seal: UUID, reason: str) -> Seal:
    """停用: from now on the frames stay empty; papers that bear it keep it. Needs a reason; for ever.

    Raises ``Refused``: another post's, not approved, withdrawn already.
    """
    can_act(actor)
    journals.lock([actor.organisation])
    found = _locked(seal)
    if not may_withdraw(actor, found):
        message = "电子印章由主管教育局负责人停用，或由本单位分管校长（教育局负责人）停用。请由相应岗位办理。"
        raise Refused("seal.withdraw_post", message, "通知一.3")
    if found.state != SealState.APPROVED:
        message = f"这枚电子印章现在是“{SealState(found.state).label}”，没有在用，不需要停用。"
        raise Refused("seal.not_approved", message, SEAL_BASIS)
    words = " ".join(reason.split())
    if len(words) < _LEAST_REASON:
        raise Refused("seal.withdraw_reason", "请写明为什么停用，例如印章更换、图片外泄。", SEAL_BASIS)
    found.state, found.withdrawn_by, found.withdrawn_at = SealState.WITHDRAWN, actor.person, environment().now()
    found.withdraw_reason = words
    found.withdrawal = _entry(actor, found, WITHDRAWN, {"reason": words})
    found.save()
    owner = organisations.by_id(found.organisation)
    title = title_of(school_rulebook(found.organisation, today()).seals, found.use)
    cases.notify(
        {found.organisation, found.bureau} - {actor.organisation}, "seal_withdrawn", subject=found.id,
        params={"owner": owner.name, "title": title},
    )  # fmt: skip
    return found
