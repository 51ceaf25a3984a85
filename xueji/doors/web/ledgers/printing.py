"""A ledger on paper: A4 across, its head on every sheet, signature lines below the last line."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST

from xueji.doors.web.errors import forbidden
from xueji.doors.web.ledgers.asking import asked_for
from xueji.doors.web.templatetags.ui import group_digits
from xueji.duties.ledgers import workbook
from xueji.duties.ledgers.services import ledger_kind, print_ledger, school_names, title_of
from xueji.pure.kernel.types import Refused


@require_POST
def ledger(request: HttpRequest, ledger: str) -> HttpResponse:
    """The whole ledger to be printed; opening it is logged as a print of everyone in it."""
    asked = asked_for(request)
    try:
        ledger_kind(ledger)
    except Refused:
        raise Http404 from None
    wanted = asked.request(ledger)
    try:
        sheet = print_ledger(actor=asked.actor, request=wanted)
    except Refused as refused:
        return forbidden(request, sentence=refused.message)
    schools = school_names(asked.actor, asked.scope)
    title, sub = title_of(wanted, asked.actor, asked.scope)
    heads = workbook.headed(sheet, with_school=schools is not None)
    whole = sum(one.width for one in heads)
    found = workbook.rows_of(sheet, schools)
    context: dict[str, Any] = {
        "title": title,
        "sub": sub.split("　　"),
        "heads": heads,
        "widths": [round(100 * one.width / whole) for one in heads],
        # In groups, so that a number of nineteen digits breaks between them.
        "rows": [[group_digits(cell) if cell.isdecimal() else cell for cell in row] for row in found],
        "total": sheet.total,
        "signatures": workbook.signers(sheet.ledger, bureau=schools is not None),
        "back_url": f"{reverse('web:ledger', args=[ledger])}?{asked.query()}",
    }
    return render(request, "ledgers/paper.html", context)
