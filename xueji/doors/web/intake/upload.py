"""One upload: progress, all findings at the cell, the proof lists, lodging."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from xueji.doors.web.changes.forms import from_paper
from xueji.doors.web.files import workbook
from xueji.doors.web.help import help_for
from xueji.doors.web.intake.grid import by_row, columns_for, make_row, values_of
from xueji.doors.web.intake.one import from_paper_shown
from xueji.doors.web.intake.words import KIND_TITLES, SEVERITIES, school_actor, state_of
from xueji.doors.web.lists import PAGE_SIZE, CountedPage, page_number
from xueji.doors.web.names import organisation_names
from xueji.ground.accounts import selectors as accounts
from xueji.ground.disclosure import services as disclosure
from xueji.ground.disclosure.models import DisclosureKind
from xueji.pure.kernel.rulebook import ChangeKind
from xueji.pure.kernel.types import Actor, Refused, Role
from xueji.registry.intake import selectors, services
from xueji.registry.intake.checking import Found
from xueji.registry.intake.limits import APPLICATION_KINDS
from xueji.registry.intake.types import Preview, UploadView


def view_of(request: HttpRequest, upload: UUID) -> tuple[Actor, UploadView]:
    """The post and the upload, 404 where it is another school's."""
    actor = school_actor(request)
    try:
        view = selectors.one(upload)
    except Refused:
        raise Http404 from None
    if view.school != actor.organisation or view.state == "discarded":
        raise Http404
    return actor, view


def show(request: HttpRequest, upload: UUID) -> HttpResponse:
    """The page of an upload in whatever state it is."""
    actor, view = view_of(request, upload)
    if view.finished and "poll" in request.GET:
        return HttpResponse(headers={"HX-Refresh": "true"})
    return page(request, actor, view)


def page(request: HttpRequest, actor: Actor, view: UploadView, refused: Refused | None = None) -> HttpResponse:
    """The page, also after a refusal."""
    colour, words = state_of(view)
    batch: dict[str, Any] = {
        "name": view.file_name,
        "url": reverse("web:intake-page", args=[view.id]),
        "kind_title": KIND_TITLES[view.kind],
        "state": colour,
        "state_text": words,
        "running": not view.finished,
        "done": view.progress,
        "total": 100,
        "phase": "校验进度（%）",
        "unreadable": view.answer,
        "rows": view.rows,
        "clean": view.clean,
        "errors": view.errors,
        "errors_text": f"{view.errors} 处",
        "queries": view.queries,
        "queries_text": f"{view.queries} 处",
        "notes": view.notes,
    }
    context: dict[str, Any] = {"batch": batch, "refused": refused, "help": help_for("upload")}
    if view.finished and not view.answer:
        context |= _checked(request, actor, view)
    return render(request, "intake/upload.html", context, status=409 if refused else 200)


def _checked(request: HttpRequest, actor: Actor, view: UploadView) -> dict[str, Any]:
    result = selectors.result_of(view.id)
    found = result.found()
    counts = {key: sum(1 for one in found if one.severity == key) for key in SEVERITIES}
    show = request.GET.get("show") or next((key for key in SEVERITIES if counts[key]), "error")
    chosen: list[Found] = [one for one in found if one.severity == show] if show in SEVERITIES else found
    rows = by_row(chosen)
    everything = by_row(found)
    number = page_number(request)
    numbers = sorted(rows)
    shown = numbers[(number - 1) * PAGE_SIZE : number * PAGE_SIZE]
    columns = columns_for((one for key in shown for one in everything[key]), result.context.catalogue, result)
    values = values_of(result, shown, ["name", *(one.code for one in columns)])
    may_correct = actor.role is Role.REGISTRAR and view.state == "checked"
    here = reverse("web:intake-page", args=[view.id])
    return {
        "file_findings": [one.message for one in found if one.row is None],
        "rows": [
            make_row(view.id, key, columns, values.get(key, {}), everything[key], may_correct=may_correct)
            for key in shown
        ],
        "columns": columns,
        "column_codes": ",".join(one.code for one in columns),
        "page": CountedPage(shown, number, len(numbers)),
        "show": show,
        "shows": [
            {"title": title, "count": counts[key], "url": f"{here}?show={key}", "current": key == show}
            for key, (_, title) in SEVERITIES.items()
        ],
        "empty_title": "没有这一类问题",
        "empty_text": "其他类别请点上面的标签查看。"
        if found
        else "全部格子都通过了校验。下一步：打印校对名单，请校对员核对后提交。",
        **_acts(request, actor, view, result.context.rulebook.change(APPLICATION_KINDS[view.kind])),
    }


