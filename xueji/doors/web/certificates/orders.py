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
from xueji.doors.web.lists import chosen, paged
from xueji.doors.web.names import in_reach, organisation_names, uuid_of
from xueji.doors.web.places import ROLE_NAMES
from xueji.duties.certificates import selectors, services
from xueji.duties.certificates.custody import may_request
from xueji.duties.certificates.models import Order, OrderState
from xueji.duties.certificates.selectors import Looked
from xueji.ground.accounts.context import acting
from xueji.ground.parameters import selectors as parameters
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.types import Actor, Level, Role
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
#: Requests that are decided at once, and after how many seconds the rest is left for the next time.
MOST, PATIENCE = 400, 30.0


def index(request: HttpRequest) -> HttpResponse:
    """The requests in reach, the newest first."""
    session = required_session(request)
    actor = session.actor
    filters = [
        chosen(request, "state", "情况", [(one.value, str(one.label)) for one in OrderState]),
        chosen(request, "mine", "办理", [("yes", "等我办理")]),
    ]
    if actor.level is not Level.SCHOOL:
        names = in_reach(actor).names
        filters.insert(0, chosen(request, "school", "学校", [(str(key), name) for key, name in names.items()]))
    values = {one.name: one.value for one in filters}
    state, mine, school = values["state"], values["mine"], uuid_of(values.get("school", ""))
    found = selectors.orders([school] if school else papers_reach(actor), state=state)
    waiting = _waiting_for(actor, session.stage)
    if school:
        waiting &= set(selectors.orders([school]).values_list("pk", flat=True))
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
        "narrowed": any(values.values()),
        "school": school or "",
        "waiting": len(waiting),
        "rows": rows,
        "page": page,
        "with_school": actor.level is not Level.SCHOOL,
        "may_request": may_request(actor),
        "may_bulk": may_bulk and bool(waiting),
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
    wanted = _picked(request, actor, session.stage)
    if not wanted:
        return redirect("web:attestations")
    if request.POST.get("confirm"):
        return _decide(request, actor, wanted)
    with acting(actor):
        looked = selectors.look_at(actor, wanted)
        names = organisation_names(one.order.school for one in looked)
        rows = sorted((_row(one, names) for one in looked), key=lambda row: (not row["exceptions"], row["school"]))
        context = {
            "rows": rows,
            "ready": [row for row in rows if not row["why"]],
            "papers": sum(row["good"] for row in rows if not row["why"]),
            "exceptions": sum(len(row["exceptions"]) for row in rows),
            "act": next((row["act"] for row in rows if row["act"]), "办理"),
            "help": help_for("attestations"),
        }
        return render(request, "certificates/orders_bulk.html", context)


def _picked(request: HttpRequest, actor: Actor, stage: str) -> list[UUID]:
    """What was ticked; with ``all`` everything that waits for this post, of one school where one was chosen."""
    if not request.POST.get("all"):
        ticked = (uuid_of(text) for text in request.POST.getlist("pick")[:MOST])
        return list(dict.fromkeys(one for one in ticked if one is not None))
    with acting(actor):
        school = uuid_of(request.POST.get("school", ""))
        found = selectors.orders([school] if school else papers_reach(actor)).filter(pk__in=_waiting_for(actor, stage))
        return list(found.values_list("pk", flat=True)[:MOST])


def _row(one: Looked, names: dict[UUID, str]) -> dict[str, Any]:
    """What the comparison of one request found, and why it cannot be decided at once where it cannot."""
    found = one.compared
    exceptions = (
        [
            {"row": line.row_no, "name": found.claims[line.row_no]["name"], "why": found.why[line.row_no]}
            for line in found.lines
            if line.row_no in found.why
        ]
        if found
        else []
    )
    return {
        "id": one.order.pk, "url": reverse("web:attestation", args=[one.order.pk]), "title": one.order.title,
        "school": names.get(one.order.school, ""), "good": one.good, "exceptions": exceptions,
        "seen": f"{one.act}:{one.seen}", "act": AGREE.get(one.act, "办理") if one.act else "", "why": one.why,
    }  # fmt: skip


def _decide(request: HttpRequest, actor: Actor, wanted: list[UUID]) -> HttpResponse:
    """Each request in a transaction of its own: what cannot be done is named, nothing is half done."""
    acts = {}
    for one in wanted:
        act, _, seen = request.POST.get(f"seen-{one}", "").partition(":")
        acts[one] = (act or "approve", seen)
    made = services.agree_each(actor=actor, wanted=acts, seconds=PATIENCE)
    for refused in made.refused.values():
        messages.error(request, f"没有办成：{refused.message}", extra_tags="wrong")
    if made.done:
        papers = f"，验印 {made.papers:,} 份证书" if made.papers else ""
        messages.success(request, f"已办理 {made.done} 件{papers}，剔除 {made.left_out} 人。", extra_tags="done")
    if made.waiting:
        left = f"这一次的时间已到，还有 {len(made.waiting)} 件没有办理，请再次核对并办理。"
        messages.warning(request, left, extra_tags="soon")
    return redirect("web:attestations")
