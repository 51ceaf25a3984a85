"""空挂 of a bureau's schools: on a roll, not in class, whereabouts unknown; and where the child was found instead."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from xueji.doors.web.actors import actor_of, required_session
from xueji.doors.web.help import help_for
from xueji.doors.web.lists import PAGE_SIZE, CountedPage, page_number
from xueji.doors.web.names import organisation_names
from xueji.doors.web.rollcall.words import asked_term, city_book, class_words
from xueji.ground.organisations import selectors as organisations
from xueji.pure.kernel.types import Level
from xueji.registry.rollcall import selectors
from xueji.registry.rollcall.types import LineView


def listing(request: HttpRequest) -> HttpResponse:
    """All of them, 50 a page; a school has its own list at its roll."""
    actor = actor_of(request)
    dates = asked_term(request, city_book())
    if dates is None:
        raise Http404
    if actor.level is Level.SCHOOL:
        schools = [actor.organisation]
    elif actor.level is Level.CITY:
        schools = [one.id for one in organisations.schools()]
    else:
        schools = [one.id for one in organisations.schools_of(actor.organisation)]
    rolls = [one.id for one in selectors.rolls_of_term(schools, dates.code).values()]
    total, number = selectors.lines_count(rolls, show="absent"), page_number(request)
    lines = selectors.lines(rolls, show="absent", offset=(number - 1) * PAGE_SIZE, limit=PAGE_SIZE)
    found = selectors.found_in_class(dates.code, (one.student for one in lines))
    names = organisation_names({*(one.school for one in lines), *found.values()})
    classes = class_words((one.class_group for one in lines), dates.starts_on)
    context = {
        "place": required_session(request).organisation_name,
        "dates": dates,
        "rows": [_row(one, found, names, classes) for one in lines],
        "matched": sum(one.student in found for one in lines),
        "total": total,
        "page": CountedPage(lines, number, total),
        "help": help_for("rollcall_ghosts"),
    }
    return render(request, "rollcall/ghosts.html", context)


def _row(
    one: LineView, found: dict[UUID, UUID], names: dict[UUID, str], classes: dict[UUID | None, str]
) -> dict[str, Any]:
    elsewhere = names.get(found[one.student], "") if one.student in found else ""
    return {
        "name": one.name,
        "url": reverse("web:rollcall-line", args=[one.id]),
        "school": names.get(one.school, ""),
        "school_url": reverse("web:rollcall-roll", args=[one.roll]),
        "class_name": classes.get(one.class_group, ""),
        "student_number": one.student_number,
        "tried": f"{one.attempts} 次" if one.attempts else "",
        "state": "soon" if elsewhere else "wrong",
        "state_text": f"在{elsewhere}上课" if elsewhere else "去向不明",
    }