def _acts(request: HttpRequest, actor: Actor, view: UploadView, change: ChangeKind) -> dict[str, Any]:
    acts: list[dict[str, Any]] = []
    if view.errors or view.queries or view.notes:
        acts.append({"title": "下载带说明的表", "url": reverse("web:intake-annotated", args=[view.id])})
    acts.append({"title": "打印校对名单…", "dialog": "#proof"})
    dialogs: list[dict[str, Any]] = [_proof_dialog(view)]
    if view.state == "lodged" and view.application:
        acts.append({"title": "打开申请", "url": reverse("web:application", args=[view.application]), "main": True})
    elif actor.role is not Role.REGISTRAR:
        acts.append({"title": "提交审批", "why": "由学籍管理员提交"})
    elif not view.may_lodge:
        why = f"还有 {view.errors} 处错误，须全部改正（通知第二部分）" if view.errors else "花名册里没有学生"
        acts.append({"title": "提交审批", "why": why})
    else:
        acts.append({"title": "提交审批…", "main": True, "dialog": "#lodge"})
        dialogs.append(_lodge_dialog(request, view, selectors.preview(view.id), change))
    return {"acts": acts, "dialogs": dialogs}


def _proof_dialog(view: UploadView) -> dict[str, Any]:
    return {
        "id": "proof",
        "url": reverse("web:intake-proof", args=[view.id]),
        "act": "打开校对名单",
        "title": "打印校对名单",
        "text": "每班一张，含完整证件号。打印会留下记录；用完请按学校规定保管或销毁。",
    }


def _lodge_dialog(request: HttpRequest, view: UploadView, found: Preview, change: ChangeKind) -> dict[str, Any]:
    numbered = sum(one.to_number for one in found.classes)
    kept = sum(one.numbered for one in found.classes)
    text = f"{found.pupils:,} 名学生，{len(found.classes)} 个班。"
    text += f"其中 {kept:,} 人的学籍号原样保留，" if kept else ""
    text += f"{numbered:,} 人在批准时编号。" if numbered else ""
    text += f"{found.parked} 人疑似已有学籍，将由教育局核实。" if found.parked else ""
    queries = f"还有 {view.queries} 处须核实，请确认都与原始材料一致。" if view.queries else ""
    return {
        "id": "lodge",
        "url": reverse("web:intake-lodge", args=[view.id]),
        "act": "提交审批",
        "title": "提交这份花名册",
        "paper_entry": from_paper_shown(change, request.POST),
        "text": f"{text}{queries}提交后依次由校对、分管校长、主管教育局办理；批准以前可以撤回。",
    }


def annotated(request: HttpRequest, upload: UUID) -> HttpResponse:
    """The workbook with the findings beside the cells."""
    _, view = view_of(request, upload)
    name = view.file_name.rsplit(".", 1)[0] or "花名册"
    return workbook(f"{name}-校验说明.xlsx", selectors.annotated(upload))


@require_POST
def proof(request: HttpRequest, upload: UUID) -> HttpResponse:
    """The proof lists, one a class; opening them is logged as a print."""
    actor, view = view_of(request, upload)
    lists = selectors.proof_lists(upload)
    ground = disclosure.ground_for(f"校对{KIND_TITLES[view.kind]}花名册")
    disclosure.log(actor=actor, kind=DisclosureKind.PRINT, count=view.rows, ground=ground)
    context = {
        "lists": lists,
        "total": view.rows,
        "kind_title": f"{KIND_TITLES[view.kind]}花名册",
        "school_name": organisation_names([view.school]).get(view.school, ""),
        "entered_by": accounts.names_of([view.uploaded_by]).get(view.uploaded_by, ""),
        "back_url": reverse("web:intake-page", args=[upload]),
    }
    return render(request, "intake/proof_list.html", context)


@require_POST
def lodge(request: HttpRequest, upload: UUID) -> HttpResponse:
    """The clean roster becomes an application."""
    actor, view = view_of(request, upload)
    try:
        outcome = services.lodge(actor=actor, upload=upload, **from_paper(request.POST))
    except Refused as refused:
        return page(request, actor, view, refused)
    if outcome.application is None:
        problem = Refused(
            "web.findings", "提交前又按最新情况校验了一遍，发现新的错误，请看下面的校验结果。", "通知第二部分"
        )
        return page(request, actor, selectors.one(upload), problem)
    parked = f"其中 {len(outcome.parked)} 人待核重复，由教育局核实。" if outcome.parked else ""
    messages.success(request, f"已提交 {outcome.rows} 人。{parked}下一步由校对员校对。", extra_tags="done")
    return redirect("web:application", outcome.application)


@require_POST
def discard(request: HttpRequest, upload: UUID) -> HttpResponse:
    """Give up an upload that was not lodged."""
    actor, view = view_of(request, upload)
    try:
        services.discard(actor=actor, upload=upload)
    except Refused as refused:
        return page(request, actor, view, refused)
    messages.success(request, "已作废这份花名册，里面的内容已清除。", extra_tags="done")
    return redirect("web:intake")
