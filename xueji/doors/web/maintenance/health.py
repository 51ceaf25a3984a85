"""维护: how this installation is, for its maintainer; and the open address that says only that it lives."""

from __future__ import annotations

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from xueji.doors.web.actors import required_session
from xueji.doors.web.help import help_for
from xueji.duties.maintenance import health

_STATES = {"made": "已生成，未回执", "accepted": "已接收", "refused": "已拒收"}
_DIRECTIONS = {"out": "发出", "in": "收到"}


def alive(request: HttpRequest) -> HttpResponse:
    """For a monitor: 200 and ``ok`` while the database answers, else 503. Says nothing else."""
    try:
        ok = health.is_alive()
    except DatabaseError:
        ok = False
    return HttpResponse("ok" if ok else "down", status=200 if ok else 503, content_type="text/plain")


def page(request: HttpRequest) -> HttpResponse:
    """Checks on top, the worst first; versions, packages, logs below."""
    session = required_session(request)
    found = health.look()
    order = ["wrong", "soon", "progress", "open", "done"]
    context = {
        "sub": session.organisation_name,
        "checks": sorted(found.checks, key=lambda one: order.index(one.state)),
        "wrong": sum(1 for one in found.checks if one.state == "wrong"),
        "versions": found.versions.items(),
        "packages": [
            {
                "direction": _DIRECTIONS.get(one.direction, one.direction),
                "state": _STATES.get(one.state, one.state),
                "packages": one.packages,
                "oldest": one.oldest,
            }
            for one in found.packages
        ],
        "logs": [{"name": one.name, "kb": max(1, one.bytes // 1000)} for one in found.logs[:30]],
        "help": help_for("maintenance"),
    }
    return render(request, "maintenance/health.html", context)
