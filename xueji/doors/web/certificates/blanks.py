"""空白证书领用登记: blanks received, used, spoilt; the printers and how far they are off; the test sheet."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from xueji.doors.web.actors import actor_of, required_session
from xueji.doors.web.dates import read_day
from xueji.doors.web.files import PDF, attachment
from xueji.doors.web.help import help_for
from xueji.doors.web.lists import chosen, paged
from xueji.duties.certificates import selectors, services
from xueji.duties.certificates.models import BlankState
from xueji.ground.accounts import selectors as accounts
from xueji.ground.parameters import selectors as parameters
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.types import Actor, Refused

_COLOURS = {BlankState.IN_STOCK: "open", BlankState.USED: "done", BlankState.SPOILT: "wrong"}


def blanks(request: HttpRequest) -> HttpResponse:
    """GET: the ledger. POST: blanks received, one written off, a printer's offset."""
    actor = actor_of(request)
    if request.method != "POST":
        return _page(request)
    if actor.role not in services.ISSUERS:
        raise Http404
    try:
        said = _do(actor, request)
    except Refused as refused:
        return _page(request, refused)
    messages.success(request, said, extra_tags="done")
    return redirect("web:blanks")


def _do(actor: Actor, request: HttpRequest) -> str:
    posted = request.POST
    what = posted.get("what", "")
    if what == "receive":
        day = read_day(posted.get("received_on", "")) if posted.get("received_on") else today()
        if day is None:
            raise Refused("certificate.blank_day", "领用日期请按 20080901 的样子填写。", "")
        made = services.receive_blanks(
            actor=actor, kind=posted.get("kind", ""), first=posted.get("first", ""), last=posted.get("last", ""),
            received_on=day,
        )  # fmt: skip
        return f"已登记空白证书 {made.count:,} 张：{made.first} 至 {made.last}。"
    if what == "spoil":
        spoilt = services.spoil_blank(actor=actor, blank=_id(posted.get("blank", "")), reason=posted.get("reason", ""))
        return f"空白证书 {spoilt.serial} 已作废。" + (
            "对应的证书可以重新打印在另一张上。" if spoilt.certificate else ""
        )
    if what == "printer":
        kept = services.keep_printer(
            actor=actor, name=posted.get("name", ""), dx=_tenths(posted.get("dx", "")), dy=_tenths(posted.get("dy", ""))
        )
        return f"已保存打印机“{kept.name}”的偏移。"
    raise Http404


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Http404 from None


def _tenths(text: str) -> int:
    """Millimetres as people type them, in tenths."""
    try:
        return round(float(text.strip() or "0") * 10)
    except (ValueError, OverflowError):
        raise Refused("certificate.printer_offset", "偏移请写毫米数，例如 1.5 或 -2。", "") from None


def _page(request: HttpRequest, refused: Refused | None = None) -> HttpResponse:
    session = required_session(request)
    actor = session.actor
    kinds = {code: one for code, one in parameters.rulebook(today()).certificates.items() if one.blank}
    filters = [
        chosen(request, "kind", "种类", [(code, one.blank) for code, one in kinds.items()]),
        chosen(request, "state", "情况", [(one.value, str(one.label)) for one in BlankState]),
    ]
    found = paged(request, selectors.blanks(actor.organisation, kind=filters[0].value, state=filters[1].value))
    persons = accounts.names_of(person for one in found for person in (one.received_by, one.settled_by) if person)
    counts = selectors.blank_counts(actor.organisation)
    rows: list[dict[str, Any]] = [
        {
            "id": one.pk,
            "serial": one.serial,
            "kind": kinds[one.kind].blank if one.kind in kinds else one.kind,
            "received_on": one.received_on,
            "received_by": persons.get(one.received_by, ""),
            "number": one.certificate.number if one.certificate else "",
            "settled_at": one.settled_at,
            "settled_by": persons.get(one.settled_by, "") if one.settled_by else "",
            "reason": one.reason,
            "state": _COLOURS[BlankState(one.state)],
            "state_text": BlankState(one.state).label,
            "may_spoil": one.state != BlankState.SPOILT and actor.role in services.ISSUERS,
        }
        for one in found
    ]
    context = {
        "sub": session.organisation_name,
        "kinds": [{"code": code, "title": one.blank, "counts": counts.get(code)} for code, one in kinds.items()],
        "may_keep": actor.role in services.ISSUERS,
        "filters": filters,
        "rows": rows,
        "page": found,
        "printers": [
            {"id": one.pk, "name": one.name, "dx": one.dx / 10, "dy": one.dy / 10}
            for one in selectors.printers(actor.organisation)
        ],
        "refused": refused,
        "today": today().isoformat(),
        "typed": request.POST,
        "help": help_for("blanks"),
    }
    return render(request, "certificates/blanks.html", context, status=409 if refused else 200)


@require_POST
def sample(request: HttpRequest) -> HttpResponse:
    """The test sheet of a kind, with a printer's offset."""
    actor = actor_of(request)
    if actor.role not in services.ISSUERS:
        raise Http404
    printer = request.POST.get("printer", "")
    try:
        made = services.sample_sheet(
            actor=actor, kind=request.POST.get("kind", ""), printer=_id(printer) if printer else None
        )
    except Refused as refused:
        return _page(request, refused)
    return attachment("试打样张.pdf", made, PDF, inline=True)
