"""The pupils behind a figure, as a list with one look: of a return, of a version, of the statistics."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from xueji.doors.web.actors import actor_of
from xueji.doors.web.errors import forbidden
from xueji.doors.web.names import class_names, code_name, organisation_names
from xueji.duties.returns.exporting import PRESENCE, ask_for_list
from xueji.ground.disclosure.services import ground_for
from xueji.pure.kernel.school_year import grade_name
from xueji.pure.kernel.types import Refused
from xueji.registry.snapshots.persons import CountedPupil

_STATES = {
    "attending": "done", "suspended": "soon", "dropped_out": "wrong", "abroad": "soon", "guest_elsewhere": "progress",
    "not_arrived": "soon",
}  # fmt: skip


def rows(page: Iterable[CountedPupil], on: date) -> list[dict[str, Any]]:
    """The rows of the list."""
    shown = list(page)
    classes = class_names((one.class_group for one in shown), on)
    places = organisation_names(place for one in shown for place in (one.school, one.host))
    return [
        {
            "name": one.name or "（已不在可见范围）",
            "url": reverse("web:pupil", args=[one.student]) if one.name and not one.outside else "",
            "gender": code_name("gender", one.gender),
            "birth_date": one.birth_date,
            "number": one.number,
            "school": places.get(place, "") if (place := one.school or one.host) else "",
            "grade": grade_name(one.grade) if one.grade else "",
            "class_name": classes.get(one.class_group, "") if one.class_group else "",
            "state": _STATES.get(one.presence, "open"),
            "state_text": "外地借读" if one.outside else PRESENCE.get(one.presence, ""),
        }
        for one in shown
    ]


def export(request: HttpRequest, wanted: dict[str, Any], title: str, about: str) -> HttpResponse:
    """Ask for the list as a file, with the ground that was typed; its page says how far it is."""
    try:
        ground = ground_for(request.POST.get("ground", ""))
        made = ask_for_list(
            actor=actor_of(request), wanted={**wanted, "about": about}, title=title, ground=ground,
            full=bool(request.POST.get("full")),
        )  # fmt: skip
    except Refused as refused:
        return forbidden(request, sentence=refused.message)
    return redirect("web:pupils-export-of", made)
