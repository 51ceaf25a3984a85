"""常年核查: what a school has open by the rules of the round, now; for a bureau its schools by how much is open."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from xueji.doors.web.actors import required_session
from xueji.doors.web.help import help_for
from xueji.doors.web.lists import chips, chosen, paged
from xueji.doors.web.returns import lines
from xueji.doors.web.templatetags.ui import moment
from xueji.duties.returns import standing as rules
from xueji.duties.returns.models import Standing
from xueji.ground.organisations import selectors as organisations
from xueji.ground.organisations.models import Organisation
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.types import Actor, Level
from xueji.pure.rules.rounds import ROUND_RULES

_BUCKETS = (("errors", "有必须改正的"), ("queries", "有须核实的"), ("clean", "没有问题"))
_RULES = tuple((rule.code, rule.title) for rule in ROUND_RULES if rule.standing)


def index(request: HttpRequest) -> HttpResponse:
    """One's own school's list; for a bureau the overview."""
    session = required_session(request)
    if session.actor.level is Level.SCHOOL:
        return _school(request, session.actor, organisations.by_id(session.actor.organisation))
    return _overview(request, session.actor, session.organisation_name)


def of_school(request: HttpRequest, organisation: UUID) -> HttpResponse:
    """The list of one school of the bureau, of now."""
    actor = required_session(request).actor
    school = next((one for one in _schools(actor) if one.id == organisation), None)
    if school is None:
        raise Http404
    return _school(request, actor, school)


def _schools(actor: Actor) -> list[Organisation]:
    if actor.level is Level.SCHOOL:
        return [organisations.by_id(actor.organisation)]
    found = organisations.schools() if actor.level is Level.CITY else organisations.schools_of(actor.organisation)
    return list(found)


def _school(request: HttpRequest, actor: Actor, school: Organisation) -> HttpResponse:
    found = rules.findings_now([school.id]).get(school.id, [])
    shown = lines.groups(found, Level(actor.level))
    errors = sum(1 for item in found if item["severity"] == "error")
    context = {
        "title": f"{school.name} · 常年核查",
        "standing": f"{len(found):,} 处待处理" if found else "没有待处理的问题",
        "on": today(),
        "back": reverse("web:standing") if actor.level is not Level.SCHOOL else "",
        "groups": shown,
        "blocking": f"{errors} 处必须改正" if errors else "",
        "findings_title": "现在哪些地方还不对",
        "findings_none": "按上报的规则核查，现在没有问题。",
        "help": help_for("standing"),
    }
    return render(request, "returns/standing.html", context)


def _overview(request: HttpRequest, actor: Actor, name: str) -> HttpResponse:
    schools = _schools(actor)
    counts = rules.counts_of(one.id for one in schools)
    filters = [chosen(request, "bucket", "情况", _BUCKETS), chosen(request, "rule", "规则", _RULES)]
    rows = [_row(one, counts.get(one.id)) for one in schools]
    if filters[0].value:
        rows = [row for row in rows if _bucket(row) == filters[0].value]
    if filters[1].value:
        rows = [row for row in rows if row["codes"].get(filters[1].value)]
    rows.sort(key=lambda row: (-row["errors"], -row["queries"], row["code"]))
    newest = max((one.counted_at for one in counts.values()), default=None)
    context: dict[str, Any] = {
        "title": f"{name} · 常年核查",
        "rows": list(page := paged(request, rows)),
        "page": page,
        "total": len(rows),
        "filters": filters,
        "chips": chips(filters, request.path),
        "sums": [
            ("必须改正", sum(row["errors"] for row in rows)),
            ("须核实", sum(row["queries"] for row in rows)),
            ("没有问题的学校", sum(1 for row in rows if _bucket(row) == "clean")),
        ],
        "counted_at": moment(newest) if newest else "",
        "help": help_for("standing"),
    }
    return render(request, "returns/standing_overview.html", context)


def _row(school: Organisation, counted: Standing | None) -> dict[str, Any]:
    codes = counted.codes if counted else {}
    titles = [f"{title} {codes[code]}" for code, title in _RULES if codes.get(code)]
    state, words = ("open", "尚未核查")
    if counted:
        state, words = (
            ("wrong", "须改正") if counted.errors else ("soon", "须核实") if counted.queries else ("done", "无")
        )
    return {
        "name": school.name,
        "code": school.code,
        "url": reverse("web:standing-of", args=[school.id]),
        "errors": counted.errors if counted else 0,
        "queries": counted.queries if counted else 0,
        "codes": codes,
        "what": "、".join(titles[:4]) + ("等" if len(titles) > 4 else ""),
        "state": state,
        "state_text": words,
        "counted": counted is not None,
    }


def _bucket(row: dict[str, Any]) -> str:
    if not row["counted"]:
        return ""
    return "errors" if row["errors"] else "queries" if row["queries"] else "clean"
