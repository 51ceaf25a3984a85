"""问题报告: reported by schools and districts, answered above, closed by who reported them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from xueji.doors.web.actors import actor_of, required_session
from xueji.doors.web.help import help_for
from xueji.doors.web.lists import chosen, paged
from xueji.doors.web.names import acted_by, organisation_names
from xueji.duties.maintenance import services
from xueji.duties.maintenance.models import NoteKind, Problem, ProblemState
from xueji.ground.accounts.selectors import names_of
from xueji.pure.kernel.types import Actor, Level, Refused

_COLOURS = {ProblemState.OPEN: "progress", ProblemState.ANSWERED: "soon", ProblemState.CLOSED: "done"}
_VERBS: dict[NoteKind, Callable[..., Problem]] = {
    NoteKind.ANSWER: services.answer,
    NoteKind.PASS_ON: services.pass_on,
    NoteKind.REOPEN: services.reopen,
    NoteKind.CLOSE: services.close,
}


def listing(request: HttpRequest) -> HttpResponse:
    """Those in reach, what waits for this organisation first; the form to report one."""
    session = required_session(request)
    actor, refused = session.actor, None
    if request.method == "POST":
        try:
            made = services.report(actor=actor, title=request.POST.get("title", ""), text=request.POST.get("text", ""))
        except Refused as error:
            refused = error
        else:
            messages.success(request, "已报告，上级答复后会通知您。", extra_tags="done")
            return redirect("web:problem", made.pk)
    state = chosen(request, "state", "情况", ProblemState.choices)
    found = Problem.objects.order_by("-moved_at", "id")
    if state.value:
        found = found.filter(state=state.value)
    page = paged(request, sorted(found[:2000], key=lambda one: not _waits(actor, one)))
    names = organisation_names([key for one in page for key in (one.organisation, one.handler)])
    context = {
        "sub": session.organisation_name,
        "filters": [state],
        "page": page,
        "rows": [_row(one, names, actor) for one in page],
        "may_report": actor.level is not Level.CITY,
        "typed": {name: request.POST.get(name, "") for name in ("title", "text")},
        "refused": refused,
        "help": help_for("problems"),
    }
    return render(request, "maintenance/problems.html", context, status=409 if refused else 200)


def _waits(actor: Actor, one: Problem) -> bool:
    """Whether it is this organisation's turn."""
    return (one.state == ProblemState.OPEN and one.handler == actor.organisation) or (
        one.state == ProblemState.ANSWERED and one.organisation == actor.organisation
    )


def _row(one: Problem, names: dict[UUID, str], actor: Actor) -> dict[str, Any]:
    state = ProblemState(one.state)
    words = state.label + ("（轮到本单位）" if _waits(actor, one) else "")
    return {
        "url": reverse("web:problem", args=[one.pk]),
        "title": one.title,
        "from": names.get(one.organisation, ""),
        "handler": names.get(one.handler, ""),
        "reported_at": one.reported_at,
        "moved_at": one.moved_at,
        "state": _COLOURS[state],
        "state_text": words,
    }


def _who(person: UUID, place: str, people: dict[UUID, str]) -> str:
    who = acted_by(people, person, place)
    return who if person not in people else f"{place} · {who}"


def show(request: HttpRequest, problem: UUID) -> HttpResponse:
    """One problem with all that was said; an act comes back here."""
    actor = actor_of(request)
    found = Problem.objects.filter(pk=problem).first()
    if found is None:
        raise Http404
    refused: Refused | None = None
    if request.method == "POST":
        verb = _VERBS.get(NoteKind(request.POST["act"])) if request.POST.get("act") in NoteKind.values else None
        if verb is None:
            raise Http404
        try:
            verb(actor=actor, problem=problem, text=request.POST.get("text", ""))
        except Refused as error:
            refused = error
        else:
            messages.success(request, "已办理。", extra_tags="done")
            return redirect("web:problem", problem)
    notes = list(found.notes.order_by("at", "id"))
    people = names_of(one.person for one in notes)
    names = organisation_names([found.organisation, found.handler, *(one.place for one in notes)])
    context = {
        "row": _row(found, names, actor),
        "notes": [
            {
                "kind": NoteKind(one.kind).label,
                "text": one.text,
                "who": _who(one.person, names.get(one.place, ""), people),
                "at": one.at,
            }
            for one in notes
        ],
        "acts": [(one.value, one.label) for one in services.acts_of(actor, found)],
        "typed": request.POST.get("text", "") if refused else "",
        "refused": refused,
        "help": help_for("problems"),
    }
    return render(request, "maintenance/problem.html", context, status=409 if refused else 200)
