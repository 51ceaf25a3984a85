"""扫描归档: scans of printed papers are uploaded, each finds its file by its code, and is filed after a look."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from xueji.doors.web.actors import actor_of
from xueji.doors.web.changes.words import kind_title
from xueji.doors.web.help import help_for
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.types import Actor, Refused
from xueji.registry.applications import selectors as applications
from xueji.registry.applications import services
from xueji.registry.applications.books import rulebook_of_post
from xueji.registry.applications.papers import selectors as papers
from xueji.registry.applications.papers.codes import receipt_number
from xueji.registry.applications.services.lodging import school_rulebook
from xueji.registry.applications.services.scanning import ScanProposal
from xueji.registry.register import selectors as register

_MOST_FILES = 20


def upload(request: HttpRequest) -> HttpResponse:
    """Choose scans; what they were found to be, each to be confirmed."""
    days = rulebook_of_post(actor_of(request), today()).settings["evidence_unfiled_days"]
    context: dict[str, Any] = {"help": help_for("scan"), "most": _MOST_FILES, "days": days}
    status = 200
    if request.method == "POST":
        files = request.FILES.getlist("files")
        if not files or len(files) > _MOST_FILES:
            words = f"一次最多 {_MOST_FILES} 个文件，请分几次上传。" if files else "还没有选择文件，请选择扫描件。"
            context["refused"], status = Refused("web.files", words), 422
        else:
            found = [_look(actor_of(request), file.name or "", file.read()) for file in files]
            context |= {"rows": found, "fileable": any(row.get("document") for row in found)}
    return render(request, "changes/scan.html", context, status=status)


def _look(actor: Actor, name: str, content: bytes) -> dict[str, Any]:
    """One scan as a row of the list: where it belongs, or why it cannot be filed."""
    try:
        with transaction.atomic():
            proposal = services.propose_scan(actor=actor, name=name, content=content)
    except Refused as refused:
        return {"name": name, "why": refused.message}
    return {"name": name, **(_of_application(proposal) if proposal.application else _to_lodge(proposal, actor))}


def _of_application(proposal: ScanProposal) -> dict[str, Any]:
    view = applications.application(proposal.application) if proposal.application else None
    if view is None:
        return {"why": "这张表所属的申请不在您单位的管理范围内。"}
    book = school_rulebook(view.school, today())
    change = book.changes.get(view.kind)
    name = register.student_names([view.student]).get(view.student, "") if view.student else f"{view.rows} 人"
    row = {
        "title": f"{kind_title(book, view.kind)} · {name}",
        "number": receipt_number(view.id, view.lodged_on),
        "url": reverse("web:application", args=[view.id]),
    }
    if proposal.already:
        return {**row, "why": "这份扫描件已在这件申请的材料中，不必再归档。"}
    return {**row, "document": proposal.document, "key": proposal.key, "kinds": list(papers.titles(change).items())}


def _to_lodge(proposal: ScanProposal, actor: Actor) -> dict[str, Any]:
    title = kind_title(rulebook_of_post(actor, today()), proposal.kind)
    if proposal.student is None:
        url = reverse("web:change-new", args=[proposal.kind])
        return {
            "lodge": url,
            "title": f"{title}空白表",
            "why": "这是空白表，还没有对应的申请。请先选择学生，录入申请。",
        }
    name = register.student_names([proposal.student]).get(proposal.student, "")
    if not name:
        return {"why": "这张表上的学生不在您单位的管理范围内。请核对是哪一所学校的表。"}
    url = reverse("web:change-new-of", args=[proposal.kind, proposal.student])
    return {"lodge": url, "title": f"{title} · {name}", "why": "这名学生还没有在办的这种申请。请先录入，再上传扫描件。"}


@require_POST
def confirm(request: HttpRequest) -> HttpResponse:
    """File the ticked scans; what could not be filed is said with its reason."""
    actor, filed, faults = actor_of(request), [], []
    for text in request.POST.getlist("pick"):
        try:
            with transaction.atomic():
                key = request.POST.get(f"kind_{text}", papers.FORM)
                filed.append(services.file_scan(actor=actor, document=UUID(text), key=key))
        except Refused as refused:
            faults.append(refused.message)
        except ValueError:
            faults.append("有一份扫描件没有认出来，请重新上传。")
    if filed:
        messages.success(request, f"已归档 {len(filed)} 份扫描件。", extra_tags="done")
    for words in dict.fromkeys(faults):
        messages.error(request, words, extra_tags="wrong")
    if not filed and not faults:
        messages.warning(request, "没有勾选要归档的扫描件。", extra_tags="soon")
    return redirect("web:application", filed[0]) if len(filed) == 1 and not faults else redirect("web:changes-scan")
