"""A figure of a return opened: a bureau's down to its parts, a school's down to the pupils that were counted."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from xueji.doors.web.actors import actor_of
from xueji.doors.web.help import help_for
from xueji.doors.web.lists import paged
from xueji.doors.web.names import class_names, code_name, organisation_names
from xueji.doors.web.returns.comparing import COLUMNS
from xueji.doors.web.returns.one import line_of
from xueji.duties.returns import selectors
from xueji.duties.returns.opening import BRIDGE, YEAR, CountedPupil, Figure, parts_of, pupils_of
from xueji.pure.kernel.school_year import STAGE_NAMES, Stage
from xueji.pure.kernel.types import Level

_PRESENCE = {
    "attending": ("done", "在校"),
    "suspended": ("soon", "休学"),
    "dropped_out": ("wrong", "辍学"),
    "abroad": ("soon", "出国（境）"),
    "guest_elsewhere": ("progress", "在外校借读"),
    "not_arrived": ("soon", "尚未到校"),
}


def asked_figure(request: HttpRequest) -> Figure:
    """The figure that the address names; 404 for nonsense."""
    stage, intake, gender = (request.GET.get(name, "") for name in ("stage", "intake", "gender"))
    column, span = request.GET.get("column", "registered"), request.GET.get("span", YEAR)
    if (
        (stage and stage not in STAGE_NAMES)
        or column not in COLUMNS
        or gender not in ("", "1", "2")
        or span not in (YEAR, BRIDGE)
    ):
        raise Http404
    return Figure(column, stage, int(intake) if intake.isdecimal() else None, gender, span)


def pupils(request: HttpRequest, round_code: str, organisation: UUID) -> HttpResponse:
    """The list behind one figure, as it was counted; of a bureau's figure its parts."""
    line = line_of(round_code, actor_of(request), organisation)
    made = selectors.current(round_code, organisation)
    if made is None:
        raise Http404
    figure = asked_figure(request)
    on = selectors.round_of(round_code).reference_date
    context: dict[str, Any] = {
        "title": f"{line.name} · {COLUMNS[figure.column]}",
        "cohort": _cohort_words(figure),
        "on": on,
        "return_url": reverse("web:return", args=[round_code, organisation]),
        "round_title": selectors.round_of(round_code).title,
        "asked": [
            (name, request.GET[name]) for name in ("stage", "intake", "gender", "column", "span") if name in request.GET
        ],
        "help": help_for("returns"),
    }
    if line.level == Level.SCHOOL:
        found = pupils_of(made, figure)
        page = paged(request, found)
        context |= {"rows": _rows(page, on), "page": page, "total": len(found)}
    else:
        parts = [(part, count) for part, count in parts_of(made, figure) if count]
        places = organisation_names(part.organisation for part, _ in parts)
        query = urlencode({key: value for key, value in request.GET.items() if key != "page"})
        context |= {
            "parts": [
                {
                    "name": places.get(part.organisation, ""),
                    "url": f"{reverse('web:return-pupils', args=[round_code, part.organisation])}?{query}",
                    "count": count,
                }
                for part, count in parts
            ],
            "total": sum(count for _, count in parts),
        }
    return render(request, "returns/pupils.html", context)


def _rows(page: Iterable[CountedPupil], on: date) -> list[dict[str, Any]]:
    shown = list(page)
    classes = class_names((one.class_group for one in shown), on)
    return [
        {
            "name": one.name or "（已不在可见范围）",
            "url": reverse("web:pupil", args=[one.student]) if one.name and not one.outside else "",
            "gender": code_name("gender", one.gender),
            "number": one.number,
            "class_name": classes.get(one.class_group, "") if one.class_group else "",
            "state": _PRESENCE.get(one.presence, ("open", ""))[0],
            "state_text": "外地借读" if one.outside else _PRESENCE.get(one.presence, ("open", "不在籍"))[1],
        }
        for one in shown
    ]


def _cohort_words(figure: Figure) -> str:
    stage = STAGE_NAMES[Stage(figure.stage)] if figure.stage else ""
    cohort = "" if figure.intake_year is None else f"{figure.intake_year} 级" if figure.intake_year else "未编班"
    return "，".join(word for word in (f"{stage}{cohort}", {"1": "男", "2": "女"}.get(figure.gender, "")) if word)
