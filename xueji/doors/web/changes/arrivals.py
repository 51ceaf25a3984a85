"""到校报到: who was admitted or transferred and has not been seen yet."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from xueji.doors.web.actors import required_session
from xueji.doors.web.dates import read_day
from xueji.doors.web.due import due_state, due_words
from xueji.doors.web.help import help_for
from xueji.doors.web.names import class_names, in_reach, organisation_names
from xueji.doors.web.pupils.standing import HOW_STARTED
from xueji.ground.parameters import selectors as parameters
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.types import Actor, Level, Refused, Role
from xueji.registry.applications import services
from xueji.registry.register import selectors as register
from xueji.registry.register.selectors import Found

LIMIT = 500


def arrivals(request: HttpRequest) -> HttpResponse:
    """The list, and for the school's registrar the confirming of those that came."""
    session = required_session(request)
    actor = session.actor
    context: dict[str, Any] = {}
    if request.method == "POST":
        answer = _confirm(request, actor)
        if answer is None:
            return redirect("web:arrivals")
        context["refused"] = answer
    found = register.find_students(schools=in_reach(actor).ids, status="awaited", limit=LIMIT)
    with_school = actor.level is not Level.SCHOOL
    context |= {
        "sub": f"{session.organisation_name}。学生真正到校后才算“在校”。",
        "total": len(found.pupils),
        "rows": _rows(found.pupils, with_school),
        "with_school": with_school,
        "may_confirm": actor.role is Role.REGISTRAR,
        "today": today(),
        "help": help_for("arrivals"),
    }
    return render(request, "changes/arrivals.html", context, status=409 if context.get("refused") else 200)


def _confirm(request: HttpRequest, actor: Actor) -> Refused | None:
    typed = request.POST.get("arrived_on", "")
    day = read_day(typed) if typed else today()
    if day is None:
        return Refused("web.day", f"到校日期“{typed}”读不出来，请写成 2008-09-03 或 20080903。")
    done = 0
    try:
        for one in request.POST.getlist("pick"):
            services.confirm_arrival(actor=actor, school=actor.organisation, student=UUID(one), arrived_on=day)
            done += 1
    except Refused as refused:
        return refused
    messages.success(request, f"已确认 {done} 人到校。", extra_tags="done")
    return None


def _rows(pupils: tuple[Found, ...], with_school: bool) -> list[dict[str, Any]]:
    classes = class_names(one.class_group for one in pupils)
    schools = organisation_names(one.school for one in pupils) if with_school else {}
    book = parameters.rulebook(today())
    days = book.change("transfer").arrival_days or 0
    rows = []
    for one in pupils:
        due = book.calendar.due(one.started_on, days).on if days else None
        rows.append(
            {
                "registration": one.student,
                "url": reverse("web:pupil", args=[one.student]),
                "name": one.name,
                "school": schools.get(one.school, ""),
                "class_name": classes.get(one.class_group, "") if one.class_group else "",
                "student_number": one.student_number,
                "how": HOW_STARTED.get("transfer_in" if one.arrival else "", ""),
                "since": one.started_on,
                "state": due_state(due),
                "state_text": f"应于 {due.isoformat()} 前到校，{due_words(due)}" if due else "等待到校",
            }
        )
    return rows
