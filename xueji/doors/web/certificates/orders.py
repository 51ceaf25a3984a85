"""验印: the requests of a school, or of a bureau's schools; a bureau decides several at once, exceptions picked out."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from xueji.doors.web.actors import own_transactions, required_session
from xueji.doors.web.certificates.reach import papers_reach
from xueji.doors.web.due import due_state, due_words
from xueji.doors.web.help import help_for
from xueji.doors.web.lists import PAGE_SIZE, chosen, paged
from xueji.doors.web.names import organisation_names
from xueji.doors.web.places import ROLE_NAMES
from xueji.duties.certificates import selectors, services
from xueji.duties.certificates.comparing import compare
from xueji.duties.certificates.custody import may_request
from xueji.duties.certificates.models import Order, OrderState
from xueji.ground.accounts.context import acting
from xueji.ground.parameters import selectors as parameters
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.types import Actor, Level, Refused, Role
from xueji.registry.cases import selectors as cases
from xueji.registry.cases.types import StepView, Wanted

COLOURS = {
    OrderState.REQUESTED: "progress",
    OrderState.SENT_BACK: "wrong",
    OrderState.ATTESTED: "done",
    OrderState.REFUSED: "wrong",
    OrderState.RETRACTED: "open",
    OrderState.ENDED: "open",
}
#: The words on the button of each act.
AGREE = {"decide": "同意", "examine": "核对通过", "approve": "验印"}
_GONE = "已由他人办理，或已不在您这一步。"


def index(request: HttpRequest) -> HttpResponse:
    """The requests in reach, the newest first."""
    session = required_session(request)
    actor = session.actor
    filters = [
        chosen(request, "state", "情况", [(one.value, str(one.label)) for one in OrderState]),
        chosen(request, "mine", "办理", [("yes", "等我办理")]),
    ]
    state, mine = (one.value for one in filters)
    found = selectors.orders(papers_reach(actor), state=state)
    waiting = _waiting_for(actor, session.stage)
    if mine:
        found = found.filter(pk__in=waiting)
    page = paged(request, found)
    steps = {key: case.current for key, case in cases.cases_of(one.pk for one in page).items()}
    names = organisation_names([*(one.school for one in page), *(step.organisation for step in steps.values() if step)])
    rows = [{**order_row(one, steps.get(one.pk), names), "mine": one.pk in waiting} for one in page]
    may_bulk = actor.level is not Level.SCHOOL and actor.role in (Role.CLERK, Role.HEAD)
    context = {
        "sub": f"{session.organisation_name}，共 {page.paginator.count:,} 件，等我办理 {len(waiting):,} 件",
        "filters": filters,
        "narrowed": bool(state or mine),
        "rows": rows,
        "page": page,
        "with_school": actor.level is not Level.SCHOOL,
        "may_request": may_request(actor),
        "may_bulk": may_bulk and any(row["mine"] for row in rows),
        "help": help_for("attestations"),
    }
    return render(request, "certificates/orders.html", context)


def _waiting_for(actor: Actor, stage: str) -> set[UUID]:
    """The requests whose waiting step is this post's."""
    lines = [one for one in cases.tally(actor, stage=stage).lines if one.kind == services.CASE]
    if not lines:
        return set()
    wanted = Wanted(kind=services.CASE)
    total = sum(one.count for one in lines)
    found = cases.waiting_page(actor, stage=stage, wanted=wanted, limit=total, total=total)
    return {item.subject for item in found.items}


def order_row(order: Order, step: StepView | None, names: dict[UUID, str]) -> dict[str, Any]:
    """A line of the list: what, of whom, at whom, until when."""
    kinds = parameters.rulebook(today()).certificates
    counts = order.counts
    state = OrderState(order.state)
    return {
        "id": order.pk,
        "url": reverse("web:attestation", args=[order.pk]),
        "kind": kinds[order.kind].title if order.kind in kinds else order.kind,
        "lines": counts.get("lines", 0),
        "left_out": counts.get("left_out", 0),
        "school": names.get(order.school, ""),
        "at": order.requested_at,
        "holder": f"{names.get(step.organisation, '')} · {ROLE_NAMES[Role(step.role)]}" if step else "",
        "state": due_state(step.due_on) if step and state is OrderState.REQUESTED else COLOURS[state],
        "state_text": f"待{step.title}，{due_words(step.due_on)}" if step else str(state.label),
    }


