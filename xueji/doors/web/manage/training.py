"""培训: how every holder stands, what runs out, the bureau's courses; a lapsed holder locked and let go."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from xueji.doors.web.actors import required_session
from xueji.doors.web.help import help_for
from xueji.doors.web.lists import chosen, paged
from xueji.doors.web.places import BUREAU_POSTS, ROLE_NAMES
from xueji.duties.training import selectors
from xueji.duties.training.models import CourseKind
from xueji.duties.training.selectors import STATE_TITLES, CourseLine, Standing
from xueji.ground.accounts.staffing import staffing_of
from xueji.ground.organisations import selectors as organisations
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.staffing import TrainingState
from xueji.pure.kernel.types import Actor, Level, Role

COLOURS = {
    TrainingState.UNTRAINED: "wrong",
    TrainingState.LAPSED: "wrong",
    TrainingState.LAPSING: "soon",
    TrainingState.TRAINED: "done",
    TrainingState.LOCKED: "open",
}


def places_of(actor: Actor) -> list[UUID]:
    """Own organisation; of a bureau those whom it trains; of the city all."""
    found = [actor.organisation]
    if actor.level is Level.CITY:
        return [*found, *(one.id for one in organisations.districts()), *(one.id for one in organisations.schools())]
    if actor.level is Level.DISTRICT:
        found += [one.id for one in organisations.schools_of(actor.organisation)]
    return found


def training(request: HttpRequest) -> HttpResponse:
    """The list, worst first, narrowed by state; of a bureau its courses beside it."""
    session = required_session(request)
    actor = session.actor
    every = selectors.standings(places_of(actor))
    counts = selectors.counts(every)
    state = chosen(
        request, "state", "培训情况", [(key.value, f"{title}（{counts[key]}）") for key, title in STATE_TITLES.items()]
    )
    page = paged(request, [one for one in every if not state.value or one.state.value == state.value])
    rules = staffing_of(actor.organisation)
    bureau = actor.role in BUREAU_POSTS
    context: dict[str, Any] = {
        "sub": f"{session.organisation_name}，{len(every):,} 个须经培训的任职人",
        "filters": [state],
        "page": page,
        "rows": [row_of(one, opens=bureau) for one in page],
        "bureau": bureau,
        "courses": [_course(one) for one in selectors.courses(actor.organisation)] if bureau else [],
        "others": _courses_of_others(actor) if bureau else [],
        "others_title": "各区县的培训" if actor.level is Level.CITY else "市局的培训",
        "terms": [f"{ROLE_NAMES[role]} {term.years} 年" for role, term in rules.terms.items()],
        "may_lock_now": rules.locks_hold(today()),
        "help": help_for("training_bureau" if bureau else "training"),
    }
    return render(request, "manage/training.html", context)


def _courses_of_others(actor: Actor) -> list[dict[str, Any]]:
    """At the city what the districts held, at a district what the city held; also where each has a node of its own."""
    city = actor.level is Level.CITY
    places = {one.id: one.name for one in (organisations.districts() if city else [organisations.city()])}
    lines = selectors.courses(*places)
    return [{**_course(one), "url": "", "bureau": places[one.course.bureau]} for one in lines]


def row_of(one: Standing, *, opens: bool) -> dict[str, Any]:
    """A line of the list."""
    held = one.holding
    return {
        "url": reverse("web:holding", args=[held.pk]) if opens else "",
        "name": held.account.name,
        "organisation": held.post.organisation.name,
        "role": held.post.title or ROLE_NAMES[Role(held.post.role)],
        "trained_on": held.trained_on,
        "lapses_on": one.lapses_on,
        "state": COLOURS[one.state],
        "state_text": STATE_TITLES[one.state],
    }


def _course(one: CourseLine) -> dict[str, Any]:
    if one.course.held_on > today():
        state = ("soon", "还没有举行")
    elif one.entered:
        state = ("done", f"已登记 {one.entered} 人，合格 {one.passed} 人")
    else:
        state = ("wrong", "还没有登记结果")
    return {
        "url": reverse("web:course", args=[one.course.pk]),
        "title": one.course.title,
        "kind": CourseKind(one.course.kind).label,
        "held_on": one.course.held_on,
        "mark": one.course.pass_mark,
        "state": state[0],
        "state_text": state[1],
    }
