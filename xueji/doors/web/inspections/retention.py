"""控辍保学 beside the regular check: the year's dropouts by school against the roll-calls."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from xueji.doors.web.actors import actor_of
from xueji.doors.web.help import help_for
from xueji.doors.web.inspections.words import bureau_filter, schools_for, year_filter
from xueji.doors.web.lists import chosen, paged
from xueji.duties.inspections import selectors
from xueji.duties.inspections.selectors import RetentionLine
from xueji.duties.inspections.selectors.retention import retention_sum
from xueji.pure.kernel.types import Level


def page(request: HttpRequest) -> HttpResponse:
    """A line a school; of a round only its schools."""
    actor = actor_of(request)
    year, which = year_filter(request), bureau_filter(request, actor)
    only = chosen(request, "differs", "情况", (("1", "学籍与报到对不上"),))
    schools = schools_for(actor, UUID(which.value) if which and which.value else None)
    view = None
    if asked := request.GET.get("round", ""):
        try:
            view = selectors.round_of(UUID(asked))
        except ValueError:
            raise Http404 from None
        if view is None:
            raise Http404
        drawn = {one.school for one in selectors.inspections_of_round(view.pk)}
        schools = [one for one in schools if one.id in drawn]
    lines = selectors.retention_of([one.id for one in schools], int(year.value))
    names = {one.id: one.name for one in schools}
    shown = [one for one in lines if not only.value or one.differs]
    found = paged(request, shown)
    sums = retention_sum(lines)
    context: dict[str, Any] = {
        "filters": [one for one in (year, which, only) if one],
        "round": view,
        "rows": [_row(one, names) for one in found],
        "page": found,
        "sums": sums,
        "figures": [
            ("本学年辍学", sums["dropped_out"]), ("其中已返校", sums["back"]), ("报到未到、无事由", sums["absent"]),
            ("其中去向不明", sums["nowhere"]), ("对不上的学校", sum(one.differs for one in lines)),
        ],
        "bureau": actor.level is not Level.SCHOOL,
        "help": help_for("inspection_retention"),
    }  # fmt: skip
    return render(request, "inspections/retention.html", context)


def _row(one: RetentionLine, names: dict[UUID, str]) -> dict[str, Any]:
    state, words = ("wrong", "对不上") if one.differs else ("done", "一致")
    if not one.differs and one.rolls_open:
        state, words = "progress", "报到未办结"
    return {"name": names.get(one.school, ""), "line": one, "state": state, "state_text": words}
