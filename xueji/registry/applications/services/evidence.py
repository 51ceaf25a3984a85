"""Papers that come later: added, or put in another's place, while the application is open."""

from __future__ import annotations

from uuid import UUID

from django.db import IntegrityError, transaction

from xueji.ground.accounts import services as accounts
from xueji.ground.documents import selectors as documents
from xueji.ground.documents import services as stored
from xueji.ground.documents.services import Stored
from xueji.pure.kernel.environment import environment, today
from xueji.pure.kernel.types import Actor, Refused, Role
from xueji.registry.applications.models import Application, ApplicationState, Evidence
from xueji.registry.applications.papers import selectors as papers
from xueji.registry.applications.services.lodging import school_rulebook
from xueji.registry.applications.types import ApplicationView

_BASIS = "通知一.3"


def keep_paper(*, actor: Actor, name: str, content: bytes, subject: UUID | None = None) -> Stored:
    """Store a file of evidence within the limits of the actor's rulebook, sealed under ``subject`` (default: its own).

    Raises ``Refused`` (``documents.*``) with what is wrong with the file.
    """
    limits = papers.limits_of(school_rulebook(actor.organisation, today()))
    return stored.store(
        actor=actor, subject=subject or environment().new_id(), name=name, content=content, limits=limits
    )


@transaction.atomic
def add_evidence(
    *,
    actor: Actor,
    application: UUID,
    key: str,
    document: UUID,
    supersedes: UUID | None = None,
    scanned: bool = False,
) -> UUID:
    """Add a stored document to an open application, also to a roster; the new paper's id.

    ``key``: one of the kind's papers, ``form`` (the signed form) or ``other``. ``supersedes``: the paper in whose place
    it stands; that one stays in the file, marked. ``scanned``: the signed form found its file by its code, which it
    may do after the approval too. Whoever decides sees it before: the application's version grows.
    Raises ``Refused``: by a post of neither school, after the end, for an unknown key or document, twice the same.
    """
    found = Application.objects.select_for_update().filter(id=application).first()
    if found is None:
        raise Refused("not_found", "没有找到这件申请，或它不在您单位的管理范围内。请核对后重试。", "通知一.2")
    change = school_rulebook(found.school, today()).changes.get(found.kind)
    if not may_add(actor, found, change.lodged_by if change else Role.REGISTRAR):
        raise Refused("evidence_not_yours", "补充材料由申请学校或转出学校的学籍管理员办理，您不能添加。", _BASIS)
    accounts.can_act(actor)
    if found.state not in ApplicationState.under_way() and not (scanned and found.state == ApplicationState.APPROVED):
        raise Refused("evidence_closed", "这件申请已经办结，不能再添加材料。", _BASIS)
    if key not in papers.titles(change):
        raise Refused("evidence_unknown", "这种变动没有这一类材料，请重新选择材料类别。", _BASIS)
    one = documents.document(document)
    if one is None or one.organisation != actor.organisation:
        raise Refused("evidence_not_ours", "这份材料不是本校上传的，或已不存在，请重新上传。", _BASIS)
    if supersedes is not None:
        _check_superseded(found, supersedes, key)
    return _add(actor, found, key, document, supersedes, scanned)


def may_add(actor: Actor, application: Application | ApplicationView, lodged_by: Role) -> bool:
    """Whether a post adds papers to this application: whoever lodges such, and registrars, of the two schools."""
    own = actor.organisation in (application.school, application.other_school)
    return own and actor.role in (lodged_by, Role.REGISTRAR)


def _check_superseded(application: Application, earlier: UUID, key: str) -> None:
    row = Evidence.objects.filter(application=application, id=earlier).first()
    if row is None:
        raise Refused("evidence_unknown", "没有找到要替换的那份材料，请刷新页面后重试。", _BASIS)
    if row.key != key:
        raise Refused("evidence_other_kind", "新材料与要替换的材料不是同一类，请核对材料类别。", _BASIS)
    if Evidence.objects.filter(supersedes=earlier).exists():
        raise Refused("evidence_superseded", "那份材料已被替换过，请替换最新的一份。", _BASIS)


def _add(
    actor: Actor, application: Application, key: str, document: UUID, supersedes: UUID | None, scanned: bool
) -> UUID:
    now = environment().now()
    try:
        with transaction.atomic():
            row = Evidence.objects.create(
                id=environment().new_id(),
                application=application,
                key=key,
                document=document,
                added_at=now,
                added_by=actor.person,
                supersedes=supersedes,
                scanned=scanned,
            )
    except IntegrityError as error:
        raise Refused("evidence_twice", "这份材料已在这件申请的材料中，不必再添加。", _BASIS) from error
    application.changed_at = now
    application.version += 1
    application.save(update_fields=["changed_at", "version"])
    return row.id
