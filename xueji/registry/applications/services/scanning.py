"""A scanned paper finds its file by the code printed on it; a person confirms before it is filed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef

from xueji.ground.documents import services as documents
from xueji.ground.documents.inspection import read_codes
from xueji.ground.documents.models import Document
from xueji.ground.documents.recognise import media_type
from xueji.ground.documents.services import open_document
from xueji.ground.parameters import selectors as parameters
from xueji.pure.kernel.environment import environment, today
from xueji.pure.kernel.rulebook import ChangeKind
from xueji.pure.kernel.types import Actor, Refused
from xueji.registry.applications.models import Application, ApplicationState, Evidence
from xueji.registry.applications.papers import codes
from xueji.registry.applications.papers import selectors as papers
from xueji.registry.applications.services.evidence import add_evidence, keep_paper
from xueji.registry.applications.services.lodging import school_rulebook

#: The rulebook's key of the signed form, where a kind names it among its papers.
SIGNED_FORM = "application_form"
_BASIS = "通知一.3"


@dataclass(frozen=True, slots=True)
class ScanProposal:
    """Where a scan belongs. With ``application`` it is stored (``document``) and waits to be confirmed.

    Without one the paper was printed before anything was lodged: ``kind`` and, if known, ``student`` say what is to be
    lodged, and nothing is kept.
    """

    name: str
    kind: str
    application: UUID | None = None
    document: UUID | None = None
    student: UUID | None = None
    key: str = papers.FORM
    already: bool = False


def propose_scan(*, actor: Actor, name: str, content: bytes) -> ScanProposal:
    """Read the code of a scan and say to which file it belongs.

    Raises ``Refused``: ``documents.*`` for the file itself, ``scan.no_code``, ``scan.several`` (papers of several
    files in one scan), ``scan.unknown`` (a file out of reach).
    """
    code = _code(content, name, actor)
    if code.application is None and code.student is None:
        return ScanProposal(name, code.kind)
    found = _application(code)
    if found is None:
        return ScanProposal(name, code.kind, student=code.student)
    change = school_rulebook(found.school, today()).changes.get(found.kind)
    with transaction.atomic():
        kept = keep_paper(actor=actor, name=name, content=content, subject=found.id)
    there = {paper.document for paper in papers.papers_of(found.id, change)}
    return ScanProposal(
        name,
        found.kind,
        found.id,
        kept.id,
        found.student,
        papers.OTHER if code.paper else form_key(change),
        already=kept.id in there,
    )


def form_key(change: ChangeKind | None) -> str:
    """Under which key the signed form of a kind is filed."""
    named = {paper.key for paper in change.evidence} if change else set()
    return SIGNED_FORM if SIGNED_FORM in named else papers.FORM


def file_scan(*, actor: Actor, document: UUID, key: str) -> UUID:
    """File a proposed scan after it was confirmed; the application. Its code is read again: the file says where to."""
    opened = open_document(document)
    found = _application(_code(opened.content, opened.name, actor))
    if found is None:
        raise Refused("scan.unknown", "没有找到这张表所属的申请，请重新扫描。", _BASIS)
    earlier = _earlier_form(found, key)
    add_evidence(actor=actor, application=found.id, key=key, document=document, supersedes=earlier, scanned=True)
    return found.id


def sweep_scans(*, using: str = "owner") -> int:
    """Take away scans that were proposed and never confirmed within the rulebook's days; how many.

    ``evidence_unfiled_days`` calendar days after the upload. A scan that is in a file stays as long as the file. The
    worker's job, as the owner: whose scans they are concerns no school's sight.
    """
    days = int(parameters.rulebook(today()).settings["evidence_unfiled_days"])
    unfiled = Document.objects.using(using).filter(
        Exists(Application.objects.using(using).filter(id=OuterRef("subject"))),
        ~Exists(Evidence.objects.using(using).filter(document=OuterRef("id"))),
        uploaded_at__lt=environment().now() - timedelta(days=days),
    )
    return documents.discard(list(unfiled.values_list("id", flat=True)), using=using)


def _earlier_form(application: Application, key: str) -> UUID | None:
    """The scan of the same form that this one replaces (signed by more people by now), if there is one."""
    change = school_rulebook(application.school, today()).changes.get(application.kind)
    if key != form_key(change):
        return None
    found = [one for one in papers.papers_of(application.id, change) if one.key == key and one.superseded_by is None]
    return found[-1].id if found and found[-1].scanned else None


def _code(content: bytes, name: str, actor: Actor) -> codes.PaperCode:
    limits = papers.limits_of(school_rulebook(actor.organisation, today()))
    read = {codes.read(text) for text, _ in read_codes(content, media_type(content, name), name, limits)} - {None}
    found = [one for one in read if one is not None]
    if not found:
        raise Refused(
            "scan.no_code",
            f"在“{name}”上没有找到查找码。请把印有二维码的一页平放、完整地重新扫描（200 dpi 以上），"
            "或打开那件申请，在“佐证材料”中添加。",
            _BASIS,
        )
    if len(found) > 1:
        raise Refused("scan.several", f"“{name}”里有 {len(found)} 件不同申请的表，请按申请分开扫描后再上传。", _BASIS)
    return found[0]


def _application(code: codes.PaperCode) -> Application | None:
    """The file that a code names: itself, or the pupil's open one of that kind. ``Refused``: it is out of reach."""
    if code.application is None:
        open_ones = Application.objects.filter(
            student=code.student, kind=code.kind, state__in=ApplicationState.under_way()
        )
        return open_ones.order_by("-lodged_at").first()
    found = Application.objects.filter(id=code.application).first()
    if found is None:
        raise Refused(
            "scan.unknown", "这张表所属的申请不在您单位的管理范围内，或已不存在。请核对是哪一所学校的表。", _BASIS
        )
    return found
