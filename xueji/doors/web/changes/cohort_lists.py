"""The lists of the school-year's turn on the application's page: who is admitted, into which class, who stays."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from xueji.doors.web.lists import PAGE_SIZE, CountedPage, page_number
from xueji.doors.web.names import code_name
from xueji.doors.web.pupils.promotion import cohort_row, staying_rows
from xueji.pure.kernel.rulebook import Rulebook
from xueji.registry.applications import selectors as applications
from xueji.registry.applications.models import ApplicationState
from xueji.registry.applications.previews import preview_promotion
from xueji.registry.applications.types import ApplicationView
from xueji.registry.register import selectors as register


def shown(request: HttpRequest, view: ApplicationView, book: Rulebook) -> dict[str, Any]:
    """What the template needs; nothing for other kinds."""
    if view.kind == "promotion":
        return _promoted(view, book)
    if view.kind not in ("admission", "division"):
        return {}
    number = page_number(request)
    found = applications.lines(view.id, with_claim=True, offset=(number - 1) * PAGE_SIZE, limit=PAGE_SIZE)
    known = register.briefs([one.student for one in found])
    numbered = view.state == ApplicationState.APPROVED
    rows = []
    for seat, line in enumerate(found, start=(number - 1) * PAGE_SIZE + 1):
        brief, class_no = known.get(line.student), line.claim.get("class_no", "")
        rows.append(
            {
                "seat": seat,
                "name": line.claim.get("name") or (brief.name if brief else ""),
                "url": reverse("web:pupil", args=[line.student]) if brief else "",
                "gender": code_name("gender", brief.gender) if brief else "",
                "prior": line.claim.get("prior_registration_number", ""),
                "class_name": _class_name(view, book, int(class_no)) if class_no else "",
                "number": brief.number if brief and numbered else "",
            }
        )
    return {
        "listed": rows,
        "admits": view.kind == "admission",
        "lines_total": view.rows,
        "page": CountedPage(rows, number, view.rows),
    }


def _class_name(view: ApplicationView, book: Rulebook, class_no: int) -> str:
    year = view.school_year or 0
    return book.stages.class_name(view.stage, year, class_no, year)


def _promoted(view: ApplicationView, book: Rulebook) -> dict[str, Any]:
    """What would be written; once it is decided, the page of the promotion tells how the cohorts stand."""
    if view.state not in ApplicationState.under_way() or view.school_year is None:
        return {}
    preview = preview_promotion([view.school], view.school_year, book)
    return {
        "cohorts": [cohort_row(line, in_hand=True) for line in preview.lines],
        "staying": staying_rows(preview),
    }
