"""查看与导出记录: who opened what, on what ground; to be read, never to be changed."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from xueji.doors.web.actors import actor_of
from xueji.doors.web.help import help_for
from xueji.doors.web.lists import chosen, paged
from xueji.doors.web.names import organisation_names
from xueji.doors.web.places import REGISTRY_POSTS, ROLE_NAMES
from xueji.ground.accounts import selectors as accounts
from xueji.ground.disclosure import selectors
from xueji.ground.disclosure.models import DisclosureKind
from xueji.pure.kernel.types import Role


def disclosures(request: HttpRequest) -> HttpResponse:
    """The log, newest first; the database shows each post only what it may read."""
    actor = actor_of(request)
    if actor.role not in REGISTRY_POSTS | {Role.AUDIT_ADMIN}:
        raise Http404
    filters = [chosen(request, "kind", "做了什么", [(one.value, str(one.label)) for one in DisclosureKind])]
    values = {one.name: one.value for one in filters}
    page = paged(request, selectors.lines(kinds=[values["kind"]] if values["kind"] else ()))
    persons = accounts.names_of(one.person for one in page)
    places = organisation_names(one.organisation for one in page)
    rows: list[dict[str, Any]] = [
        {
            "at": one.at,
            "organisation": places.get(one.organisation, ""),
            "person": persons.get(one.person, ""),
            "role": ROLE_NAMES[Role(one.role)],
            "kind": DisclosureKind(one.kind).label,
            "count": one.count,
            "ground": one.ground or "—",
        }
        for one in page
    ]
    context = {"filters": filters, "page": page, "rows": rows, "help": help_for("disclosures")}
    return render(request, "manage/disclosures.html", context)
