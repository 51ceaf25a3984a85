"""The yearly summary of regular checks: page, PDF, workbook."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from xueji.doors.web.actors import required_session
from xueji.doors.web.files import PDF, attachment, workbook
from xueji.doors.web.help import help_for
from xueji.doors.web.inspections.words import bureau_filter, schools_for, year_filter
from xueji.doors.web.lists import Filter
from xueji.duties.inspections import selectors
from xueji.duties.inspections.selectors import SummaryLine
from xueji.duties.inspections.selectors.summary import added_up
from xueji.duties.inspections.summary_files import COLUMNS, SummaryPaper, as_pdf, as_workbook
from xueji.ground.organisations import selectors as organisations
from xueji.ground.organisations.models import Organisation
from xueji.ground.parameters import selectors as parameters
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.types import Actor, Level


def page(request: HttpRequest) -> HttpResponse:
    """The table, with what fails most often."""
    paper, filters = _paper(request)
    query = urlencode({one.name: one.value for one in filters if one.value})
    *rows, total = paper.table()
    context: dict[str, Any] = {
        "title": paper.title,
        "of": paper.of,
        "heads": [words for _, words in COLUMNS],
        "rows": rows,
        "total": total,
        "items": paper.items,
        "filters": filters,
        "nothing": not any(total[1:]) and not paper.rows[-1][1].own,
        "print_url": f"{reverse('web:inspection-summary-print')}?{query}",
        "file_url": f"{reverse('web:inspection-summary-file')}?{query}",
        "help": help_for("inspection_summary"),
    }
    return render(request, "inspections/summary.html", context)


def pdf(request: HttpRequest) -> HttpResponse:
    """To be signed and filed."""
    paper, _ = _paper(request)
    return attachment(f"{paper.title}.pdf", as_pdf(paper), PDF, inline=True)


def file(request: HttpRequest) -> HttpResponse:
    """The same as a workbook."""
    paper, _ = _paper(request)
    return workbook(f"{paper.title}.xlsx", as_workbook(paper))


def _paper(request: HttpRequest) -> tuple[SummaryPaper, list[Filter]]:
    session = required_session(request)
    actor = session.actor
    year, which = year_filter(request), bureau_filter(request, actor)
    bureau = UUID(which.value) if which and which.value else None
    schools = schools_for(actor, bureau)
    ids = [one.id for one in schools]
    lines = selectors.summary_of(ids, int(year.value))
    by_bureau = actor.level is Level.CITY and bureau is None
    rows = _by_bureau(actor, lines) if by_bureau else _by_school(schools, lines)
    rules = parameters.rulebook(today()).inspections
    items = [
        (
            rules.checklists[checklist].title if checklist in rules.checklists else checklist,
            found.title if (found := rules.item(checklist, item)) else item,
            count,
            of,
        )
        for checklist, item, count, of in selectors.frequent_items(ids, int(year.value))
    ]
    paper = SummaryPaper(
        title=f"{year.words}定期审核汇总",
        organisation=(which.words if which and which.value else "") or session.organisation_name,
        of="教育局" if by_bureau else "学校",
        on=today(),
        rows=[*rows, ("合计", added_up(actor.organisation, lines))],
        items=items,
    )
    return paper, [one for one in (year, which) if one]


def _by_school(schools: list[Organisation], lines: list[SummaryLine]) -> list[tuple[str, SummaryLine]]:
    names = {one.id: one.name for one in schools}
    return [(names.get(one.of, ""), one) for one in lines]


def _by_bureau(actor: Actor, lines: list[SummaryLine]) -> list[tuple[str, SummaryLine]]:
    bureaus = organisations.competent_bureaus([one.of for one in lines])
    listed = [(actor.organisation, "市直属学校"), *((one.id, one.name) for one in organisations.districts())]
    return [
        (name, added_up(key, own))
        for key, name in listed
        if (own := [one for one in lines if bureaus.get(one.of) == key])
    ]
