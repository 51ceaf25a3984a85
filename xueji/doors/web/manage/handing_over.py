"""交接: what waits at a post, who takes it over, from which day."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from xueji.doors.web.actors import Session, actor_of
from xueji.doors.web.dates import read_day
from xueji.doors.web.help import help_for
from xueji.doors.web.home.tasks import tasks_of
from xueji.doors.web.manage import posts
from xueji.doors.web.names import uuid_of
from xueji.doors.web.places import REGISTRY_POSTS, ROLE_NAMES
from xueji.duties.training import selectors, services
from xueji.duties.training.services import Successor
from xueji.ground.accounts.models import PostHolding
from xueji.ground.accounts.selectors import names_of
from xueji.ground.accounts.services.authority import keeps
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.types import Actor, Level, Refused, Role


def handover(request: HttpRequest, holding: UUID) -> HttpResponse:
    """The form with what moves; afterwards the new account's slip, or back to the posts."""
    actor = actor_of(request)
    found = posts.held_in_reach(actor, holding)
    if found is None or not keeps(actor, found.post.organisation_id, Role(found.post.role)):
        raise Http404
    refused, values = None, request.POST
    waiting = open_work(found) if actor.role in REGISTRY_POSTS else []
    if request.method == "POST":
        try:
            outcome = services.hand_over(
                actor=actor, holding=found.pk, on=_day(values.get("on", "")), to=_successor(request), moved=waiting
            )
        except Refused as error:
            refused = error
        else:
            if outcome.slip is not None:
                return posts.slips_page(request, [outcome.slip])
            messages.success(request, _done(values.get("to", "")), extra_tags="done")
            return redirect("web:posts")
    people = [one for one in selectors.colleagues(found.post.organisation_id) if one[0] != found.account_id]
    context = {
        "row": posts.row_of(found),
        "holding": found.pk,
        "waiting": waiting,
        "sees_work": actor.role in REGISTRY_POSTS,
        "people": [(str(person), f"{name}（{title}）") for person, name, title in people],
        "typed": {name: values.get(name, "") for name in ("on", "to", "name", "trained_on")},
        "today": today(),
        "refused": refused,
        "help": help_for("handover"),
    }
    return render(request, "manage/handover.html", context, status=409 if refused else 200)


def _done(to: str) -> str:
    if to == "nobody":
        return "已办理离任，岗位暂缺。没有办完的事留在岗位上；可以在“委托与代办”中指定代办人。"
    return "已办理交接。岗位上没有办完的事，由接任人继续办理。"


def _day(typed: str) -> Any:
    day = read_day(typed)
    if day is None:
        raise Refused("web.day", f"日期“{typed}”读不出来，请写成 2008-09-03 或 20080903。")
    return day


def _successor(request: HttpRequest) -> Successor | None:
    to, typed = request.POST.get("to", ""), request.POST.get("trained_on", "").strip()
    trained_on = _day(typed) if typed else None
    if to == "nobody":
        return None
    if to == "new":
        return Successor(name=request.POST.get("name", ""), trained_on=trained_on)
    person = uuid_of(to)
    if person is None:
        raise Refused("training.no_successor", "请选择接任人；暂时没有接任人的，选“暂缺”。")
    return Successor(account=person, trained_on=trained_on)


def open_work(found: PostHolding) -> list[dict[str, Any]]:
    """What the holder's first page lists now: it stays with the post, whoever holds it."""
    if Role(found.post.role) not in REGISTRY_POSTS:
        return []
    place = found.post.organisation
    holder = Actor(
        found.account_id, found.post_id, place.id, Role(found.post.role), Level(place.level), found.account.name,
        trained=found.trained_on is not None,
    )  # fmt: skip
    session = Session(holder, place.name, stage=found.post.stage)
    return [
        {"title": one["title"], "count": one["count"], "due": one["due"], "state": one["state"]}
        for one in tasks_of(session)
    ]


def history(found: PostHolding) -> list[dict[str, Any]]:
    """Everyone who held the post, and what moved at each handover, the last first."""
    handed = {one.from_person: one for one in reversed(selectors.handovers_of(found.post_id))}
    names = names_of(one.recorded_by for one in handed.values())
    lines = []
    for one in selectors.holders_over_time(found.post_id):
        over = handed.get(one.account_id) if one.ended_on else None
        lines.append(
            {
                "name": one.account.name,
                "from": one.started_on,
                "to": one.ended_on,
                "trained_on": one.trained_on,
                "moved": "；".join(f"{line['title']} {line['count']} 件" for line in over.moved) if over else "",
                "by": names.get(over.recorded_by, "") if over else "",
            }
        )
    return lines


def role_words(found: PostHolding) -> str:
    """The post's own title, else the role's."""
    return found.post.title or ROLE_NAMES[Role(found.post.role)]
