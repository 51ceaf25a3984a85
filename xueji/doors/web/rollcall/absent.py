"""The lists of those who are not there: of the third day, of two weeks later, of now; 50 a page."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from xueji.doors.web.help import help_for
from xueji.doors.web.lists import PAGE_SIZE, CountedPage, page_number
from xueji.doors.web.names import organisation_names
from xueji.doors.web.rollcall.supplements import read_as
from xueji.doors.web.rollcall.words import class_words, may_enter, roll_of, situation
from xueji.pure.kernel.rulebook import Rulebook
from xueji.pure.kernel.terms import TermDates
from xueji.registry.rollcall import selectors
from xueji.registry.rollcall.types import LineView

_TITLES = {
    "open": "现在未到",
    "first": "开学第三天未到名单",
    "weeks": "两周后未到名单",
    "absent": "空挂（去向不明）",
    "excused": "未到，有事由",
    "settled": "未到已有着落",
    "uncalled": "未登记",
    "not_expected": "不点到",
}


def listing(request: HttpRequest, roll: UUID) -> HttpResponse:
    """One list; ``show`` says which."""
    actor, found, book, dates = roll_of(request, roll)
    show = request.GET.get("show", "open")
    if show not in _TITLES:
        raise Http404
    narrowed, on = _narrowed(show, dates)
    total = selectors.lines_count([roll], show=narrowed, on=on)
    number = page_number(request)
    lines = selectors.lines([roll], show=narrowed, on=on, offset=(number - 1) * PAGE_SIZE, limit=PAGE_SIZE)
    classes = class_words((one.class_group for one in lines), found.listed_on)
    here = reverse("web:rollcall-absent", args=[roll])
    context = {
        "roll": found,
        "dates": dates,
        "title": _TITLES[show],
        "show": show,
        "on": on,
        "school_name": organisation_names([found.school]).get(found.school, ""),
        "tabs": [
            {"title": title, "url": f"{here}?show={key}", "current": key == show} for key, title in _TITLES.items()
        ],
        "rows": [_row(one, classes, book) for one in lines],
        "total": total,
        "page": CountedPage(lines, number, total),
        "may_enter": may_enter(actor, found),
        "help": help_for("rollcall_absent"),
    }
    return render(request, "rollcall/absent.html", context)


def _narrowed(show: str, dates: TermDates) -> tuple[str, date | None]:
    if show == "first":
        return selectors.ABSENT_ON, dates.first_list_on
    if show == "weeks":
        return selectors.ABSENT_ON, dates.second_list_on
    return show, None


def _row(one: LineView, classes: dict[UUID | None, str], book: Rulebook) -> dict[str, Any]:
    colour, words = situation(one, book)
    tried = (
        f"{one.attempts} 次，{one.failed} 次未联系上" if one.failed else f"{one.attempts} 次" if one.attempts else ""
    )
    return {
        "name": one.name or "（学籍已不在本校）",
        "url": reverse("web:rollcall-line", args=[one.id]),
        "class_name": classes.get(one.class_group, ""),
        "student_number": one.student_number,
        "state": colour,
        "state_text": words,
        "read": read_as(one, book),
        "tried": tried,
    }
