"""校历: what is due, open and frozen in the school year, by month; today marked; the same as a file for calendars."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from xueji.doors.web.actors import actor_of
from xueji.doors.web.calendar.ics import ics_of
from xueji.doors.web.calendar.year import book_of, concerns, events_for, months_of, shown, years_of
from xueji.doors.web.files import attachment
from xueji.doors.web.help import help_for
from xueji.pure.kernel.environment import environment, today
from xueji.pure.kernel.school_calendar import EventKind
from xueji.pure.kernel.school_year import school_year_name

_WEEKDAYS = "一二三四五六日"


def calendar(request: HttpRequest) -> HttpResponse:
    """A school year (``year`` in the address; else the present one)."""
    actor, day = actor_of(request), today()
    years = years_of(actor)
    present = book_of(actor, day).school_year()
    year = _year(request.GET.get("year", ""), years, present)
    events = events_for(actor, year)
    own = [event for event in events if concerns(actor, event)]
    running = [event for event in own if event.covers(day) and event.kind in (EventKind.OPEN, EventKind.FROZEN)]
    coming = [event for event in own if event.kind in (EventKind.DUE, EventKind.TURN) and event.day >= day]
    context: dict[str, Any] = {
        "year_name": school_year_name(year),
        "years": [
            {
                "title": f"{school_year_name(one)} 学年",
                "url": f"{reverse('web:calendar')}?year={one}",
                "current": one == year,
            }
            for one in years
        ],
        "today_words": f"{day.year} 年 {day.month} 月 {day.day} 日　星期{_WEEKDAYS[day.weekday()]}",
        "is_present": year == present,
        "running": [shown(actor, event) for event in running],
        "coming": [shown(actor, event) for event in coming[:4]],
        "months": months_of(actor, events, year),
        "provisional": [one for one in (year, year + 1) if book_of(actor, day).calendar.is_provisional(one)],
        "file_url": reverse("web:calendar-file", args=[year]),
        "help": help_for("calendar"),
    }
    return render(request, "calendar/calendar.html", context)


def _year(text: str, years: list[int], present: int) -> int:
    return int(text) if text.isascii() and text.isdecimal() and int(text) in years else present


def file(request: HttpRequest, year: int) -> HttpResponse:
    """What concerns the post in a year, with the holidays, for a calendar of one's own."""
    actor = actor_of(request)
    if year not in years_of(actor):
        raise Http404
    name = f"学籍工作校历 {school_year_name(year)}"
    off = (EventKind.HOLIDAY, EventKind.WORKED)
    events = [event for event in events_for(actor, year) if concerns(actor, event) or event.kind in off]
    content = ics_of(events, name=name, now=environment().now())
    return attachment(f"{name}.ics", content, "text/calendar; charset=utf-8")
