"""The figures of the first page: a school's at once; a bureau's when the page already stands, since it counts many."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from xueji.doors.web.actors import Session, required_session
from xueji.doors.web.names import in_reach
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.types import Level
from xueji.registry.register import selectors as register

_TITLES = {Level.SCHOOL: "本校学生", Level.DISTRICT: "所管学校学生", Level.CITY: "全市学生"}


def _lines(session: Session) -> list[dict[str, Any]]:
    found = register.counts(in_reach(session.actor).ids)
    pupils = reverse("web:pupils")
    return [
        {"label": "在籍", "value": found.registered, "url": pupils},
        {"label": "在校", "value": found.attending},
        {"label": "尚未到校", "value": found.awaited, "url": f"{pupils}?status=awaited"},
    ]


def figures_of(session: Session) -> dict[str, Any]:
    """What the home page shows at once."""
    own = session.actor.level is Level.SCHOOL
    return {
        "figures_title": _TITLES[session.actor.level],
        "figures": _lines(session) if own else None,
        "figures_later": not own,
    }


def figures(request: HttpRequest) -> HttpResponse:
    """The figures as a part of the page."""
    session = required_session(request)
    context = {"figures_title": _TITLES[session.actor.level], "figures": _lines(session), "today": today()}
    return render(request, "home/figures.html", context)