@own_transactions
@require_POST
def bulk(request: HttpRequest) -> HttpResponse:
    """Before: what each request's comparison found. With ``confirm``: each is decided, or says why not."""
    session = required_session(request)
    actor = session.actor
    if actor.level is Level.SCHOOL or actor.role not in (Role.CLERK, Role.HEAD):
        raise Http404
    wanted = _picked(request)
    if not wanted:
        return redirect("web:attestations")
    if request.POST.get("confirm"):
        return _decide(request, actor, wanted)
    with acting(actor):
        rows = [row for row in (_looked(actor, one) for one in wanted) if row]
        context = {
            "rows": rows,
            "ready": [row for row in rows if not row["why"]],
            "papers": sum(row["good"] for row in rows if not row["why"]),
            "exceptions": sum(len(row["exceptions"]) for row in rows),
            "act": next((row["act"] for row in rows if row["act"]), "办理"),
            "help": help_for("attestations"),
        }
        return render(request, "certificates/orders_bulk.html", context)


def _picked(request: HttpRequest) -> list[UUID]:
    found = []
    for text in request.POST.getlist("pick")[:PAGE_SIZE]:
        try:
            found.append(UUID(text))
        except ValueError:
            continue
    return list(dict.fromkeys(found))


def _looked(actor: Actor, wanted: UUID) -> dict[str, Any] | None:
    """What the comparison of one request found, and why it cannot be decided at once where it cannot."""
    order = selectors.order(wanted)
    case = cases.case_of(wanted)
    if order is None or case is None:
        return None
    names = organisation_names([order.school])
    hindered = cases.hindrance(actor, wanted)
    row: dict[str, Any] = {
        "id": wanted, "url": reverse("web:attestation", args=[wanted]), "school": names.get(order.school, ""),
        "title": order.title, "good": 0, "exceptions": [], "seen": "", "act": "", "why": "",
    }  # fmt: skip
    if hindered is not None or case.current is None:
        return {**row, "why": hindered.message if hindered else _GONE}
    found = compare(order)
    row["act"] = AGREE.get(case.current.act, "办理")
    row["exceptions"] = [
        {"row": line.row_no, "name": found.claims[line.row_no]["name"], "why": found.why[line.row_no]}
        for line in found.lines
        if line.row_no in found.why
    ]
    row["good"], row["seen"] = len(found.lines) - len(found.why), f"{case.current.act}:{found.digest}"
    if not row["good"]:
        row["why"] = "没有一人可以验印，请打开后退回修改或不予验印。"
    elif any(line.archive and not line.paper_seen for line in found.lines):
        row["why"] = "有凭纸质档案的申请，请打开后核对原件。"
    return row


def _decide(request: HttpRequest, actor: Actor, wanted: list[UUID]) -> HttpResponse:
    """Each request in a transaction of its own: what cannot be done is named, nothing is half done."""
    done = papers = left = 0
    for one in wanted:
        act, _, seen = request.POST.get(f"seen-{one}", "").partition(":")
        try:
            with acting(actor):
                result = services.agree(actor=actor, order=one, act=act or "approve", seen=seen or None)
        except Refused as refused:
            messages.error(request, f"没有办成：{refused.message}", extra_tags="wrong")
        else:
            done, left = done + 1, left + len(result.left_out)
            papers += len(result.certificates)
    if done:
        made = f"，验印 {papers:,} 份证书" if papers else ""
        messages.success(request, f"已办理 {done} 件{made}，剔除 {left} 人。", extra_tags="done")
    return redirect("web:attestations")
