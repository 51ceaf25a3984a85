"""升级 and 毕业年级离校: a whole cohort at a time, lodged by the registrar, decided as the rulebook says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from xueji.doors.web.actors import actor_of
from xueji.doors.web.help import help_for
from xueji.doors.web.places import SCHOOL_POSTS
from xueji.ground.organisations import selectors as organisations
from xueji.ground.parameters import selectors as parameters
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.rulebook import Rulebook
from xueji.pure.kernel.school_year import STAGE_NAMES, Stage, grade_name, school_year_name
from xueji.pure.kernel.types import Actor, Level, Refused, Role
from xueji.registry.applications import selectors as applications
from xueji.registry.applications import services
from xueji.registry.applications.models import ApplicationState
from xueji.registry.applications.types import ApplicationView, LodgeResult
from xueji.registry.register import selectors as register


def _school(request: HttpRequest) -> Actor:
    actor = actor_of(request)
    if actor.level is not Level.SCHOOL or actor.role not in SCHOOL_POSTS:
        raise Http404
    return actor


def _cohorts(actor: Actor, book: Rulebook) -> dict[tuple[str, int], int]:
    """Registered pupils by (stage, intake year), cohorts that have left long ago without any left out."""
    pupils = register.class_counts(actor.organisation)
    found: dict[tuple[str, int], int] = {}
    for group in organisations.class_groups(actor.organisation, stages=book.stages, graduated=True):
        key = (group.stage, group.intake_year)
        found[key] = found.get(key, 0) + pupils.get(group.id, 0)
    return dict(sorted(found.items(), key=lambda item: (item[0][0] != "primary", -item[0][1])))


def _under_way(actor: Actor, kind: str) -> list[ApplicationView]:
    found = applications.applications([actor.organisation], kinds=[kind], states=ApplicationState.under_way())
    return [one for one in found if one.school == actor.organisation]


def promotion(request: HttpRequest) -> HttpResponse:
    """Which cohorts move up into this school year, which are confirmed."""
    actor, book = _school(request), parameters.rulebook(today())
    year = book.school_year()
    if request.method == "POST":
        lodged = _lodged(
            request, lambda: services.lodge_promotion(actor=actor, school=actor.organisation, school_year=year)
        )
        if isinstance(lodged, HttpResponse):
            return lodged
        return render(request, "pupils/promotion.html", _promotion(actor, book, year) | {"refused": lodged}, status=409)
    return render(request, "pupils/promotion.html", _promotion(actor, book, year))


def _promotion(actor: Actor, book: Rulebook, year: int) -> dict[str, Any]:
    confirmed = organisations.promoted(actor.organisation, year)
    open_ones = _under_way(actor, "promotion")
    rows, waiting = [], False
    for (stage, intake), pupils in _cohorts(actor, book).items():
        before = book.stages.grade_of(stage, intake, year - 1)
        after = book.stages.grade_of(stage, intake, year)
        if before is None or after is None or intake >= year:
            continue
        done = (stage, intake) in confirmed
        waiting = waiting or not done
        rows.append(
            {
                "cohort": intake,
                "stage": STAGE_NAMES[Stage(stage)],
                "before": grade_name(before),
                "after": grade_name(after),
                "pupils": pupils,
                "state": "done" if done else "progress" if open_ones else "open",
                "state_text": "已确认" if done else "等分管校长确认" if open_ones else "未确认",
            }
        )
    return {
        "school_year": school_year_name(year),
        "rows": rows,
        "may": actor.role is Role.REGISTRAR and waiting and not open_ones,
        "why": "" if actor.role is Role.REGISTRAR else "由学籍管理员提出，分管校长确认",
        "open_url": reverse("web:application", args=[open_ones[0].id]) if open_ones else "",
        "waiting": waiting,
        "help": help_for("promotion"),
    }


def leaving(request: HttpRequest) -> HttpResponse:
    """Final grades that are in school still, by stage and school year."""
    actor, book = _school(request), parameters.rulebook(today())
    if request.method == "POST":
        stage, _, typed = request.POST.get("cohort", "").partition(":")
        if stage not in STAGE_NAMES or not typed.isdecimal():
            raise Http404
        lodged = _lodged(
            request,
            lambda: services.lodge_leaving(actor=actor, school=actor.organisation, stage=stage, school_year=int(typed)),
        )
        if isinstance(lodged, HttpResponse):
            return lodged
        return render(request, "pupils/leaving.html", _leaving(actor, book) | {"refused": lodged}, status=409)
    return render(request, "pupils/leaving.html", _leaving(actor, book))


def _leaving(actor: Actor, book: Rulebook) -> dict[str, Any]:
    now = book.school_year()
    open_ones = {(one.stage, one.school_year): one for one in _under_way(actor, "leaving")}
    rows = []
    for (stage, intake), pupils in _cohorts(actor, book).items():
        year = intake + book.stages.years_of(stage) - 1
        if year > now or not pupils:
            continue
        under_way = open_ones.get((stage, year))
        why = "" if actor.role is Role.REGISTRAR else "由学籍管理员提出"
        rows.append(
            {
                "key": f"{stage}:{year}",
                "cohort": intake,
                "stage": STAGE_NAMES[Stage(stage)],
                "grade": grade_name(book.stages.final_grade(stage)),
                "school_year": school_year_name(year),
                "pupils": pupils,
                "state": "progress" if under_way else "open",
                "state_text": "正在办理" if under_way else "在籍",
                "url": reverse("web:application", args=[under_way.id]) if under_way else "",
                "may": not under_way and not why,
                "why": why if not under_way else "",
            }
        )
    return {"rows": rows, "help": help_for("leaving")}


def _lodged(request: HttpRequest, lodge: Callable[[], LodgeResult]) -> HttpResponse | Refused:
    try:
        result = lodge()
    except Refused as refused:
        return refused
    messages.success(request, "已提交，进展见右边的办理步骤。", extra_tags="done")
    return redirect("web:application", result.application)
