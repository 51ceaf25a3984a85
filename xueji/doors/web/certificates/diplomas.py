"""成批打印证书: a bureau's schools' diplomas in one order; before it, what can be printed and why not."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from xueji.doors.web.actors import required_session
from xueji.doors.web.help import help_for
from xueji.doors.web.lists import chosen, paged
from xueji.doors.web.names import uuid_of
from xueji.duties.certificates import selectors, services
from xueji.duties.certificates.custody import BUREAU
from xueji.duties.certificates.selectors import SchoolOutlook
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.rulebook import CertificateKind
from xueji.pure.kernel.types import Actor, Refused


def index(request: HttpRequest) -> HttpResponse:
    """GET: what a kind and a year would print, and the earlier orders. POST: order what is ticked."""
    session = required_session(request)
    actor = session.actor
    if actor.role not in BUREAU:
        raise Http404
    refused: Refused | None = None
    if request.method == "POST":
        try:
            return redirect("web:diploma-batch", _ordered(actor, request))
        except Refused as error:
            refused = error
    kinds = {one.kind: one for one in selectors.diploma_kinds()}
    years = selectors.leaving_years(actor.organisation) or [today().year]
    filters = [
        chosen(request, "kind", "种类", [(one.kind, one.title) for one in kinds.values()]),
        chosen(request, "year", "毕业年份", [(str(one), f"{one} 年") for one in years]),
    ]
    kind = kinds.get(filters[0].value) or next(iter(kinds.values()), None)
    year = int(filters[1].value or years[0])
    found = selectors.outlooks(actor.organisation, kind, year) if kind is not None else []
    context: dict[str, Any] = {
        "sub": session.organisation_name,
        "filters": [(one, one.value or (kind.kind if kind and one.name == "kind" else str(year))) for one in filters],
        "kind": kind,
        "year": year,
        "schools": [_school(one) for one in found],
        "ready": sum(one.ready for one in found),
        "leavers": sum(one.leavers for one in found),
        "left_out": sum(one.leavers - one.ready for one in found),
        "printers": selectors.printers(actor.organisation),
        **_earlier(request, actor, kinds),
        "refused": refused,
        "help": help_for("diploma_batches"),
    }
    return render(request, "certificates/diplomas.html", context, status=409 if refused else 200)


def _ordered(actor: Actor, request: HttpRequest) -> UUID:
    schools = [one for one in map(uuid_of, request.POST.getlist("school")) if one is not None]
    if not schools:
        raise Refused("certificate.nobody", "请至少选择一所学校。", "")
    year = request.POST.get("year", "")
    return services.start_diplomas(
        actor=actor,
        kind=request.POST.get("kind", ""),
        year=int(year) if year.isascii() and year.isdigit() and len(year) == 4 else 0,
        schools=schools,
        printer=uuid_of(request.POST.get("printer", "")),
    )


def _school(one: SchoolOutlook) -> dict[str, Any]:
    return {
        "id": str(one.school),
        "name": one.name,
        "leavers": one.leavers,
        "ready": one.ready,
        "blanks": one.blanks,
        "why": [(why.label, count) for why, count in one.left_out.items()],
    }


def _earlier(request: HttpRequest, actor: Actor, kinds: dict[str, CertificateKind]) -> dict[str, Any]:
    """The orders of this bureau, the newest first."""
    shown = paged(request, selectors.diploma_batches(actor.organisation))
    progress = services.progress_of_many([one.id for one in shown])
    rows = [
        {
            "url": reverse("web:diploma-batch", args=[one.id]),
            "title": kinds[one.kind].title if one.kind in kinds else one.kind,
            "year": one.leaving_year,
            "at": one.ordered_at,
            "done": one.state == "done",
            "progress": progress[one.id],
        }
        for one in shown
    ]
    return {"page": shown, "rows": rows}
