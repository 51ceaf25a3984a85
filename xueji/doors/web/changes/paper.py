"""The roster on paper (新生花名册, 建档花名册): one sheet a class, with the frames for both seals."""

from __future__ import annotations

from itertools import groupby
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST

from xueji.doors.web.actors import actor_of
from xueji.doors.web.changes.roster import ROSTERS, roster_rows
from xueji.doors.web.names import organisation_names
from xueji.ground.disclosure import services as disclosure
from xueji.ground.disclosure.models import DisclosureKind
from xueji.ground.organisations import selectors as organisations
from xueji.pure.kernel.environment import today
from xueji.registry.applications import selectors as applications
from xueji.registry.applications.models import ApplicationState, LineState
from xueji.registry.applications.services.lodging import school_rulebook

_TITLES = {"enrolment": "新生花名册", "opening": "学生学籍建档花名册"}


@require_POST
def roster(request: HttpRequest, application: UUID) -> HttpResponse:
    """An approved roster as it is filed; opening it is logged as a print."""
    actor = actor_of(request)
    view = applications.application(application)
    if view is None or view.kind not in ROSTERS or view.state != ApplicationState.APPROVED:
        raise Http404
    found = applications.lines(application, states=[LineState.ACCEPTED], with_claim=True)
    ground = disclosure.ground_for(f"打印{_TITLES[view.kind]}")
    disclosure.log(
        actor=actor, kind=DisclosureKind.PRINT, subjects=[one.student for one in found], count=len(found), ground=ground
    )
    rows = sorted(
        roster_rows(found, school_rulebook(view.school, today())), key=lambda row: (row["order"], row["number"])
    )
    classes: list[dict[str, Any]] = [
        {"name": name, "rows": list(lines)} for name, lines in groupby(rows, key=lambda row: row["class_name"])
    ]
    bureau = organisations.competent_bureau(view.school, view.effective_on)
    names = organisation_names([view.school, bureau])
    context = {
        "title": _TITLES[view.kind],
        "classes": classes,
        "total": len(rows),
        "school": names.get(view.school, ""),
        "bureau": names.get(bureau, "") if bureau else "",
        "file_number": view.case.file_number if view.case else "",
        "effective_on": view.effective_on,
        "back_url": reverse("web:application", args=[application]),
    }
    return render(request, "changes/roster_paper.html", context)
