"""Exporting the list: with a ground, made in the background, to be fetched by who asked."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from xueji.doors.web.actors import actor_of
from xueji.doors.web.errors import forbidden
from xueji.doors.web.exports import ExportPage, export_page
from xueji.doors.web.files import workbook
from xueji.doors.web.names import in_reach
from xueji.doors.web.places import REGISTRY_POSTS
from xueji.ground.disclosure.services import ground_for
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.types import Refused
from xueji.registry.register.services.exporting import Conditions, ask_for_export, conditions_of, open_export

_PAGE = ExportPage("web:pupils-export-of", "web:pupils-export-file", (("web:pupils", "学籍"),), "人")


@require_POST
def export(request: HttpRequest) -> HttpResponse:
    """Ask for the list that was shown, with the conditions that stood above it."""
    actor, values = actor_of(request), request.POST
    if actor.role not in REGISTRY_POSTS:
        raise Http404
    reach = in_reach(actor)
    school = next((key for key in reach.names if str(key) == values.get("school")), None)
    schools = reach.narrowed(school)
    grade = values.get("grade", "")
    conditions = Conditions(
        schools=None if schools is None else tuple(str(one) for one in schools),
        query=values.get("q", "").strip()[:64],
        grade=int(grade) if grade.isdecimal() else None,
        class_group=_uuid(values.get("class", "")),
        status=values.get("status") or None,
    )
    try:
        ground = ground_for(values.get("ground", ""))
        made = ask_for_export(actor=actor, conditions=conditions, ground=ground, full=bool(values.get("full")))
    except Refused as refused:
        return forbidden(request, sentence=refused.message)
    return redirect("web:pupils-export-of", made)


def _uuid(text: str) -> str | None:
    try:
        return str(UUID(text))
    except ValueError:
        return None


def status(request: HttpRequest, export: UUID) -> HttpResponse:
    """How far it is; the file when it is there."""
    return export_page(request, export, _PAGE, title="学生名单")


def file(request: HttpRequest, export: UUID) -> HttpResponse:
    """The workbook."""
    try:
        title = conditions_of(export).get("title") or f"学生名单-{today().isoformat()}"
        return workbook(f"{title}.xlsx", open_export(export))
    except Refused:
        raise Http404 from None
