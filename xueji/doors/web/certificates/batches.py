"""成批制证: a school's cards in one order, its progress, the PDFs by class, and who got none."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from xueji.doors.web.actors import required_session
from xueji.doors.web.files import PDF, attachment
from xueji.doors.web.help import help_for
from xueji.doors.web.lists import paged
from xueji.doors.web.names import in_reach, organisation_names, uuid_of
from xueji.duties.certificates import selectors, services
from xueji.duties.certificates.models import CARD_KINDS, Batch, BatchPart
from xueji.duties.certificates.rolls import open_left_out
from xueji.ground.parameters import selectors as parameters
from xueji.pure.kernel.environment import environment, today
from xueji.pure.kernel.types import Actor, Level, Refused

_STALLED = timedelta(minutes=2)
_STATES = {"waiting": ("open", "等待"), "failed": ("wrong", "没有办成"), "done": ("done", "已办完")}


def index(request: HttpRequest) -> HttpResponse:
    """The batches in reach, newest first; POST: a school orders another one."""
    session = required_session(request)
    actor = session.actor
    may = actor.role in services.ISSUERS and actor.level is Level.SCHOOL
    refused: Refused | None = None
    if request.method == "POST":
        if not may:
            raise Http404
        try:
            chosen = [one for one in map(uuid_of, request.POST.getlist("class")) if one is not None]
            kind = request.POST.get("kind", "")
            return redirect("web:card-batch", services.start_batch(actor=actor, kind=kind, classes=chosen))
        except Refused as error:
            refused = error
    shown = paged(request, selectors.batches(in_reach(actor).ids))
    names = organisation_names(one.school for one in shown)
    titles = parameters.rulebook(today()).certificates
    progress = services.progress_of_many([one.id for one in shown])
    context: dict[str, Any] = {
        "may": may,
        "kinds": [(code, titles[code].title) for code in CARD_KINDS if code in titles],
        "classes": [(str(key), name) for name, key in selectors.classes_of(actor.organisation).items()] if may else [],
        "page": shown,
        "with_school": actor.level is not Level.SCHOOL,
        "rows": [
            {
                "url": reverse("web:card-batch", args=[one.id]),
                "title": titles[one.kind].title if one.kind in titles else one.kind,
                "school": names.get(one.school, ""),
                "at": one.ordered_at,
                "done": one.state == "done",
                "progress": progress[one.id],
            }
            for one in shown
        ],
        "refused": refused,
        "help": help_for("card_batches"),
    }
    return render(request, "certificates/batches.html", context, status=409 if refused else 200)


def _batch(request: HttpRequest, batch: UUID) -> tuple[Actor, Batch]:
    actor, found = required_session(request).actor, selectors.batch(batch)
    if found is None:
        raise Http404
    return actor, found


def show(request: HttpRequest, batch: UUID) -> HttpResponse:
    """The page asks for itself again while the batch is made."""
    return _page(request, batch)


def _page(request: HttpRequest, batch: UUID, refused: Refused | None = None) -> HttpResponse:
    actor, found = _batch(request, batch)
    parts, titles = selectors.batch_parts(batch), parameters.rulebook(today()).certificates
    progress, done = services.progress_of(batch), found.state == "done"
    own = actor.role in services.ISSUERS and actor.organisation == found.school
    context: dict[str, Any] = {
        "title": titles[found.kind].title if found.kind in titles else found.kind,
        "state_text": "已办完" if done else "正在办理",
        "school": organisation_names([found.school]).get(found.school, ""),
        "at": found.ordered_at,
        "progress": progress,
        "is_done": done,
        "stalled": not done and environment().now() - found.changed_at > _STALLED,
        "may_go_on": own and (progress.failed or not done),
        "parts": [_shown(batch, one, own) for one in parts],
        "left_out": [(one.title, open_left_out(one)) for one in parts if one.exceptions is not None],
        "url": reverse("web:card-batch", args=[batch]),
        "go_on_url": reverse("web:card-batch-go-on", args=[batch]),
        "refused": refused,
        "help": help_for("card_batches"),
    }
    return render(request, "certificates/batch.html", context, status=409 if refused else 200)


def _shown(batch: UUID, one: BatchPart, own: bool) -> dict[str, Any]:
    colour, words = _STATES[one.state]
    printable = own and one.state == "done"

    def url(what: str) -> str:
        return reverse("web:card-batch-print", args=[batch, one.id, what])

    return {
        "title": one.title,
        "colour": colour,
        "words": words,
        "pupils": one.pupils,
        "cards": one.cards,
        "left_out": one.left_out,
        "sheets_url": url("sheets") if printable and one.cards else "",
        "roll_url": url("roll") if printable else "",
    }


@require_POST
def go_on(request: HttpRequest, batch: UUID) -> HttpResponse:
    """Take a batch up that stopped, or try again the classes that failed; what is done is passed over."""
    actor, found = _batch(request, batch)
    if actor.organisation != found.school or actor.role not in services.ISSUERS:
        raise Http404
    try:
        services.go_on(actor=actor, batch=batch)
    except Refused as refused:
        return _page(request, batch, refused)
    return redirect("web:card-batch", batch)


@require_POST
def print_(request: HttpRequest, batch: UUID, part: UUID, what: str) -> HttpResponse:
    """The sheets or the roll of a class, as PDF; logged as a print."""
    actor, found = _batch(request, batch)
    known = {one.id: one for one in selectors.batch_parts(batch)}
    if actor.organisation != found.school or actor.role not in services.ISSUERS or part not in known:
        raise Http404
    try:
        files = services.part_files(actor=actor, part=part, what=what)
    except Refused as refused:
        return _page(request, batch, refused)
    content = files.sheets if what == "sheets" else files.roll
    if content is None or what not in ("sheets", "roll"):
        raise Http404
    words = "拼版" if what == "sheets" else "名单"
    return attachment(f"学生证-{files.title}-{words}.pdf", content, PDF, inline=True)
