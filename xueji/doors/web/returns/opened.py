"""A figure of a return opened: a bureau's down to its parts, a school's down to the pupils that were counted."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from xueji.doors.web.actors import actor_of
from xueji.doors.web.help import help_for
from xueji.doors.web.lists import PAGE_SIZE, CountedPage, asked, page_number, paged
from xueji.doors.web.names import organisation_names
from xueji.doors.web.returns import people
from xueji.doors.web.returns.one import line_of, version_of
from xueji.doors.web.returns.words import COLUMNS
from xueji.duties.returns import selectors
from xueji.duties.returns.changing import changes_of, pupils_of_changes, words_of
from xueji.duties.returns.exporting import FIGURE, WHOLE
from xueji.duties.returns.models import Return
from xueji.duties.returns.opening import BRIDGE, IN_CLASS, YEAR, Figure, parts_of, pupils_of, rows_behind
from xueji.duties.returns.selectors import BoardLine
from xueji.pure.kernel.school_year import STAGE_NAMES, Stage
from xueji.pure.kernel.types import Level

_ASKED = ("stage", "intake", "gender", "column", "span", "version")


def asked_figure(request: HttpRequest) -> Figure:
    """The figure that the address names; 404 for nonsense."""
    values = asked(request)
    stage, intake, gender = (values.get(name, "") for name in ("stage", "intake", "gender"))
    column, span = values.get("column", "registered"), values.get("span", YEAR)
    if (
        (stage and stage not in STAGE_NAMES)
        or column not in {*COLUMNS, IN_CLASS}
        or gender not in ("", "1", "2")
        or span not in (YEAR, BRIDGE)
    ):
        raise Http404
    return Figure(column, stage, int(intake) if intake.isdecimal() else None, gender, span)


def pupils(request: HttpRequest, round_code: str, organisation: UUID) -> HttpResponse:
    """The list behind one figure, as it was counted; of a bureau's figure its parts. A POST has it made as a file."""
    line = line_of(round_code, actor_of(request), organisation)
    made = version_of(request, round_code, organisation)
    figure, on_round = asked_figure(request), selectors.round_of(round_code)
    title = f"{line.name} · {COLUMNS.get(figure.column, '在班学生')}"
    if request.method == "POST":
        wanted = {"list": FIGURE, "return": str(made.id), "figure": asdict(figure)}
        return people.export(request, wanted, f"{on_round.title}-{title}", _about(line, made))
    on = on_round.reference_date
    context: dict[str, Any] = {
        "title": title,
        "cohort": _cohort_words(figure),
        "on": on,
        "version": made.version if made.version != line.version else 0,
        "return_url": reverse("web:return", args=[round_code, organisation]),
        "round_title": on_round.title,
        "asked": [(name, request.GET[name]) for name in _ASKED if name in request.GET],
        "help": help_for("returns"),
    }
    if line.level == Level.SCHOOL:
        found = pupils_of(made, figure)
        page = paged(request, found)
        context |= {"rows": people.rows(page, on), "page": page, "total": len(found)}
    elif figure.span == BRIDGE:
        # Counted over all schools at once, on the bureau's own basis: its parts have no such figure of their own.
        behind, number = rows_behind(made, figure), page_number(request)
        some = behind.rows.slice((number - 1) * PAGE_SIZE, PAGE_SIZE)
        page = CountedPage(behind.pupils(some), number, behind.rows.height)
        context |= {"rows": people.rows(page, on), "page": page, "total": behind.rows.height, "schools": True}
    else:
        parts = [(part, count) for part, count in parts_of(made, figure) if count]
        places = organisation_names(part.organisation for part, _ in parts)
        query = {key: value for key, value in request.GET.items() if key not in ("page", "version")}
        context |= {
            "parts": [
                {
                    "name": places.get(part.organisation, ""),
                    # The version that was added up, not the one of now.
                    "url": f"{reverse('web:return-pupils', args=[round_code, part.organisation])}?"
                    + urlencode({**query, "version": part.version}),
                    "count": count,
                }
                for part, count in parts
            ],
            "total": sum(count for _, count in parts),
        }
    return render(request, "returns/pupils.html", context)


def changes(request: HttpRequest, round_code: str, organisation: UUID) -> HttpResponse:
    """统计时段内的变动: each entry of the window with its pupil. A POST has pupils and changes made as a file."""
    line = line_of(round_code, actor_of(request), organisation)
    made = version_of(request, round_code, organisation)
    on_round = selectors.round_of(round_code)
    if request.method == "POST":
        wanted = {"list": WHOLE, "return": str(made.id)}
        return people.export(request, wanted, f"{on_round.title}-{line.name}-学生和变动", _about(line, made))
    found = changes_of(made)
    page = paged(request, found)
    known = pupils_of_changes(made, list(page))
    places = organisation_names(one.school for one in page)
    shown = []
    for one in page:
        pupil = known.get((one.school, one.student))
        shown.append(
            {
                "on": one.on,
                "what": words_of(one),
                "name": pupil.name if pupil and pupil.name else "（已不在可见范围）",
                "url": reverse("web:pupil", args=[one.student]) if pupil and pupil.name else "",
                "number": pupil.number if pupil else "",
                "school": places.get(one.school, ""),
            }
        )
    context: dict[str, Any] = {
        "title": f"{line.name} · 统计时段内的变动",
        "window": on_round.window,
        "return_url": reverse("web:return", args=[round_code, organisation]),
        "round_title": on_round.title,
        "version": made.version if made.version != line.version else 0,
        "asked": [(name, request.GET[name]) for name in ("version",) if name in request.GET],
        "rows": shown,
        "page": page,
        "total": len(found),
        "schools": line.level != Level.SCHOOL,
        "help": help_for("returns"),
    }
    return render(request, "returns/changes.html", context)


def _about(line: BoardLine, made: Return) -> str:
    on_round = selectors.round_of(made.round)
    day = on_round.reference_date.isoformat()
    return f"{line.name}　{on_round.title}　时间基准点 {day}　第 {made.version} 次　核对码 {made.digest[:16]}"


def _cohort_words(figure: Figure) -> str:
    stage = STAGE_NAMES[Stage(figure.stage)] if figure.stage else ""
    cohort = "" if figure.intake_year is None else f"{figure.intake_year} 级" if figure.intake_year else "未编班"
    return "，".join(word for word in (f"{stage}{cohort}", {"1": "男", "2": "女"}.get(figure.gender, "")) if word)
