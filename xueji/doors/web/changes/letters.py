"""辍学函告户籍地: the letters that are still to be sent, printed from here and marked as sent."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from xueji.doors.web.actors import required_session
from xueji.doors.web.dates import read_day
from xueji.doors.web.help import help_for
from xueji.doors.web.names import in_reach, organisation_names
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.types import Actor, Level, Refused, Role
from xueji.registry.applications.letters import letters, mark_sent


def listing(request: HttpRequest) -> HttpResponse:
    """The list, the longest waiting first; the registrar and the bureau's clerk write the day of sending."""
    session = required_session(request)
    actor, refused = session.actor, None
    if request.method == "POST":
        try:
            _sent(actor, request)
        except Refused as error:
            refused = error
        else:
            messages.success(request, "已登记寄出。", extra_tags="done")
            return redirect("web:letters")
    found = letters(in_reach(actor).ids)
    with_school = actor.level is not Level.SCHOOL
    schools = organisation_names(one.school for one in found) if with_school else {}
    context = {
        "refused": refused,
        "rows": [
            {
                "application": one.application,
                "url": reverse("web:application", args=[one.application]),
                "print_url": reverse("web:application-print", args=[one.application, "letter"]),
                "name": one.name or "（不在本单位）",
                "school": schools.get(one.school, ""),
                "to": one.to,
                "made_on": one.made_on,
            }
            for one in found
        ],
        "total": len(found),
        "today": today(),
        "with_school": with_school,
        "may_mark": actor.role in (Role.REGISTRAR, Role.CLERK),
        "help": help_for("letters"),
    }
    return render(request, "changes/letters.html", context, status=409 if refused else 200)


def _sent(actor: Actor, request: HttpRequest) -> None:
    day = read_day(request.POST.get("sent_on", ""))
    try:
        application = UUID(request.POST.get("application", ""))
    except ValueError:
        raise Refused("letter_unknown", "没有找到这封函，请刷新页面后重试。") from None
    if day is None:
        raise Refused("web.day", "寄出日期没有看懂，请写成 20081103 或 2008-11-03。")
    mark_sent(actor=actor, application=application, sent_on=day)
