"""Acts on applications: agreed, sent back, refused, put right again, taken back. The services decide."""

from __future__ import annotations

import re
import unicodedata
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from xueji.doors.web.actors import actor_of
from xueji.doors.web.changes.application import page
from xueji.pure.kernel.types import Actor, Refused
from xueji.registry.applications import selectors as applications
from xueji.registry.applications import services
from xueji.registry.applications.models import ApplicationState, LineState
from xueji.registry.applications.types import ActResult


def _do(
    actor: Actor, application: UUID, act: str, why: tuple[str, str], seen: int | None, lines: list[int] | None
) -> ActResult:
    reason, reason_code = why
    if act == "resubmit":
        return services.resubmit(actor=actor, application=application)
    if act == "retract":
        return services.retract(actor=actor, application=application, reason=reason)
    return services.act(
        actor=actor,
        application=application,
        act=act,
        reason=reason or None,
        reason_code=reason_code if act in ("send_back", "refuse") else "",
        lines=lines,
        expected_version=seen,
    )


@require_POST
def act(request: HttpRequest, application: UUID) -> HttpResponse:
    """One act on one application; a refusal comes back to the page with what was typed."""
    values = request.POST
    chosen, reason = values.get("act", ""), values.get("reason", "").strip()
    seen = int(values["seen"]) if values.get("seen", "").isdecimal() else None
    try:
        lines = _all_but(application, values.get("except", ""))
        result = _do(actor_of(request), application, chosen, (reason, values.get("reason_code", "")), seen, lines)
    except Refused as refused:
        return page(
            request,
            application,
            refused=refused,
            typed={name: values.get(name, "").strip() for name in ("act", "reason", "reason_code", "except")},
            status=409,
        )
    messages.success(request, _done_words(result), extra_tags="done")
    return redirect("web:application", application)


def _all_but(application: UUID, typed: str) -> list[int] | None:
    """Approval by line: the rows that are approved where some are named that are not; None: all."""
    excepted = {int(one) for one in re.findall(r"\d+", unicodedata.normalize("NFKC", typed))}
    if not excepted:
        return None
    rows = {one.row_no for one in applications.lines(application, states=[LineState.READY, LineState.PARKED])}
    if not excepted <= rows:
        unknown = "、".join(str(one) for one in sorted(excepted - rows))
        raise Refused("web.rows", f"名单里没有等待批准的第 {unknown} 行，请核对行号。")
    return sorted(rows - excepted)


def _done_words(result: ActResult) -> str:
    if result.state == ApplicationState.APPROVED:
        number = f"，卷号 {result.file_number}" if result.file_number else ""
        return (
            f"已批准，{result.registrations} 名学生的学籍已写入{number}。"
            if result.registrations
            else f"已批准{number}。"
        )
    if result.state == ApplicationState.SENT_BACK:
        return "已退回修改，申请单位会收到通知。"
    if result.state == ApplicationState.REFUSED:
        return "已作出不予批准的决定，申请单位会收到通知。"
    if result.state == ApplicationState.RETRACTED:
        return "已撤回。"
    return (
        f"已办理，转到下一步；应于 {result.next_due_on.isoformat()} 前办结。"
        if result.next_due_on
        else "已办理，转到下一步。"
    )
