"""A ledger as a file: asked for with a ground, made in the background, fetched by who asked."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from xueji.doors.web.actors import actor_of
from xueji.doors.web.errors import forbidden
from xueji.doors.web.exports import ExportPage, export_page
from xueji.doors.web.files import attachment, workbook
from xueji.doors.web.ledgers.asking import asked_for
from xueji.duties.ledgers.services import LedgerRequest, ask_for_ledger, title_of
from xueji.ground.disclosure.services import ground_for
from xueji.pure.kernel.types import Refused
from xueji.registry.register.services.exporting import conditions_of, open_export

_PAGE = ExportPage(
    "web:ledger-export-of", "web:ledger-export-file", (("web:manage", "管理"), ("web:ledgers", "学籍台账")), "条"
)


@require_POST
def export(request: HttpRequest) -> HttpResponse:
    """Ask for the ledger that was shown, as a workbook or as CSV."""
    asked = asked_for(request)
    wanted = asked.request(request.POST.get("ledger", ""), request.POST.get("format", "xlsx"))
    try:
        ground = ground_for(request.POST.get("ground", ""))
        made = ask_for_ledger(actor=asked.actor, request=wanted, ground=ground)
    except Refused as refused:
        return forbidden(request, sentence=refused.message)
    return redirect("web:ledger-export-of", made)


def _request_of(export: UUID) -> LedgerRequest:
    """What an export of this room was asked for with; 404 for another's and for one of another room."""
    conditions = conditions_of(export)
    if "ledger" not in conditions:
        raise Http404
    return LedgerRequest(**conditions)


def status(request: HttpRequest, export: UUID) -> HttpResponse:
    """How far it is; the file when it is there."""
    wanted, actor = _request_of(export), actor_of(request)
    title, _ = title_of(wanted, actor, wanted.scope(actor))
    return export_page(request, export, _PAGE, title=title)


def file(request: HttpRequest, export: UUID) -> HttpResponse:
    """The file, named after what it is."""
    wanted, actor = _request_of(export), actor_of(request)
    title, _ = title_of(wanted, actor, wanted.scope(actor))
    try:
        content = open_export(export)
    except Refused:
        raise Http404 from None
    if wanted.format == "csv":
        return attachment(f"{title}.csv", content, "text/csv; charset=utf-8")
    return workbook(f"{title}.xlsx", content)
