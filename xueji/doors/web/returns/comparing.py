"""Versions of a return side by side; differing figures by colour and sign, agreement told once."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from xueji.doors.web.actors import actor_of
from xueji.doors.web.help import help_for
from xueji.doors.web.lists import chosen
from xueji.doors.web.names import organisation_names
from xueji.doors.web.returns.one import line_of
from xueji.doors.web.returns.words import COLUMNS
from xueji.duties.returns import selectors
from xueji.duties.returns.comparing import Comparison, Differing, compare
from xueji.duties.returns.models import Return, ReturnState
from xueji.ground.parameters import selectors as parameters
from xueji.pure.kernel.school_year import STAGE_NAMES, Stage, grade_name
from xueji.pure.kernel.types import Level

_PARTS = {"totals": "人数", "flow": "增减"}


def page(request: HttpRequest, round_code: str, organisation: UUID) -> HttpResponse:
    """Two versions, the newest against the one before where nothing else was chosen."""
    line = line_of(round_code, actor_of(request), organisation)
    found = selectors.versions(round_code, organisation)
    if len(found) < 2:  # nothing to compare with yet
        return redirect("web:return", round_code, organisation)
    options = [(str(one.version), _title(one)) for one in found]
    before, after = chosen(request, "before", "先前", options), chosen(request, "after", "后来", options)
    by_version = {str(one.version): one for one in found}
    old = by_version[before.value or str(found[1].version)]
    new = by_version[after.value or str(found[0].version)]
    told = compare(old, new)
    names = organisation_names({UUID(one.organisation) for one in told.figures if one.organisation})
    context: dict[str, Any] = {
        "title": f"{line.name} · 第 {old.version} 次与第 {new.version} 次",
        "standing": "相同" if told.same else f"{len(told.figures):,} 个数字不同",
        "return_url": reverse("web:return", args=[round_code, organisation]),
        "round_title": selectors.round_of(round_code).title,
        "filters": [(before, str(old.version)), (after, str(new.version))],
        "sides": [_side(one, round_code) for one in (old, new)],
        "rows": [_row(one, (old, new), line.level == Level.SCHOOL, names) for one in told.figures],
        "lists": _lists(told),
        "same": told.same,
        "help": help_for("returns"),
    }
    return render(request, "returns/compare.html", context)


def _title(made: Return) -> str:
    return f"第 {made.version} 次（{ReturnState(made.state).label}）"


def _side(made: Return, round_code: str) -> dict[str, Any]:
    return {
        "title": _title(made),
        "url": f"{reverse('web:return', args=[round_code, made.organisation])}?version={made.version}",
        "registered": made.registered,
        "attending": made.attending,
        "digest": made.digest,
        "reason": made.reason,
    }


def _row(one: Differing, sides: tuple[Return, Return], school: bool, names: dict[UUID, str]) -> dict[str, Any]:
    on_round = selectors.round_of(sides[0].round)
    stages = parameters.rulebook(on_round.reference_date).stages
    grade = stages.grade_of(one.stage, one.intake_year, on_round.school_year) if one.intake_year else None
    cohort = f"{STAGE_NAMES[Stage(one.stage)]} {one.intake_year} 级" if one.intake_year else "未编班"
    where = names.get(UUID(one.organisation), "") if one.organisation and not school else ""
    return {
        "part": _PARTS[one.part],
        "line": " ".join(
            word
            for word in (where, f"{grade_name(grade)}（{one.intake_year} 级）" if grade else cohort, _sex(one.gender))
            if word
        ),
        "column": COLUMNS.get(one.column, one.column),
        "values": [
            (label, value, _opens(one, made, school) if value else "")
            for label, value, made in (("先前", one.before, sides[0]), ("后来", one.after, sides[1]))
        ],
        "change": f"{one.after - one.before:+,}",
    }


def _opens(one: Differing, made: Return, school: bool) -> str:
    """Where a figure of a version opens. A bureau's line of one part opens in that part's return as it was added up."""
    where, version = made.organisation, made.version
    if one.organisation and not school:
        part = next((said for said in made.parts if said["organisation"] == one.organisation), None)
        found = Return.objects.filter(pk=part["return"]).first() if part else None
        if found is None:
            return ""
        where, version = found.organisation, found.version
    query = {
        "stage": one.stage, "intake": one.intake_year or 0, "gender": one.gender, "column": one.column,
        "version": version,
    }  # fmt: skip
    return f"{reverse('web:return-pupils', args=[made.round, where])}?{urlencode(query)}"


def _sex(gender: str) -> str:
    return {"1": "男", "2": "女"}.get(gender, "")


def _lists(told: Comparison) -> list[dict[str, Any]]:
    def said(items: Any) -> list[str]:
        return [
            item.get("message") or f"{item['since']} {item['sending_name']} {item['receiving_name']}" for item in items
        ]

    lists = [
        ("已经没有的问题", "done", said(told.gone)),
        ("新出现的问题", "wrong", said(told.new)),
        ("不再在办的转学", "done", said(told.left)),
        ("新列出的在办转学", "progress", said(told.came)),
    ]
    return [{"title": title, "state": state, "lines": lines} for title, state, lines in lists if lines]
