"""转出待回执: who has been let go to another city and whose acceptance letter has not come."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from xueji.doors.web.actors import required_session
from xueji.doors.web.due import due_state, due_words
from xueji.doors.web.help import help_for
from xueji.doors.web.names import class_names, in_reach, organisation_names
from xueji.pure.kernel.types import Level, Role
from xueji.registry.applications.departures import departing


def departures(request: HttpRequest) -> HttpResponse:
    """The list, the longest waiting first; the registrar goes on from it to the letter or the taking back."""
    session = required_session(request)
    actor = session.actor
    found = departing(in_reach(actor).ids)
    with_school = actor.level is not Level.SCHOOL
    classes = class_names(one.pupil.class_group for one in found)
    schools = organisation_names(one.pupil.school for one in found) if with_school else {}
    rows = [
        {
            "url": reverse("web:pupil", args=[one.pupil.student]),
            "name": one.pupil.name,
            "school": schools.get(one.pupil.school, ""),
            "class_name": classes.get(one.pupil.class_group, "") if one.pupil.class_group else "",
            "number": one.pupil.number,
            "to": " ".join(part for part in (one.region, one.to) if part),
            "application_url": reverse("web:application", args=[one.application]) if one.application else "",
            "since": one.since,
            "state": due_state(one.due_on),
            "state_text": f"应于 {one.due_on.isoformat()} 前收到，{due_words(one.due_on)}"
            if one.due_on
            else "等待回执",
            "receipt_url": reverse("web:change-new-of", args=["transfer_out_receipt", one.pupil.student]),
            "cancel_url": reverse("web:change-new-of", args=["transfer_out_cancel", one.pupil.student]),
        }
        for one in found
    ]
    context = {
        "rows": rows,
        "total": len(rows),
        "late": sum(1 for one in found if one.overdue),
        "with_school": with_school,
        "may_lodge": actor.role is Role.REGISTRAR,
        "export_url": f"{reverse('web:pupils')}?status=departing",
        "help": help_for("departures"),
    }
    return render(request, "changes/departures.html", context)
