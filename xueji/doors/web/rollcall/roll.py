"""One school's roll of a term: figures, classes, lists, and what is still to be done before it can be closed."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from xueji.doors.web.due import due_state
from xueji.doors.web.help import help_for
from xueji.doors.web.home.calendar import CalendarLine
from xueji.doors.web.names import organisation_names
from xueji.doors.web.rollcall import supplements
from xueji.doors.web.rollcall.words import (
    class_words,
    group_key,
    may_enter,
    roll_of,
    standing_words,
    term_tabs,
)
from xueji.doors.web.templatetags.ui import short_check
from xueji.ground.accounts import selectors as accounts
from xueji.ground.accounts.services.acts import can_act
from xueji.ground.organisations.selectors import class_order
from xueji.pure.kernel.environment import day_of, today
from xueji.pure.kernel.terms import TermDates
from xueji.pure.kernel.types import Actor, Level, Refused, Role
from xueji.registry.rollcall import selectors, services
from xueji.registry.rollcall.authority import hands
from xueji.registry.rollcall.models import RollState
from xueji.registry.rollcall.types import Counts, RollView


def show(request: HttpRequest, roll: UUID) -> HttpResponse:
    """The roll."""
    return page(request, roll)


@require_POST
def act(request: HttpRequest, roll: UUID) -> HttpResponse:
    """Compare with the register again, or close."""
    actor, found, _, _ = roll_of(request, roll)
    try:
        if request.POST.get("act") == "close":
            services.close(actor=actor, roll=roll)
            words = "报到注册已办结，人数和摘要已记入学校的学籍簿。"
        else:
            can_act(actor)
            added, changed = services.compare_roll(actor=actor, roll=found.id)
            words = (
                f"已按学籍更新：新增 {added} 人，变化 {changed} 人。"
                if added or changed
                else "名单与学籍一致，没有变化。"
            )
    except Refused as refused:
        return page(request, roll, refused)
    messages.success(request, words, extra_tags="done")
    return redirect("web:rollcall-roll", roll)


def page(request: HttpRequest, roll: UUID, refused: Refused | None = None) -> HttpResponse:
    """The page, also after a refusal."""
    actor, found, book, dates = roll_of(request, roll)
    counts = selectors.counts_of([roll]).get(roll, Counts())
    colour, words = standing_words(found, dates)
    put_right = supplements.of_roll(found, book)
    agreed = [one["state"] == "done" for one in put_right]
    context: dict[str, Any] = {
        "roll": found,
        "dates": dates,
        "state": colour,
        "state_text": words,
        "school_name": organisation_names([found.school]).get(found.school, ""),
        "closed": found.state == RollState.CLOSED,
        "of_bureau": actor.level is not Level.SCHOOL,
        "tabs": term_tabs(book, found.term) if actor.level is Level.SCHOOL else [],
        "counts": counts,
        "figures": _figures(counts),
        "closed_figures": _figures(Counts(**found.counts)) if found.counts and any(agreed) else [],
        "agreed": sum(agreed),
        "supplements": put_right,
        "classes": _classes(found),
        "lists": _lists(found, counts, dates),
        "may_enter": may_enter(actor, found),
        "closing": _closing(actor, found, counts),
        "events": _story(found, dates),
        "refused": refused,
        "help": help_for("rollcall"),
    }
    return render(request, "rollcall/roll.html", context, status=409 if refused else 200)


def _figures(counts: Counts) -> list[tuple[str, int]]:
    return [
        ("应到", counts.expected),
        ("已到", counts.here),
        ("未登记", counts.uncalled),
        ("未到有事由", counts.excused),
        ("未到无事由", counts.absent),
        ("已有去向", counts.settled),
    ]


def _classes(roll: RollView) -> list[dict[str, Any]]:
    counts = selectors.class_counts(roll.id)
    names = class_words(counts, roll.listed_on)
    order = class_order(roll.school)
    rows = []
    for group in sorted(counts, key=lambda one: order.get(one, len(order))):
        figures = counts[group]
        if not figures.expected and group is None:
            continue
        state, words = _class_words(figures)
        rows.append(
            {
                "name": names.get(group, ""),
                "url": f"{reverse('web:rollcall-class', args=[roll.id])}?group={group_key(group)}",
                "key": group_key(group),
                "counts": figures,
                "state": state,
                "state_text": words,
            }
        )
    return rows


def _class_words(counts: Counts) -> tuple[str, str]:
    if counts.uncalled:
        return ("open", "未登记") if counts.uncalled == counts.expected else ("progress", "登记了一部分")
    return ("wrong", f"{counts.absent} 人去向不明") if counts.absent else ("done", "已登记")


def _lists(roll: RollView, counts: Counts, dates: TermDates) -> list[dict[str, Any]]:
    """The lists of the third day, of two weeks later, and of now."""
    url = reverse("web:rollcall-absent", args=[roll.id])

    def line(show: str, title: str, text: str, number: int, state: str) -> dict[str, Any]:
        return {"title": title, "text": text, "url": f"{url}?show={show}", "count": number, "state": state}

    rows = []
    for show, title, day in (
        ("first", "开学第三天未到名单", dates.first_list_on),
        ("weeks", "两周后未到名单", dates.second_list_on),
    ):
        if today() >= day:
            number = selectors.lines_count([roll.id], show=selectors.ABSENT_ON, on=day)
            rows.append(line(show, title, f"{day.isoformat()} 当天仍未到校的", number, "open"))
    rows.append(line("open", "现在未到", "每人须查明去向", counts.no_shows, "soon" if counts.no_shows else "done"))
    rows.append(
        line("absent", "空挂", "学籍在本校，人不在，去向不明", counts.absent, "wrong" if counts.absent else "done")
    )
    rows.append(line("settled", "未到已有着落", "后来到校、转学、休学、辍学等", _settled(roll), "done"))
    not_called = counts.not_expected + counts.gone
    rows.append(line("not_expected", "不点到", "休学、出国、借读在外、学籍已转走", not_called, "open"))
    apart = "wrong" if counts.separated_open else "done"
    rows.append(
        {
            "title": "人籍分离",
            "text": "人在本校上课，学籍不在本校",
            "url": reverse("web:rollcall-separated", args=[roll.id]),
            "count": counts.separated,
            "state": apart,
        }
    )
    return rows


def _settled(roll: RollView) -> int:
    return selectors.lines_count([roll.id], show="settled")


def _closing(actor: Actor, roll: RollView, counts: Counts) -> dict[str, Any]:
    """The button of the deputy head, or why it is off."""
    if roll.state == RollState.CLOSED or actor.organisation != roll.school:
        return {}
    if counts.uncalled:
        return {"why": f"还有 {counts.uncalled} 人未登记"}
    if counts.absent:
        return {"why": f"还有 {counts.absent} 人去向不明"}
    if counts.separated_open:
        return {"why": f"还有 {counts.separated_open} 人人籍分离"}
    if actor.role is not Role.DEPUTY_HEAD:
        return {"why": "由分管校长审核办结"}
    if actor.person in hands(roll.id):
        return {"why": "您登记过这份名单，须由另一人办结"}
    return {"may": True}


def _story(roll: RollView, dates: TermDates) -> list[CalendarLine]:
    names = accounts.names_of([one for one in (roll.opened_by, roll.closed_by) if one])
    closed = day_of(roll.closed_at).isoformat() if roll.closed_at and roll.closed_by else ""
    opened = day_of(roll.opened_at).isoformat()
    done = roll.state == RollState.CLOSED
    events = [
        CalendarLine("done", opened, "生成报到名单", who=names.get(roll.opened_by, "")),
        _day(dates.starts_on, "开学", "班主任点到，学籍管理员登记"),
        _day(dates.first_list_on, "第三天名单", "对未到学生逐一联系"),
        CalendarLine(
            "done" if done else due_state(dates.clear_by), dates.clear_by.isoformat(), "未到学生须有着落",
            "已到校、转学、休学或辍学", basis=dates.basis,
        ),
        _day(dates.second_list_on, "两周后名单", "多次联系不上、又满规定天数的，按辍学申报"),
    ]  # fmt: skip
    events.sort(key=lambda event: event.when)  # a list may be made before or after the first day of term
    if closed and roll.closed_by:
        events.append(
            CalendarLine("done", closed, "办结", f"摘要 {short_check(roll.digest)}", names.get(roll.closed_by, ""))
        )
    else:
        events.append(CalendarLine("open", "", "分管校长审核办结"))
    return events


def _day(day: Any, what: str, text: str) -> CalendarLine:
    return CalendarLine("done" if day <= today() else "open", day.isoformat(), what, text)
