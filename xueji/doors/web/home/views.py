"""首页: what waits for me, by deadline; the figures and the lateness of my level; the year's calendar."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from xueji.doors.web.actors import Session, required_session
from xueji.doors.web.changes.notice_links import notice_urls
from xueji.doors.web.help import help_for
from xueji.doors.web.home.calendar import year_calendar
from xueji.doors.web.home.figures import figures_of
from xueji.doors.web.home.late import differing_rows, late_rows
from xueji.doors.web.home.tasks import tasks_of
from xueji.doors.web.manage.hub import doors_of
from xueji.doors.web.places import REGISTRY_POSTS
from xueji.pure.kernel.environment import LOCAL_ZONE, environment, today
from xueji.pure.kernel.types import Level, Role
from xueji.registry.cases import selectors as cases

_WEEKDAYS = "一二三四五六日"


def home(request: HttpRequest) -> HttpResponse:
    """The first page of every post."""
    session = required_session(request)
    actor, now = session.actor, environment().now().astimezone(LOCAL_ZONE)
    context: dict[str, Any] = {
        "greeting": f"{actor.name}，{_part_of_day(now.hour)}好",
        "today": today(),
        "today_words": f"{now.year} 年 {now.month} 月 {now.day} 日　星期{_WEEKDAYS[now.weekday()]}",
        "calendar": year_calendar(actor),
        "help": help_for("home"),
        "tasks": [],
        "late": None,
    }
    if actor.role in REGISTRY_POSTS:
        context["tasks"] = tasks_of(session)
        told = cases.notices(actor, outcomes_only=True, limit=8)
        urls = notice_urls(actor, told)
        context["notices"] = [{"when": one.created_at, "text": one.text, "url": urls.get(one.id, "")} for one in told]
        context |= figures_of(session)
        context |= _late(session)
    else:
        context["doors"] = doors_of(actor)
    return render(request, "home/home.html", context)


def _part_of_day(hour: int) -> str:
    return "早上" if hour < 9 else "上午" if hour < 12 else "下午" if hour < 18 else "晚上"


def _late(session: Session) -> dict[str, Any]:
    """Who is late, for a bureau: steps that are overdue at its schools or districts."""
    actor = session.actor
    if actor.level is Level.SCHOOL or actor.role not in (Role.CLERK, Role.HEAD):
        return {}
    return late_rows(actor) | differing_rows(actor)
