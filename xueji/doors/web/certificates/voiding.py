"""A paper voided with its reason; a lost card voided and replaced."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from xueji.doors.web.actors import actor_of
from xueji.doors.web.certificates.listing import may_keep, page
from xueji.doors.web.files import PDF, attachment
from xueji.duties.certificates import selectors, services
from xueji.duties.certificates.custody import places_of
from xueji.pure.kernel.types import Refused


@require_POST
def void(request: HttpRequest, certificate: UUID) -> HttpResponse:
    """Void a paper of one's own school."""
    actor = actor_of(request)
    found = selectors.certificate(certificate)
    if found is None:
        raise Http404
    rolled = selectors.orders_of_rolls([certificate]).get(certificate)
    if found.line_id is None and not may_keep(actor, found, places_of(actor.organisation), rolled):
        raise Http404
    reason, ground = request.POST.get("reason", ""), request.POST.get("ground", "")
    try:
        services.void(actor=actor, certificate=certificate, reason=reason, ground=ground)
    except Refused as refused:
        return page(request, {"refused": refused}, status=409)
    messages.success(request, f"编号 {found.number} 的证明已作废，查验时会显示已作废。", extra_tags="done")
    return redirect("web:certificates")


@require_POST
def replace(request: HttpRequest, certificate: UUID) -> HttpResponse:
    """补办: a lost card is voided and another one given out; the PDF of the new one."""
    actor = actor_of(request)
    found = selectors.certificate(certificate)
    if found is None or found.school != actor.organisation or not services.may_issue(actor):
        raise Http404
    try:
        made = services.replace_card(actor=actor, certificate=certificate, reason=request.POST.get("reason", ""))
    except Refused as refused:
        return page(request, {"refused": refused}, status=409)
    return attachment(f"{made.title}-{made.number}.pdf", made.pdf, PDF, inline=True)
