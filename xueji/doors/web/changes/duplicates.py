"""待核重复: the two sides next to each other, for both competent bureaus; the schools see neither."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from xueji.doors.web.actors import actor_of
from xueji.doors.web.changes.comparing import side_by_side
from xueji.doors.web.help import help_for
from xueji.doors.web.names import organisation_names
from xueji.doors.web.places import BUREAU_POSTS
from xueji.ground.disclosure import services as disclosure
from xueji.ground.disclosure.models import DisclosureKind
from xueji.ground.parameters import selectors as parameters
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.types import Actor, Refused, Role
from xueji.registry.applications import selectors as applications
from xueji.registry.applications import services
from xueji.registry.applications.models import DuplicateState
from xueji.registry.applications.types import DuplicateView

CHOICES = (
    ("different", "不是同一人", "这一行继续办理，各自保留学籍。证件号相同的，作为经双方核实的特例登记。"),
    ("same", "是同一人", "该生已有在籍学籍的，这一行不予建档，请学校办理转学；没有的，接续原来的档案。"),
    ("refused", "不予建档", "这一行不建档。"),
)
CHOICE_WORDS = {key: title for key, title, _ in CHOICES}


def _bureau(request: HttpRequest) -> Actor:
    actor = actor_of(request)
    if actor.role not in BUREAU_POSTS:
        raise Http404
    return actor


def listing(request: HttpRequest) -> HttpResponse:
    """What this bureau has to decide with another, the oldest first."""
    actor = _bureau(request)
    found = applications.duplicates(actor, open_only=request.GET.get("show") != "all")
    names = organisation_names([one for row in found for one in (row.school, row.matched_school)])
    rows = [
        {
            "url": reverse("web:duplicate", args=[one.id]),
            "title": one.reason_text,
            "school": names.get(one.school, ""),
            "matched": names.get(one.matched_school, ""),
            "opened": one.opened_at,
            "state": "progress" if one.state == DuplicateState.OPEN or one.released else "done",
            "state_text": _turn(actor, one),
        }
        for one in found
    ]
    return render(request, "changes/duplicates.html", {"rows": rows, "help": help_for("duplicates")})


def _turn(actor: Actor, one: DuplicateView) -> str:
    if one.released and actor.organisation == one.bureau:
        return "等我局补办登记"
    if one.state != DuplicateState.OPEN:
        return str(DuplicateState(one.state).label)
    mine = one.choice if actor.organisation == one.bureau else one.matched_choice
    return "等另一方教育局" if mine else "等我局决定"


def show(request: HttpRequest, duplicate: UUID) -> HttpResponse:
    """Side by side, with this bureau's choice."""
    actor = _bureau(request)
    view = applications.side_by_side(duplicate)
    if view is None or actor.organisation not in (view.bureau, view.matched_bureau):
        raise Http404
    refused: Refused | None = None
    if request.method == "POST":
        try:
            if request.POST.get("act") == "register":
                services.register_released(actor=actor, application=view.application)
                messages.success(request, "已补办登记。", extra_tags="done")
                return redirect("web:duplicate", duplicate)
            state = services.decide_duplicate(
                actor=actor,
                duplicate=duplicate,
                choice=request.POST.get("choice", ""),
                reason=request.POST.get("reason", ""),
            )
            words = "已有结论。" if state != DuplicateState.OPEN else "已记录，等另一方教育局决定。"
            messages.success(request, words, extra_tags="done")
            return redirect("web:duplicate", duplicate)
        except Refused as error:
            refused = error
    disclosure.log(actor=actor, kind=DisclosureKind.LOOK, subjects=[view.matched])
    return render(request, "changes/duplicate.html", _context(actor, view, refused, request.POST.get("reason", "")))


def _opinions(view: DuplicateView, names: dict[UUID, str]) -> list[tuple[str, str]]:
    """Each bureau with its choice; one line where both schools have the same bureau."""
    choices = {view.bureau: view.choice, view.matched_bureau: view.matched_choice}
    return [(names.get(bureau, ""), CHOICE_WORDS.get(choice, "尚未决定")) for bureau, choice in choices.items()]


def _context(actor: Actor, view: DuplicateView, refused: Refused | None, typed: str) -> dict[str, Any]:
    names = organisation_names([view.school, view.matched_school, view.bureau, view.matched_bureau])
    open_now = view.state == DuplicateState.OPEN
    why = "" if actor.role is Role.HEAD else "由教育局负责人决定"
    return {
        "title": f"待核重复 · {_turn(actor, view)}",
        "view": view,
        "reason_text": view.reason_text,
        "left_title": f"新报：{names.get(view.school, '')} 第 {view.row_no} 行",
        "right_title": f"已有：{names.get(view.matched_school, '')}（{'在籍' if view.matched_in_force else '已离校'}）",
        "rows": side_by_side(parameters.rulebook(today()), view.comparison),
        "opinions": _opinions(view, names),
        "opinions_title": "本局意见" if view.bureau == view.matched_bureau else "双方意见",
        "choices": CHOICES if open_now and not why else (),
        "may_register": view.released and not why and actor.organisation == view.bureau,
        "why": why if open_now else "",
        "application_url": reverse("web:application", args=[view.application]),
        "refused": refused,
        "typed_reason": typed,
        "help": help_for("duplicates"),
    }
