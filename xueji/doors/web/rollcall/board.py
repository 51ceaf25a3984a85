"""报到注册: one's own school's roll, or the bureau's schools; the registrar opens the term's roll here."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from xueji.doors.web.actors import actor_of, required_session
from xueji.doors.web.help import help_for
from xueji.doors.web.lists import chosen, paged
from xueji.doors.web.rollcall.words import asked_term, city_book, standing_words, term_tabs
from xueji.ground.organisations import selectors as organisations
from xueji.pure.kernel.terms import TermDates
from xueji.pure.kernel.types import Actor, Level, Refused, Role
from xueji.registry.rollcall import selectors, services
from xueji.registry.rollcall.authority import school_rulebook
from xueji.registry.rollcall.selectors.boards import NONE
from xueji.registry.rollcall.types import BoardLine

_BUCKETS = (("late", "逾期"), ("none", "未开始"), ("open", "进行中"), ("closed", "已办结"))


def index(request: HttpRequest) -> HttpResponse:
    """The school's roll of the term, or the page to open it; for a bureau all its schools."""
    actor = actor_of(request)
    if actor.level is not Level.SCHOOL:
        return _board(request, actor)
    return _school(request, actor)


@require_POST
def begin(request: HttpRequest) -> HttpResponse:
    """Make the class lists."""
    actor = actor_of(request)
    if actor.level is not Level.SCHOOL:
        raise Http404
    dates = asked_term(request, school_rulebook(actor.organisation))
    try:
        roll = services.open_roll(actor=actor, school=actor.organisation, term=dates.code if dates else "")
    except Refused as refused:
        return _school(request, actor, refused)
    messages.success(request, "报到名单已按学籍生成。下一步：打印或下载名单交班主任。", extra_tags="done")
    return redirect("web:rollcall-roll", roll)


def _school(request: HttpRequest, actor: Actor, refused: Refused | None = None) -> HttpResponse:
    book = school_rulebook(actor.organisation)
    dates = asked_term(request, book)
    roll = selectors.of_school(actor.organisation, dates.code) if dates else None
    if roll is not None and refused is None:
        return redirect("web:rollcall-roll", roll.id)
    now = book.calendar.terms.current(book.day)
    context: dict[str, Any] = {
        "dates": dates,
        "tabs": term_tabs(book, dates.code if dates else ""),
        "state": standing_words(None, dates) if dates else ("open", ""),
        "may_open": actor.role is Role.REGISTRAR and now is not None and dates is not None and now.code == dates.code,
        "why": "" if actor.role is Role.REGISTRAR else "由学籍管理员生成",
        "past": dates is not None and now is not None and now.code != dates.code,
        "refused": refused,
        "help": help_for("rollcall"),
    }
    return render(request, "rollcall/begin.html", context, status=409 if refused else 200)


def _board(request: HttpRequest, actor: Actor) -> HttpResponse:
    book = city_book()
    dates = asked_term(request, book)
    if dates is None:
        raise Http404
    city = actor.level is Level.CITY
    bureau = _bureau(request, actor) if city else actor.organisation
    if city and bureau is None:
        return _city(request, dates)
    schools = organisations.schools_of(bureau or actor.organisation)
    lines = selectors.board(list(schools), dates)
    filters = [chosen(request, "bucket", "情况", _BUCKETS)]
    shown = [one for one in lines if not filters[0].value or filters[0].value in _buckets_of(one)]
    page = paged(request, shown)
    sums = selectors.sums(lines)
    context = {
        "place": organisations.by_id(bureau).name if bureau else required_session(request).organisation_name,
        "city_url": f"{reverse('web:rollcall')}?term={dates.code}" if city else "",
        "bureau": bureau if city else "",
        "dates": dates,
        "tabs": term_tabs(book, dates.code),
        "filters": filters,
        "rows": [_row(one, dates) for one in page],
        "page": page,
        "total": len(lines),
        "late": sum(one.late for one in lines),
        "figures": _figures(lines),
        "sums": sums,
        "help": help_for("rollcall_board"),
    }
    return render(request, "rollcall/board.html", context)


def _bureau(request: HttpRequest, actor: Actor) -> UUID | None:
    """The bureau that the city opens: a district's, or its own for the schools directly under it."""
    asked = request.GET.get("bureau", "")
    if not asked:
        return None
    try:
        wanted = UUID(asked)
    except ValueError:
        raise Http404 from None
    if wanted != actor.organisation and wanted not in {one.id for one in organisations.districts()}:
        raise Http404
    return wanted


def _city(request: HttpRequest, dates: TermDates) -> HttpResponse:
    """The city: a line a bureau, from the same one reading of all schools."""
    lines = selectors.board(list(organisations.schools()), dates)
    below: dict[UUID, list[BoardLine]] = {}
    for one in lines:
        if one.bureau is not None:
            below.setdefault(one.bureau, []).append(one)
    bureaus = sorted(organisations.by_ids(below).values(), key=lambda one: (one.level == Level.CITY, one.code))
    rows = []
    for bureau in bureaus:
        own = below[bureau.id]
        closed, late = sum(one.state == "closed" for one in own), sum(one.late for one in own)
        state, words = ("open", "未开始") if all(one.state == NONE for one in own) else ("progress", "进行中")
        if late:
            state, words = "wrong", f"逾期 {late} 所"
        elif closed == len(own):
            state, words = "done", "全部办结"
        rows.append(
            {
                "name": "市直属学校" if bureau.level == Level.CITY else bureau.name,
                "url": f"{reverse('web:rollcall')}?term={dates.code}&bureau={bureau.id}",
                "schools": f"{closed} / {len(own)}",
                "state": state,
                "state_text": words,
                "counts": selectors.sums(own),
            }
        )
    context = {
        "dates": dates,
        "tabs": term_tabs(city_book(), dates.code),
        "rows": rows,
        "total": len(lines),
        "late": sum(one.late for one in lines),
        "figures": _figures(lines),
        "sums": selectors.sums(lines),
        "help": help_for("rollcall_board"),
    }
    return render(request, "rollcall/city.html", context)


def _buckets_of(one: BoardLine) -> tuple[str, ...]:
    return (one.state, "late") if one.late else (one.state,)


def _figures(lines: list[BoardLine]) -> list[tuple[str, int]]:
    sums = selectors.sums(lines)
    return [
        ("已办结学校", sum(one.state == "closed" for one in lines)),
        ("未开始学校", sum(one.state == NONE for one in lines)),
        ("应到学生", sums.expected),
        ("已到", sums.here),
        ("未到有事由", sums.excused),
        ("未到无事由（空挂）", sums.absent),
        ("人籍分离", sums.separated_open),
    ]


def _row(one: BoardLine, dates: TermDates) -> dict[str, Any]:
    colour = {"closed": "done", "open": "progress"}.get(one.state, "open")
    words = {"closed": "已办结", "open": "进行中"}.get(one.state, "未开始")
    return {
        "name": one.name,
        "code": one.code,
        "url": reverse("web:rollcall-roll", args=[one.roll]) if one.roll else "",
        "state": "wrong" if one.late else colour,
        "state_text": f"{words}，逾期" if one.late else words,
        "counts": one.counts,
        "opened": one.roll is not None,
    }
