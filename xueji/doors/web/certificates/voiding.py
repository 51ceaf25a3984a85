"""A paper voided with its reason, a lost card replaced; and 查验: whether the text of a paper's code is true."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from xueji.doors.web.actors import actor_of
from xueji.doors.web.certificates.listing import page
from xueji.doors.web.files import PDF, attachment
from xueji.doors.web.templatetags.ui import group_digits
from xueji.duties.certificates import selectors, services
from xueji.duties.certificates.verification import Result, verify
from xueji.pure.kernel.types import Refused

_LIMIT = 4000  # characters of a code's text
_WORDS = {
    Result.VALID: ("done", "查验通过"),
    Result.INVALID: ("wrong", "查验不通过"),
    Result.VOIDED: ("wrong", "已作废"),
}


@require_POST
def void(request: HttpRequest, certificate: UUID) -> HttpResponse:
    """Void a paper of one's own school."""
    actor = actor_of(request)
    found = selectors.certificate(certificate)
    if found is None:
        raise Http404
    if found.line_id is None and (found.school != actor.organisation or actor.role not in services.ISSUERS):
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
    if found is None or found.school != actor.organisation or actor.role not in services.ISSUERS:
        raise Http404
    try:
        made = services.replace_card(actor=actor, certificate=certificate, reason=request.POST.get("reason", ""))
    except Refused as refused:
        return page(request, {"refused": refused}, status=409)
    return attachment(f"{made.title}-{made.number}.pdf", made.pdf, PDF, inline=True)


@require_POST
def check(request: HttpRequest) -> HttpResponse:
    """What the code of a paper says, to be compared with the paper in hand."""
    text = request.POST.get("text", "").strip()[:_LIMIT]
    if not text:
        return redirect("web:certificates")
    found = verify(text)
    state, words = _WORDS[found.result]
    said = found.statement
    facts = (
        [
            ("编号", said.number),
            ("学籍号", group_digits(said.registration) or "无（2008年以前离校）"),
            ("姓名", said.name),
            ("学校", said.school),
            ("出具日期", said.issued_on.isoformat()),
        ]
        if said is not None
        else []
    )
    return page(request, {"verified": {"state": state, "words": words, "reason": found.reason, "facts": facts}})
