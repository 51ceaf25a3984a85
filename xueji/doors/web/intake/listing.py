"""入学与建档: templates to download, workbooks to upload, what was uploaded."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from xueji.doors.web.files import workbook
from xueji.doors.web.help import help_for
from xueji.doors.web.intake.words import KIND_TEXTS, KIND_TITLES, WORKBOOKS, school_actor, state_of
from xueji.ground.accounts import services as accounts
from xueji.pure.kernel.types import Actor, Refused, Role
from xueji.registry.intake import selectors, services


def listing(request: HttpRequest) -> HttpResponse:
    """The page of the place."""
    return _page(request, school_actor(request))


def _page(request: HttpRequest, actor: Actor, refused: Refused | None = None) -> HttpResponse:
    rows = [
        {
            "url": reverse("web:intake-page", args=[one.id]),
            "name": one.file_name,
            "kind": KIND_TITLES[one.kind],
            "at": one.uploaded_at,
            "rows": one.rows,
            "wrong": one.errors,
            "state": state_of(one)[0],
            "state_text": state_of(one)[1],
        }
        for one in selectors.uploads(actor.organisation)
    ]
    kinds = [
        {
            "key": key,
            "title": title,
            "text": KIND_TEXTS[key],
            "template_url": reverse("web:intake-template", args=[key]),
            "why": _why(actor),
        }
        for key, title in KIND_TITLES.items()
        if key in WORKBOOKS
    ]
    context = {
        "rows": rows,
        "kinds": kinds,
        "may_upload": actor.role is Role.REGISTRAR,
        "refused": refused,
        "help": help_for("intake"),
    }
    return render(request, "intake/list.html", context, status=409 if refused else 200)


def _why(actor: Actor) -> str:
    try:
        accounts.can_act(actor)
    except Refused as refused:
        return refused.message
    return ""


def template(request: HttpRequest, kind: str) -> HttpResponse:
    """The workbook for this school to fill."""
    actor = school_actor(request)
    if kind not in WORKBOOKS:
        raise Http404
    name, content = selectors.template(actor.organisation, kind)
    return workbook(name, content)


@require_POST
def take(request: HttpRequest) -> HttpResponse:
    """A workbook comes in; the check goes on in the background."""
    actor = school_actor(request)
    file = request.FILES.get("file")
    if file is None:
        return _page(request, actor, Refused("web.no_file", "没有选择文件。请先选好填好的花名册，再点上传。"))
    try:
        view = services.upload(
            actor=actor,
            school=actor.organisation,
            kind=request.POST.get("kind", ""),
            data=file.read(),
            file_name=file.name or "",
        )
        if not view.already_uploaded:
            services.defer_check(actor=actor, upload=view.id)
    except Refused as refused:
        return _page(request, actor, refused)
    return redirect("web:intake-page", view.id)
