"""代办: my post done by a colleague for a time; a substitute for a vacant post below my bureau; taking it back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from xueji.doors.web.actors import required_session
from xueji.doors.web.dates import read_day
from xueji.doors.web.help import help_for
from xueji.doors.web.names import organisation_names
from xueji.doors.web.places import BUREAU_POSTS, ROLE_NAMES
from xueji.ground.accounts import services
from xueji.ground.accounts.models import Post
from xueji.ground.accounts.selectors import CAPACITY_TITLES, names_of
from xueji.ground.accounts.standing_in import StandIn, candidates, stand_ins, vacancies
from xueji.ground.organisations import selectors as organisations
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.types import Actor, Capacity, Level, Refused, Role


def _below(actor: Actor) -> list[UUID]:
    """The organisations whose vacant posts this bureau fills for a time."""
    if actor.role not in BUREAU_POSTS:
        return []
    found = [one.id for one in organisations.schools_of(actor.organisation)]
    return found + ([one.id for one in organisations.districts()] if actor.level is Level.CITY else [])


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def page(request: HttpRequest) -> HttpResponse:
    """What stands, what is vacant, and the form; an act comes back here."""
    session = required_session(request)
    actor, refused = session.actor, None
    if request.method == "POST":
        try:
            words = _do(actor, request)
        except Refused as error:
            refused = error
        else:
            messages.success(request, words, extra_tags="done")
            return redirect("web:standing-in")
    below = _below(actor)
    open_posts = vacancies(below)
    chosen = _uuid(request.POST.get("post", "") or request.GET.get("post", ""))
    vacant = next((one for one in open_posts if one.id == chosen), None)
    own = actor.capacity is Capacity.HOLDER
    context = {
        "sub": f"{session.organisation_name} · {ROLE_NAMES[actor.role]}",
        "rows": _rows(actor, stand_ins([actor.organisation, *below])),
        "may_delegate": own,
        "colleagues": _people(actor, [actor.organisation]) if own else [],
        "below": bool(below),
        "vacancies": [_vacancy(one) for one in open_posts],
        "vacant": _vacancy(vacant) if vacant else None,
        "people": _people(actor, [actor.organisation, *below]) if vacant else [],
        "today": today(),
        "typed": {act: request.POST if request.POST.get("act") == act else {} for act in ("delegate", "substitute")},
        "refused": refused,
        "help": help_for("standing_in"),
    }
    return render(request, "manage/standing_in.html", context, status=409 if refused else 200)


def _rows(actor: Actor, found: tuple[StandIn, ...]) -> list[dict[str, Any]]:
    names = organisation_names(one.organisation for one in found)
    persons = names_of(one.named_by for one in found)
    return [
        {
            "id": one.id,
            "post": f"{names.get(one.organisation, '')} · {ROLE_NAMES[one.role]}",
            "name": one.name,
            "ground": CAPACITY_TITLES[one.capacity],
            "named_by": persons.get(one.named_by, ""),
            "period": f"{one.started_on.isoformat()} 至 {(one.ended_on - timedelta(days=1)).isoformat()}",
            "state": "progress" if one.started_on <= today() else "open",
            "state_text": "代办中" if one.started_on <= today() else "还没开始",
            "may_end": one.named_by == actor.person
            or (actor.role in BUREAU_POSTS and one.organisation != actor.organisation),
        }
        for one in found
    ]


def _vacancy(one: Post) -> dict[str, Any]:
    return {
        "id": one.id,
        "organisation": one.organisation.name,
        "role": one.title or ROLE_NAMES[Role(one.role)],
        "url": f"{reverse('web:standing-in')}?post={one.id}#substitute",
    }


def _people(actor: Actor, where: list[UUID]) -> list[tuple[str, str]]:
    """(person, words) of those who could do it; never oneself."""
    found = [one for one in candidates(where) if one.person != actor.person]
    names = organisation_names(one.organisation for one in found) if len(where) > 1 else {}
    return [
        (str(one.person), " · ".join(part for part in (names.get(one.organisation, ""), one.title, one.name) if part))
        for one in found
    ]


def _do(actor: Actor, request: HttpRequest) -> str:
    values = request.POST
    act = values.get("act", "")
    if act == "end":
        wanted = _uuid(values.get("substitution", ""))
        if wanted is None:
            raise Http404
        services.end_substitution(actor=actor, substitution=wanted)
        return "已收回，从现在起不再由他人代办。"
    account = _uuid(values.get("account", ""))
    if account is None:
        raise Refused("web.person", "还没有选择代办人，请从列表中选择。")
    started, up_to = read_day(values.get("started_on", "")), read_day(values.get("up_to", ""))
    if started is None or up_to is None:
        raise Refused("web.day", "开始或截止日期读不出来，请写成 2008-09-03 或 20080903。")
    if act == "delegate":
        services.delegate(actor=actor, account=account, started_on=started, up_to=up_to)
        return "已委托。代办人登录后选择这个岗位即可办理；您本人仍可办理。"
    post = _uuid(values.get("post", ""))
    if act != "substitute" or post is None:
        raise Http404
    services.name_substitute(actor=actor, post=post, account=account, started_on=started, up_to=up_to)
    return "已指定代办人。岗位有人任职之日起，代办自动结束。"
