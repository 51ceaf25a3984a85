"""A bureau's round: the form that draws it, and how its schools stand."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from xueji.doors.web.actors import actor_of
from xueji.doors.web.help import help_for
from xueji.doors.web.inspections.board import inspection_rows
from xueji.doors.web.names import organisation_names
from xueji.duties.inspections import selectors, services
from xueji.duties.inspections.models import InspectionRound, Method
from xueji.duties.inspections.population import bureaus_in_reach, schools_in_reach
from xueji.duties.inspections.services import RoundPlan
from xueji.ground.organisations import selectors as organisations
from xueji.ground.parameters import selectors as parameters
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.types import Level, Refused
from xueji.pure.rules.rounds import ROUND_RULES

_RULES = tuple((rule.code, rule.title) for rule in ROUND_RULES if rule.standing)
_METHODS = tuple((one.value, str(one.label)) for one in (Method.RANDOM, Method.RISK, Method.RULE))


def new(request: HttpRequest) -> HttpResponse:
    """The form; POST draws."""
    actor = actor_of(request)
    if actor.level is Level.SCHOOL:
        raise Http404
    bureau = organisations.by_id(actor.organisation)
    refused: Refused | None = None
    if request.method == "POST":
        try:
            made = services.draw_round(actor=actor, plan=_plan(request))
        except Refused as why:
            refused = why
        else:
            messages.success(request, "已抽定，名单和种子永久保存，不能再改。", extra_tags="done")
            return redirect("web:inspection-round", made)
    rules = parameters.rulebook(today()).inspections
    term = parameters.rulebook(today()).calendar.terms.running(today())
    sizes = {name: size.standard for name, size in rules.sizes.items()}
    typed = request.POST if refused else {
        "title": f"{term.title}学籍检查" if term else "", "school_method": "named", "method": "random",
        "records": sizes.get("record", 0), "procedures": sizes.get("procedure", 0), "school_count": 1,
    }  # fmt: skip
    picked = set(request.POST.getlist("schools"))
    context = {
        "schools": [(str(one.id), one.name, str(one.id) in picked) for one in schools_in_reach(bureau)],
        "bureaus": [
            (str(one.id), "市直属学校" if one.id == bureau.id else one.name) for one in bureaus_in_reach(bureau)
        ]
        if actor.level is Level.CITY
        else [],
        "school_methods": (("named", "指定学校"), *_METHODS),
        "methods": _METHODS,
        "rules": _RULES,
        "risks": [(one.title, one.weight) for one in rules.risks],
        "typed": typed,
        "refused": refused,
        "help": help_for("inspection_round_new"),
    }
    return render(request, "inspections/round_new.html", context, status=409 if refused else 200)


def _plan(request: HttpRequest) -> RoundPlan:
    posted = request.POST
    try:
        schools, within = (tuple(UUID(one) for one in posted.getlist(name) if one) for name in ("schools", "within"))
    except ValueError:
        raise Http404 from None
    return RoundPlan(
        title=posted.get("title", ""),
        school_method=posted.get("school_method", ""),
        method=posted.get("method", ""),
        schools=schools if posted.get("school_method") == Method.NAMED else (),
        within=within if posted.get("school_method") != Method.NAMED else (),
        school_count=_number(posted.get("school_count", "")),
        records=_number(posted.get("records", "")),
        procedures=_number(posted.get("procedures", "")),
        rule=posted.get("rule", ""),
        seed=posted.get("seed", ""),
        retention=posted.get("retention") == "1",
    )


def _number(text: str) -> int:
    """A whole number that was typed; -1 for anything else, which the service refuses with words."""
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0 if not text else -1


def _within(view: InspectionRound) -> list[str]:
    """The bureaus that a round was narrowed to."""
    names = organisation_names(map(UUID, view.within))
    return ["市直属学校" if one == str(view.bureau) else names.get(UUID(one), "") for one in view.within]


def page(request: HttpRequest, found: UUID) -> HttpResponse:
    """The round: how it was drawn, its schools."""
    view = selectors.round_of(found)
    if view is None:
        raise Http404
    rows = inspection_rows(selectors.inspections_of_round(found))
    rules = dict(_RULES)
    context: dict[str, Any] = {
        "view": view,
        "bureau": organisation_names([view.bureau]).get(view.bureau, ""),
        "rows": rows,
        "done": sum(row["state"] == "done" for row in rows),
        "summary": [
            ("学校怎样抽", Method(view.school_method).label),
            ("从几所里抽", f"{view.population} 所抽 {view.schools} 所"),
            *([("在哪里抽", "、".join(_within(view)))] if view.within else []),
            ("学生和变动怎样抽", Method(view.method).label + (f"：{rules[view.rule]}" if view.rule in rules else "")),
            ("每校抽", f"学生 {view.records} 名，变动 {view.procedures} 件"),
            ("种子", view.seed),
            ("控辍保学", "一并检查" if view.retention else "不一并检查"),
        ],
        "retention_url": f"{reverse('web:inspection-retention')}?year={view.school_year}&round={view.pk}",
        "help": help_for("inspection_round"),
    }
    return render(request, "inspections/round.html", context)
