"""A class list: what the class teacher found, entered by the registrar."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse

from xueji.doors.web.dates import read_day
from xueji.doors.web.help import help_for
from xueji.doors.web.names import code_name
from xueji.doors.web.rollcall.supplements import read_as
from xueji.doors.web.rollcall.words import class_words, group_key, group_of, may_enter, roll_of, situation
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.types import Refused
from xueji.registry.rollcall import selectors, services
from xueji.registry.rollcall.models import Presence, RollState, Standing
from xueji.registry.rollcall.types import Called, LineView


def show(request: HttpRequest, roll: UUID) -> HttpResponse:
    """The list; POST saves what was chosen, or all the rest as there."""
    actor, found, book, dates = roll_of(request, roll)
    group = group_of(request.GET.get("group", ""))
    here = f"{reverse('web:rollcall-class', args=[roll])}?group={group_key(group)}"
    refused: Refused | None = None
    if request.method == "POST":
        try:
            words = _save(request, actor, roll, group)
        except Refused as why:
            refused = why
        else:
            messages.success(request, words, extra_tags="done")
            return redirect(here)
    lines = selectors.lines([roll], class_group=group, in_class=True, with_reasons=True)
    if not lines:
        raise Http404
    typed = request.POST if refused else None
    context = {
        "roll": found,
        "dates": dates,
        "name": class_words([group], found.listed_on).get(group, ""),
        "key": group_key(group),
        "rows": [_row(one, book, typed) for one in lines],
        "choices": Presence.choices,
        "may_enter": may_enter(actor, found) and today() >= dates.starts_on,
        "before": today() < dates.starts_on,
        "uncalled": sum(one.presence == "" and one.standing in Standing.expected() for one in lines),
        "closed": found.state == RollState.CLOSED,
        "total": len(lines),
        "refused": refused,
        "help": help_for("rollcall_class"),
    }
    return render(request, "rollcall/class.html", context, status=409 if refused else 200)


def _save(request: HttpRequest, actor: Any, roll: UUID, group: UUID | None) -> str:
    written = services.enter(actor=actor, roll=roll, called=_changed(request.POST, roll, group))
    if request.POST.get("act") != "rest":
        return f"已保存 {written} 人的到校情况。"
    rest = services.enter_rest_here(actor=actor, roll=roll, class_group=group)
    return f"已保存 {written} 人，其余 {rest} 人登记为“到”。"


def _changed(posted: QueryDict, roll: UUID, group: UUID | None) -> list[Called]:
    """Only what differs from what stands there: two people at the same class do not undo one another's rows."""
    found = []
    for one in selectors.lines([roll], class_group=group, in_class=True, with_reasons=True):
        chosen = posted.get(f"p-{one.id}", "")
        if not chosen:
            continue
        came_text, reason = posted.get(f"d-{one.id}", "").strip(), posted.get(f"r-{one.id}", "").strip()
        came = read_day(came_text) if came_text else None
        if came_text and came is None:
            raise Refused("web.day", f"{one.name}的到校日期“{came_text}”读不出来，请写成 2008-09-03 或 20080903。")
        now = (one.presence, one.came_on if chosen == Presence.HERE and came_text else None, one.reason)
        if (chosen, came if chosen == Presence.HERE else None, reason) != now:
            found.append(Called(one.id, chosen, came, reason))
    return found


def _row(one: LineView, book: Any, typed: QueryDict | None) -> dict[str, Any]:
    colour, words = situation(one, book)
    return {
        "id": one.id,
        "name": one.name or "（学籍已不在本校）",
        "url": reverse("web:rollcall-line", args=[one.id]),
        "student_number": one.student_number,
        "gender": code_name("gender", one.gender),
        "expected": one.standing in Standing.expected(),
        "presence": typed.get(f"p-{one.id}", "") if typed is not None else one.presence,
        "came_on": typed.get(f"d-{one.id}", "") if typed is not None else one.came_on or "",
        "reason": typed.get(f"r-{one.id}", "") if typed is not None else one.reason,
        "later": one.presence in (Presence.ABSENT, Presence.EXCUSED) and (one.came_on or one.outcome),
        "state": colour,
        "state_text": words,
        "read": read_as(one, book),
        "note": "待到校：确认到校请同时在“到校报到”里登记" if one.standing == Standing.AWAITED else "",
    }
