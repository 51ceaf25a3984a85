"""One pupil who did not come: what was tried, and where it ends."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from xueji.doors.web.dates import read_day
from xueji.doors.web.help import help_for
from xueji.doors.web.names import organisation_names
from xueji.doors.web.rollcall import supplements
from xueji.doors.web.rollcall.words import class_words, may_enter, roll_of, situation
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.rulebook import Rulebook
from xueji.pure.kernel.terms import NoShowEnd
from xueji.pure.kernel.types import Actor, Refused, Role
from xueji.pure.procedures.frame import procedure
from xueji.registry.applications import selectors as applications
from xueji.registry.rollcall import selectors, services
from xueji.registry.rollcall.models import Presence
from xueji.registry.rollcall.types import LineView


def show(request: HttpRequest, line: int) -> HttpResponse:
    """The page; POST logs a contact attempt, says how it ended, or proposes and decides a supplement."""
    found = selectors.line(line)
    if found is None:
        raise Http404
    actor, roll, book, dates = roll_of(request, found.roll)
    refused: Refused | None = None
    if request.method == "POST":
        try:
            words = _act(request, actor, line)
        except Refused as why:
            refused = why
        else:
            messages.success(request, words, extra_tags="done")
            return redirect("web:rollcall-line", line)
    now = found.now
    colour, words = situation(now, book)
    absent = now.presence in (Presence.ABSENT, Presence.EXCUSED)
    is_open = absent and now.came_on is None and not now.outcome
    context = {
        "line": found,
        "roll": roll,
        "dates": dates,
        "name": found.name or "（学籍已不在本校）",
        "pupil_url": reverse("web:pupil", args=[found.student]) if found.name else "",
        "class_name": class_words([found.class_group], roll.listed_on).get(found.class_group, ""),
        "school_name": organisation_names([found.school]).get(found.school, ""),
        "state": colour,
        "state_text": words,
        "presence_words": Presence(found.presence).label if found.presence else "未登记",
        "outcome_words": _outcome_words(found, book),
        "record": selectors.contact_attempts(found.student, roll.term),
        "may_log": actor.role is Role.REGISTRAR and actor.organisation == roll.school and absent,
        "may_settle": may_enter(actor, roll) and absent,
        "is_open": is_open,
        "ways": book.calendar.terms.contact_ways.items(),
        "ends": _ends(found, book) if may_enter(actor, roll) and is_open else [],
        "lodged": _lodged_url(now),
        **supplements.of_line(actor, found, roll, book),
        "today": today(),
        "typed": request.POST if refused else {},
        "refused": refused,
        "help": help_for("rollcall_line"),
    }
    return render(request, "rollcall/line.html", context, status=409 if refused else 200)


def _act(request: HttpRequest, actor: Actor, line: int) -> str:
    posted = request.POST
    if posted.get("act") in supplements.ACTS:
        return supplements.act(actor, line, posted)
    text = posted.get("on", "").strip()
    day = read_day(text) if text else today()
    if day is None:
        raise Refused("web.day", f"日期“{text}”读不出来，请写成 2008-09-03 或 20080903。")
    if posted.get("act") == "settle":
        asked = posted.get("application", "")
        try:
            application = UUID(asked) if asked else None
        except ValueError:
            raise Http404 from None
        services.settle(actor=actor, line=line, outcome=posted.get("outcome", ""), on=day, application=application)
        return "去向已登记。"
    services.log_contact(
        actor=actor,
        line=line,
        attempted_on=day,
        way=posted.get("way", ""),
        reached=posted.get("reached") == "1",
        who=posted.get("who", ""),
        result=posted.get("result", ""),
    )
    return "联系记录已保存。"


def _ends(line: LineView, book: Rulebook) -> list[dict[str, Any]]:
    """The ways in which it may end, each with the change in hand that it rests on, or the page to lodge one."""
    in_hand = {one.kind: one.id for one in applications.under_way_about(line.student)}
    ends = []
    for end in book.calendar.terms.ends:
        if not end.no_show or (end.kinds and not any(kind in book.changes for kind in end.kinds)):
            continue
        application = next((in_hand[kind] for kind in end.kinds if kind in in_hand), None)
        ends.append(
            {
                "outcome": end.outcome,
                "title": end.title,
                "needs": bool(end.kinds),
                "application": application or "",
                "application_url": reverse("web:application", args=[application]) if application else "",
                "lodge": [] if application else _lodged_here(end, line, book),
                "lodge_text": "本市内转学由转入学校申报" if end.outcome == "transfer" else "",
            }
        )
    return ends


def _lodged_here(end: NoShowEnd, line: LineView, book: Rulebook) -> list[dict[str, str]]:
    """The changes of this end that the pupil's own school lodges, with their pages."""
    status = "in_school"  # whoever is called is in school by the register, or awaited
    return [
        {"title": change.title, "url": reverse("web:change-new-of", args=[change.kind, line.student])}
        for kind in end.kinds
        if (change := book.changes.get(kind)) is not None
        and (known := procedure(kind)) is not None
        and known.registered
        and (not change.from_status or status in change.from_status)
    ]


def _outcome_words(line: LineView, book: Rulebook) -> str:
    end = book.calendar.terms.end(line.outcome)
    return f"{end.title}（{line.outcome_on.isoformat()}）" if end and line.outcome_on else ""


def _lodged_url(line: LineView) -> str:
    return reverse("web:application", args=[line.application]) if line.application else ""
