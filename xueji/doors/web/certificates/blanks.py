"""空白证书领用登记: blanks received, used, spoilt; the printers and how far they are off; the test sheet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from io import BytesIO
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import xlsxwriter
from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from xueji.doors.web.actors import actor_of, required_session
from xueji.doors.web.certificates.reach import papers_reach
from xueji.doors.web.dates import read_day
from xueji.doors.web.files import PDF, attachment, workbook
from xueji.doors.web.help import help_for
from xueji.doors.web.lists import CountedPage, Filter, chosen, paged
from xueji.doors.web.names import in_reach, organisation_names, uuid_of
from xueji.doors.web.templatetags.ui import day, moment
from xueji.duties.certificates import selectors, services
from xueji.duties.certificates.models import Blank, BlankState
from xueji.ground.accounts import selectors as accounts
from xueji.ground.parameters import selectors as parameters
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.rulebook import CertificateKind
from xueji.pure.kernel.types import Actor, Level, Refused

_COLOURS = {BlankState.IN_STOCK: "open", BlankState.USED: "done", BlankState.SPOILT: "wrong"}


def blanks(request: HttpRequest) -> HttpResponse:
    """GET: the ledger. POST: blanks received, one written off, a printer's offset."""
    actor = actor_of(request)
    if request.method != "POST":
        return _page(request)
    if not (services.may_print(actor) if request.POST.get("what") == "printer" else services.may_issue(actor)):
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
        received = read_day(posted.get("received_on", "")) if posted.get("received_on") else today()
        if received is None:
            raise Refused("certificate.blank_day", "领入日期没有看懂，请写成 20080901 或 2008-09-01。", "")
        made = services.receive_blanks(
            actor=actor, kind=posted.get("kind", ""), first=posted.get("first", ""), last=posted.get("last", ""),
            received_on=received,
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


MOST = 10_000  # rows of a ledger that is printed, or written into a file, at once


def _kinds() -> dict[str, CertificateKind]:
    return {code: one for code, one in parameters.rulebook(today()).certificates.items() if one.blank}


def _asked(request: HttpRequest, actor: Actor) -> tuple[list[Filter], frozenset[UUID] | None, QuerySet[Blank]]:
    """The conditions, the schools meant, and their ledger."""
    filters = [
        chosen(request, "kind", "种类", [(code, one.blank) for code, one in _kinds().items()]),
        chosen(request, "state", "情况", [(one.value, str(one.label)) for one in BlankState]),
    ]
    schools = papers_reach(actor)
    if actor.level is not Level.SCHOOL:
        names = in_reach(actor).names
        filters.insert(0, chosen(request, "school", "学校", [(str(key), name) for key, name in names.items()]))
        one = uuid_of(filters[0].value)
        schools = frozenset({one}) if one is not None else schools
    values = {one.name: one.value for one in filters}
    return filters, schools, selectors.blanks(schools, kind=values["kind"], state=values["state"])


def _row(
    one: Blank, names: Mapping[UUID, str], persons: Mapping[UUID, str], kinds: Mapping[str, Any]
) -> dict[str, Any]:
    return {
        "id": one.pk,
        "serial": one.serial,
        "school": names.get(one.school, ""),
        "kind": kinds[one.kind].blank if one.kind in kinds else one.kind,
        "received_on": one.received_on,
        "received_by": persons.get(one.received_by, ""),
        "number": one.certificate.number if one.certificate else "",
        "settled_at": one.settled_at,
        "settled_by": persons.get(one.settled_by, "") if one.settled_by else "",
        "reason": one.reason,
        "state": _COLOURS[BlankState(one.state)],
        "state_text": str(BlankState(one.state).label),
    }


def _rows(found: Iterable[Blank]) -> list[dict[str, Any]]:
    listed = list(found)
    persons = accounts.names_of({one for row in listed for one in (row.received_by, row.settled_by) if one})
    names, kinds = organisation_names({one.school for one in listed}), _kinds()
    return [_row(one, names, persons, kinds) for one in listed]


def _page(request: HttpRequest, refused: Refused | None = None) -> HttpResponse:
    session = required_session(request)
    actor = session.actor
    filters, schools, ledger = _asked(request, actor)
    whole = request.GET.get("whole") == "1"
    found: Any = CountedPage(list(ledger[:MOST]), 1, ledger.count()) if whole else paged(request, ledger)
    may_keep = services.may_issue(actor)
    counts = selectors.blank_counts(schools)
    rows = [
        {**row, "may_spoil": one.state != BlankState.SPOILT and may_keep}
        for one, row in zip(found, _rows(found), strict=True)
    ]
    asked = urlencode({one.name: one.value for one in filters if one.value})
    context = {
        "sub": session.organisation_name,
        "kinds": [{"code": code, "title": one.blank, "counts": counts.get(code)} for code, one in _kinds().items()],
        "may_keep": may_keep,
        "may_print": services.may_print(actor),
        "with_school": actor.level is not Level.SCHOOL,
        "filters": filters,
        "rows": rows,
        "page": None if whole else found,
        "left_off": max(0, found.paginator.count - MOST) if whole else 0,
        "whole_url": f"?{asked}&whole=1" if asked else "?whole=1",
        "file_url": f"{reverse('web:blanks-file')}?{asked}",
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


_COLUMNS = (
    ("学校", "school"), ("编号", "serial"), ("种类", "kind"), ("领入日期", "received_on"), ("领入人", "received_by"),
    ("情况", "state_text"), ("证书编号", "number"), ("办理时间", "settled_at"), ("办理人", "settled_by"),
    ("作废原因", "reason"),
)  # fmt: skip


def file(request: HttpRequest) -> HttpResponse:
    """The ledger as .xlsx, under the conditions of the page; it names no pupil."""
    _, _, ledger = _asked(request, actor_of(request))
    made = BytesIO()
    with xlsxwriter.Workbook(made, {"in_memory": True}) as book:
        sheet = book.add_worksheet("空白证书登记")
        sheet.freeze_panes(1, 0)
        sheet.write_row(0, 0, [title for title, _ in _COLUMNS], book.add_format({"bold": True}))
        for place, row in enumerate(_rows(ledger[:MOST]), start=1):
            said = {**row, "received_on": day(row["received_on"]), "settled_at": moment(row["settled_at"])}
            for column, (_, key) in enumerate(_COLUMNS):
                sheet.write_string(place, column, said[key] or "")
        sheet.autofit()
    return workbook(f"空白证书登记-{today().isoformat()}.xlsx", made.getvalue())


@require_POST
def sample(request: HttpRequest) -> HttpResponse:
    """The test sheet of a kind, with a printer's offset."""
    actor = actor_of(request)
    if not services.may_print(actor):
        raise Http404
    printer = request.POST.get("printer", "")
    try:
        made = services.sample_sheet(
            actor=actor, kind=request.POST.get("kind", ""), printer=_id(printer) if printer else None
        )
    except Refused as refused:
        return _page(request, refused)
    return attachment("试打样张.pdf", made, PDF, inline=True)
