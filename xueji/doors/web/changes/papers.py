"""Papers to and from an application: one is added, slip, list and form are printed (each print logged)."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from xueji.doors.web.actors import actor_of
from xueji.doors.web.changes.application import page
from xueji.doors.web.errors import forbidden
from xueji.doors.web.files import PDF, attachment
from xueji.ground.disclosure import services as disclosure
from xueji.ground.disclosure.models import DisclosureKind
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.rulebook import ChangeKind, Rulebook
from xueji.pure.kernel.types import Actor, Level, Refused, Role
from xueji.registry.applications import selectors as applications
from xueji.registry.applications import services
from xueji.registry.applications.papers import printing
from xueji.registry.applications.papers import selectors as papers
from xueji.registry.applications.services.lodging import school_rulebook
from xueji.registry.applications.types import ApplicationView
from xueji.registry.register import selectors as register

_TITLES = {
    "slip": "受理回执",
    "notice": "材料一次性告知书",
    "form": "申请表",
    "letter": "函告户籍地",
}


@require_POST
def add(request: HttpRequest, application: UUID) -> HttpResponse:
    """A further paper, or one in another's place; a refusal comes back to the page with its reason."""
    actor, file = actor_of(request), request.FILES.get("file")
    view = applications.application(application)
    if view is None:
        raise Http404
    try:
        if file is None:
            raise Refused("web.no_file", "还没有选择文件，请选择要添加的扫描件或照片。")
        earlier = _superseded(view, request.POST.get("supersedes", ""))
        with transaction.atomic():
            kept = services.keep_paper(actor=actor, name=file.name or "", content=file.read(), subject=application)
            services.add_evidence(
                actor=actor,
                application=application,
                key=earlier.key if earlier else request.POST.get("kind", ""),
                document=kept.id,
                supersedes=earlier.id if earlier else None,
            )
    except Refused as refused:
        return page(request, application, refused=refused, status=409)
    words = "已替换，原来的一份仍保留在下面。" if earlier else "已添加。"
    messages.success(request, f"材料{words}正在办理的人打开时会看到最新的材料。", extra_tags="done")
    return redirect("web:application", application)


def _superseded(view: ApplicationView, chosen: str) -> papers.PaperView | None:
    if not chosen:
        return None
    change = school_rulebook(view.school, today()).changes.get(view.kind)
    found = next((one for one in papers.papers_of(view.id, change) if str(one.id) == chosen), None)
    if found is None:
        raise Refused("evidence_unknown", "没有找到要替换的那份材料，请刷新页面后重试。")
    return found


@require_POST
def printed(request: HttpRequest, application: UUID, paper: str) -> HttpResponse:
    """受理回执, 材料一次性告知书, 申请表 or 函告 of an application."""
    view = applications.application(application, with_claim=True)
    if view is None or paper not in _TITLES:
        raise Http404
    book = school_rulebook(view.school, today())
    change = book.changes.get(view.kind)
    if change is None:
        raise Http404
    given = papers.given_keys(papers.papers_of(application, change))
    try:
        if paper == "slip":
            made = printing.slip(view, change, book)
        elif paper == "letter":
            made = printing.letter(view, change, book)
        elif paper == "notice":
            made = printing.notice(change, book, school=view.school, given=given, view=view)
        else:
            made = printing.form(change, book, school=view.school, view=view, given=given)
    except Refused as refused:
        return forbidden(request, sentence=refused.message)
    about = [view.student] if view.student else [one.student for one in applications.lines(view.id, limit=1)]
    subjects = about if view.rows == 1 else []  # of a list the paper says how many, and names nobody
    _log(actor_of(request), f"打印{change.title}{_TITLES[paper]}", subjects, view.rows)
    return attachment(f"{change.title}{_TITLES[paper]}.pdf", made, PDF, inline=True)


def blank(request: HttpRequest, kind: str) -> HttpResponse:
    """The blank form of a kind; nothing of a child is on it."""
    try:
        actor, change, book = _kind(request, kind)
        made = printing.form(change, book, school=actor.organisation)
    except Refused as refused:
        return forbidden(request, sentence=refused.message)
    return attachment(f"{change.title}申请表（空白）.pdf", made, PDF, inline=True)


@require_POST
def for_pupil(request: HttpRequest, kind: str, student: UUID, paper: str) -> HttpResponse:
    """Before lodging: the form prefilled for a pupil, or the list of papers with those that were brought ticked."""
    if register.student_record(student, decrypt=False) is None or paper not in ("form", "notice"):
        raise Http404
    try:
        actor, change, book = _kind(request, kind)
        given = {one.key for one in change.evidence} & set(request.POST.getlist("given"))
        if paper == "notice":
            made = printing.notice(change, book, school=actor.organisation, given=given, student=student)
        else:
            made = printing.form(change, book, school=actor.organisation, student=student, given=given)
    except Refused as refused:
        return forbidden(request, sentence=refused.message)
    _log(actor, f"打印{change.title}{_TITLES[paper]}", [student], 1)
    return attachment(f"{change.title}{_TITLES[paper]}.pdf", made, PDF, inline=True)


def _kind(request: HttpRequest, kind: str) -> tuple[Actor, ChangeKind, Rulebook]:
    """A kind that a school lodges; what a bureau lodges has papers of the bureau's own (``Refused``)."""
    actor = actor_of(request)
    book = school_rulebook(actor.organisation, today())
    change = book.changes.get(kind)
    if actor.level is not Level.SCHOOL or change is None or change.forbidden:
        raise Http404
    if change.lodged_by is not Role.REGISTRAR:
        raise Refused("form_none", f"{change.title}由教育局办理，学校不用填写申请表。", change.basis)
    return actor, change, book


def _log(actor: Actor, words: str, subjects: list[UUID], count: int) -> None:
    ground = disclosure.ground_for(words)
    disclosure.log(actor=actor, kind=DisclosureKind.PRINT, subjects=subjects, count=count, ground=ground)
