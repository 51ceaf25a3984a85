"""成批办理: how far a run is, what was left out and why; it can be left and found again, and taken up after a stop."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from xueji.doors.web.actors import actor_of
from xueji.doors.web.names import organisation_names
from xueji.doors.web.places import BUREAU_POSTS
from xueji.pure.kernel.environment import environment
from xueji.pure.kernel.school_year import STAGE_NAMES, Stage, school_year_name
from xueji.pure.kernel.types import Role
from xueji.registry.applications.models import BulkRun
from xueji.registry.applications.services import bulk

_STALLED = timedelta(minutes=2)
_TITLES = {"promotion": "成批确认升级", "leaving": "成批批准毕业与结业"}
_BACK = {"promotion": ("web:promotion", "升级"), "leaving": ("web:leaving", "毕业与结业")}


def _run(request: HttpRequest, run: UUID) -> BulkRun:
    actor = actor_of(request)
    found = BulkRun.objects.filter(pk=run, organisation=actor.organisation).first()
    if found is None or actor.role not in BUREAU_POSTS:
        raise Http404
    return found


def show(request: HttpRequest, run: UUID) -> HttpResponse:
    """The page asks for itself again while the run goes on."""
    found = _run(request, run)
    done = found.state == "done"
    names = organisation_names([UUID(one["school"]) for one in found.skipped])
    url, title = _BACK[found.kind]
    stage = f"{STAGE_NAMES[Stage(found.stage)]} " if found.stage else ""
    context = {
        "title": _TITLES[found.kind],
        "state_text": "已办完" if done else "正在办理",
        "what": f"{stage}{school_year_name(found.school_year)} 学年",
        "run": found,
        "is_done": done,
        "stalled": not done and environment().now() - found.changed_at > _STALLED,
        "may": actor_of(request).role is Role.HEAD,
        "skipped": [{"name": names.get(UUID(one["school"]), ""), "why": one["message"]} for one in found.skipped],
        "url": reverse("web:bulk-run", args=[run]),
        "back_url": reverse(url),
        "back": title,
    }
    return render(request, "pupils/bulk_run.html", context)


@require_POST
def go_on(request: HttpRequest, run: UUID) -> HttpResponse:
    """Take a run up that stopped (the worker was restarted); what is done is found done."""
    found = _run(request, run)
    if actor_of(request).role is not Role.HEAD:
        raise Http404
    if found.state != "done":
        bulk.go_on(actor=actor_of(request), run=run)
    return redirect("web:bulk-run", run)
