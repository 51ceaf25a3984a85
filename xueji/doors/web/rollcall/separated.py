"""人籍分离: pupils in class here whose record is elsewhere or nowhere."""

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
from xueji.doors.web.rollcall.words import class_words, group_key, group_of, may_enter, roll_of
from xueji.ground.organisations.selectors import class_order
from xueji.ground.parameters import selectors as parameters
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.rulebook import Rulebook
from xueji.pure.kernel.types import Actor, Refused
from xueji.registry.applications import selectors as applications
from xueji.registry.rollcall import selectors, services
from xueji.registry.rollcall.types import RollView, SeparatedView


def listing(request: HttpRequest, roll: UUID) -> HttpResponse:
    """The list; POST adds one or says how it ended."""
    actor, found, book, dates = roll_of(request, roll)
    refused: Refused | None = None
    if request.method == "POST":
        try:
            words, good = _act(request, actor, found)
        except Refused as why:
            refused = why
        else:
            messages.success(request, words, extra_tags="done" if good else "soon")
            return redirect("web:rollcall-separated", roll)
    rows = selectors.separated([roll])
    groups = [one for one in selectors.class_counts(roll) if one is not None]
    classes = class_words({*groups, *(one.class_group for one in rows)}, found.listed_on)
    schools = organisation_names(one.elsewhere for one in rows)
    order = class_order(found.school)
    ends = [one for one in book.calendar.terms.ends if one.separated]
    titles = {one.outcome: one.title for one in ends}
    context = {
        "roll": found,
        "dates": dates,
        "school_name": organisation_names([found.school]).get(found.school, ""),
        "rows": [_row(one, classes, schools, titles) for one in rows],
        "open": sum(not one.outcome for one in rows),
        "groups": [(group_key(one), classes.get(one, "")) for one in sorted(groups, key=lambda one: order.get(one, 0))],
        "document_types": [(row.code, row.name) for row in book.codes["id_document_type"].rows],
        "ends": ends,
        "in_hand": _in_hand(actor, found, book),
        "may_enter": may_enter(actor, found),
        "today": today(),
        "typed": request.POST if refused else {},
        "refused": refused,
        "help": help_for("rollcall_separated"),
    }
    return render(request, "rollcall/separated.html", context, status=409 if refused else 200)


def _act(request: HttpRequest, actor: Actor, roll: RollView) -> tuple[str, bool]:
    posted = request.POST
    if posted.get("act") == "settle":
        return _settle(request, actor), True
    text = posted.get("found_by", "").strip()
    width = parameters.rulebook(today()).numbers["registration_number"].width
    number = text if len(text) == width and text.isdecimal() else ""
    document = (posted.get("document_type", ""), text) if text and not number else None
    group = group_of(posted["group"]) if posted.get("group") else None
    made = services.add_separated(
        actor=actor, roll=roll.id, name=posted.get("name", ""), class_group=group, number=number, document=document,
        note=posted.get("note", ""),
    )  # fmt: skip
    if made.elsewhere is not None:
        school = organisation_names([made.elsewhere]).get(made.elsewhere, "")
        return f"已登记。学籍在“{school}”，请办理转学或借读。", True
    if text:
        return "已登记。按这个号码和姓名没有查到在籍学籍，请核对号码，或为学生建立学籍。", False
    return "已登记。补充学籍号或证件号后可以查找学籍在哪里。", True


def _settle(request: HttpRequest, actor: Actor) -> str:
    posted = request.POST
    text = posted.get("on", "").strip()
    day = read_day(text) if text else today()
    if day is None:
        raise Refused("web.day", f"日期“{text}”读不出来，请写成 2008-09-03 或 20080903。")
    try:
        row = UUID(posted.get("row", ""))
        application = UUID(posted["application"]) if posted.get("application") else None
    except ValueError:
        raise Http404 from None
    services.settle_separated(
        actor=actor, separated=row, outcome=posted.get("outcome", ""), on=day, application=application
    )
    return "处理结果已登记。"


def _in_hand(actor: Actor, roll: RollView, book: Rulebook) -> list[tuple[str, str]]:
    """The school's own changes in hand that may end one: (application, words)."""
    if not may_enter(actor, roll):
        return []
    kinds = [kind for end in book.calendar.terms.ends if end.separated for kind in end.kinds]
    found = applications.applications([roll.school], kinds=kinds)
    return [
        (str(one.id), f"{book.changes[one.kind].title} {one.lodged_on.isoformat()}")
        for one in found
        if one.kind in book.changes and one.state not in ("refused", "retracted")
    ]


def _row(
    one: SeparatedView, classes: dict[UUID | None, str], schools: dict[UUID, str], titles: dict[str, str]
) -> dict[str, Any]:
    where = schools.get(one.elsewhere, "") if one.elsewhere else ""
    return {
        "id": one.id,
        "name": one.name,
        "note": one.note,
        "class_name": classes.get(one.class_group, "") if one.class_group else "",
        "elsewhere": where or "没有查到",
        "found": bool(where),
        "open": not one.outcome,
        "state": "done" if one.outcome else "wrong",
        "state_text": f"{titles.get(one.outcome, one.outcome)}，{one.outcome_on}" if one.outcome else "待处理",
        "application_url": reverse("web:application", args=[one.application]) if one.application else "",
    }
