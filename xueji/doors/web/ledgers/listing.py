"""The ledgers of a year with their counts, and the lines of one."""

from __future__ import annotations

import re
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from xueji.doors.web.help import help_for
from xueji.doors.web.ledgers.asking import Asked, asked_for
from xueji.doors.web.lists import PAGE_SIZE, CountedPage, page_number
from xueji.duties.ledgers.selectors import Sheet, counts_of, dated_by, sheet_of
from xueji.duties.ledgers.services import ledger_kind
from xueji.ground.parameters import selectors as parameters
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.types import Level, Refused

#: Not among the columns of the page: what every line repeats, and the new number, which is the number of now.
_ON_PAPER_ONLY = frozenset({"basis", "gender", "new_number"})
#: Columns that never break, whatever stands in them; a registration number and a date do not in any column.
_WHOLE = frozenset({"class_name", "file_number", "gender"})
_NUMBER, _DATE = re.compile(r"\d{19}"), re.compile(r"\d{4}-\d\d-\d\d")
#: Columns that stay although no line fills them.
_ALWAYS = frozenset({"serial", "school", "name", "registration_number", "class_name", "effective_on"})


def ledgers(request: HttpRequest) -> HttpResponse:
    """Every ledger of the year, how many lines it has, this month's apart; over a bureau's schools."""
    asked = asked_for(request)
    kinds = list(parameters.rulebook(today()).ledgers.values())
    found = counts_of(kinds, asked.scope)
    this_month = asked.scope.last.replace(day=1)
    rows = []
    for kind in kinds:
        own = [one for one in found if one.ledger == kind.ledger]
        rows.append(
            {
                "title": kind.title,
                "url": f"{reverse('web:ledger', args=[kind.ledger])}?{asked.query()}",
                "total": sum(one.count for one in own),
                "month": sum(one.count for one in own if one.month == this_month),
                "schools": len({one.school for one in own}),
            }
        )
    context = {
        "filters": asked.filters,
        "rows": rows,
        "month_name": f"{this_month.month} 月",
        "with_school": asked.actor.level is not Level.SCHOOL,
        "summary_url": f"{reverse('web:ledger-summary')}?{asked.query()}",
        "scope": asked.scope,
        "help": help_for("ledgers"),
    }
    return render(request, "ledgers/ledgers.html", context)


def ledger(request: HttpRequest, ledger: str) -> HttpResponse:
    """The lines of one ledger, fifty a page; a bureau's by school."""
    asked = asked_for(request)
    try:
        kind = ledger_kind(ledger)
    except Refused:
        raise Http404 from None
    number = page_number(request)
    sheet = sheet_of(kind, asked.scope, limit=PAGE_SIZE, offset=(number - 1) * PAGE_SIZE)
    heads, rows = _shown(asked, sheet)
    context: dict[str, Any] = {
        "title": kind.title,
        "ledger": kind.ledger,
        "dated": dated_by(kind),
        "filters": asked.filters,
        "heads": heads,
        "rows": rows,
        "total": sheet.total,
        "page": CountedPage(rows, number, sheet.total),
        "print_url": reverse("web:ledger-print", args=[kind.ledger]),
        "by_school": _by_school(asked, kind.ledger) if asked.actor.level is not Level.SCHOOL else [],
        "scope": asked.scope,
        "back_url": f"{reverse('web:ledgers')}?{asked.query()}",
        "help": help_for("ledger"),
    }
    return render(request, "ledgers/ledger.html", context)


def _shown(asked: Asked, sheet: Sheet) -> tuple[list[dict[str, str]], list[dict[str, Any]]]:
    """The columns that the page shows, and its rows; a column that no line fills is left out."""
    columns = sheet.ledger.columns
    shown = [
        index
        for index, column in enumerate(columns)
        if column.source not in _ON_PAPER_ONLY
        and (
            column.source in _ALWAYS
            or any(line.cells[index] or (column.source == "file_number" and line.application) for line in sheet.lines)
        )
    ]
    heads = [{"title": columns[index].title, "source": columns[index].source} for index in shown]
    with_school = asked.actor.level is not Level.SCHOOL and asked.school is None
    if with_school:
        heads.insert(1, {"title": "学校", "source": "school"})
    rows = []
    for line in sheet.lines:
        cells = [_cell(line.cells[index], head) for index, head in zip(shown, _without_school(heads), strict=True)]
        if with_school:
            cells.insert(1, {"text": asked.scope.schools.get(line.school, ""), "title": "学校", "source": "school"})
        file = reverse("web:application", args=[line.application]) if line.application else ""
        rows.append({"cells": cells, "url": reverse("web:pupil", args=[line.student]), "file_url": file})
    return heads, rows


def _cell(text: str, head: dict[str, str]) -> dict[str, Any]:
    """A cell with what its look depends on: numbers are grouped, dates and short words stay on one line."""
    whole = head["source"] in _WHOLE or bool(_DATE.fullmatch(text))
    return {"text": text, "whole": whole, "number": bool(_NUMBER.fullmatch(text)), **head}


def _without_school(heads: list[dict[str, str]]) -> list[dict[str, str]]:
    return [head for head in heads if head["source"] != "school"]


def _by_school(asked: Asked, ledger: str) -> list[dict[str, Any]]:
    """The schools with the most lines, each the way to its own ledger; nothing once one is chosen."""
    if asked.school is not None:
        return []
    totals: dict[Any, int] = {}
    for one in counts_of([ledger_kind(ledger)], asked.scope):
        totals[one.school] = totals.get(one.school, 0) + one.count
    ranked = sorted(totals.items(), key=lambda item: (-item[1], asked.scope.schools[item[0]]))
    return [
        {"name": asked.scope.schools[school], "count": count, "url": f"?{asked.query(school=str(school))}"}
        for school, count in ranked[:12]
    ]
