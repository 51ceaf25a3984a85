"""A figure of a school's return, opened down to the pupils that were counted."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from xueji.doors.web.actors import actor_of
from xueji.doors.web.help import help_for
from xueji.doors.web.lists import paged
from xueji.doors.web.names import class_names, code_name
from xueji.doors.web.returns.one import line_of
from xueji.duties.returns import selectors
from xueji.duties.returns.opening import pupils_of
from xueji.pure.kernel.school_year import STAGE_NAMES
from xueji.pure.kernel.types import Level

_PRESENCE = {
    "attending": ("done", "在校"),
    "suspended": ("soon", "休学"),
    "dropped_out": ("wrong", "辍学"),
    "abroad": ("soon", "出国（境）"),
    "guest_elsewhere": ("progress", "在外校借读"),
    "not_arrived": ("soon", "尚未到校"),
}


def pupils(request: HttpRequest, round_code: str, organisation: UUID) -> HttpResponse:
    """The list behind one figure, as it was counted."""
    line = line_of(round_code, actor_of(request), organisation)
    made = selectors.current(round_code, organisation)
    if made is None or line.level != Level.SCHOOL:
        raise Http404
    stage, intake = request.GET.get("stage", ""), request.GET.get("intake", "")
    if stage and stage not in STAGE_NAMES:
        raise Http404
    found = pupils_of(made, stage=stage, intake_year=int(intake) if intake.isdecimal() else None)
    page = paged(request, found)
    on = selectors.round_of(round_code).reference_date
    classes = class_names((one.class_group for one in page), on)
    rows: list[dict[str, Any]] = [
        {
            "name": one.name or "（已不在可见范围）",
            "url": reverse("web:pupil", args=[one.student]) if one.name else "",
            "gender": code_name("gender", one.gender),
            "number": one.number,
            "class_name": classes.get(one.class_group, "") if one.class_group else "",
            "state": _PRESENCE.get(one.presence, ("open", ""))[0],
            "state_text": _PRESENCE.get(one.presence, ("open", one.presence))[1],
        }
        for one in page
    ]
    context = {
        "title": f"{line.name} · 计入上报的学生",
        "sub": f"{on.isoformat()} 在籍 {len(found):,} 人" + (f"，{intake} 级" if intake else ""),
        "return_url": reverse("web:return", args=[round_code, organisation]),
        "round_title": selectors.round_of(round_code).title,
        "rows": rows,
        "page": page,
        "stage": stage,
        "intake": intake,
        "help": help_for("returns"),
    }
    return render(request, "returns/pupils.html", context)
