"""The rows of a roster on the application's page: 50 a page, each with how it stands."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.urls import reverse

from xueji.doors.web.actors import actor_of
from xueji.doors.web.changes.comparing import _words
from xueji.doors.web.lists import PAGE_SIZE, CountedPage, page_number
from xueji.doors.web.pupils.leaving_rows import outcome_rows
from xueji.pure.kernel.rulebook import Rulebook
from xueji.pure.kernel.school_year import class_name
from xueji.pure.kernel.types import Level, Role
from xueji.registry.applications import selectors as applications
from xueji.registry.applications.models import ApplicationState, LineState
from xueji.registry.applications.services.rosters import ROSTER_KINDS
from xueji.registry.applications.types import ApplicationView, LineView
from xueji.registry.intake import selectors as intake
from xueji.registry.register import selectors as register

_COLOURS = {
    LineState.READY: "progress", LineState.PARKED: "soon", LineState.ACCEPTED: "done", LineState.REFUSED: "wrong",
}  # fmt: skip
ROSTERS = ROSTER_KINDS


def shown(request: HttpRequest, view: ApplicationView, book: Rulebook) -> dict[str, Any]:
    """What the template needs of the roster; nothing for an application without rows."""
    number = page_number(request)
    if view.kind == "leaving":
        rows = outcome_rows(view.id, view.school, book, offset=(number - 1) * PAGE_SIZE, limit=PAGE_SIZE)
        return {"leavers": rows, "lines_total": view.rows, "page": CountedPage(rows, number, view.rows)}
    if view.kind not in ROSTERS:
        return {}
    found = applications.lines(view.id, with_claim=True, offset=(number - 1) * PAGE_SIZE, limit=PAGE_SIZE)
    parked = len(applications.lines(view.id, states=[LineState.PARKED]))
    return {
        "lines": roster_rows(found, book),
        "lines_total": view.rows,
        "lines_parked": parked,
        "proof_url": _proof(request, view),
        "paper_url": reverse("web:application-roster", args=[view.id])
        if view.state == ApplicationState.APPROVED
        else "",
        "sent_back_url": _sent_back(request, view),
        "page": CountedPage(found, number, view.rows),
    }


def roster_rows(found: Iterable[LineView], book: Rulebook) -> list[dict[str, Any]]:
    """Rows in words, with the numbers that were given."""
    lines = list(found)
    numbers = register.registration_numbers(one.registration for one in lines)
    return [_row(one, book, numbers) for one in lines]


def _proof(request: HttpRequest, view: ApplicationView) -> str:
    """Where the school's own people print the proof lists."""
    actor = actor_of(request)
    if actor.level is not Level.SCHOOL or actor.organisation != view.school:
        return ""
    upload = intake.of_application(view.id)
    return reverse("web:intake-proof", args=[upload]) if upload else ""


def _sent_back(request: HttpRequest, view: ApplicationView) -> str:
    """Where the registrar finds the workbook again that came back: its rows and what was said at the cells."""
    actor = actor_of(request)
    if (
        view.state != ApplicationState.SENT_BACK
        or actor.role is not Role.REGISTRAR
        or actor.organisation != view.school
    ):
        return ""
    upload = intake.of_application(view.id)
    return reverse("web:intake-page", args=[upload]) if upload else ""


def _row(line: LineView, book: Rulebook, numbers: Mapping[UUID, str]) -> dict[str, Any]:
    claim = line.claim
    state = LineState(line.state)
    grade, number = claim.get("grade", ""), claim.get("class_no", "")
    return {
        "row_no": line.row_no,
        "order": (claim.get("site", ""), grade, number.zfill(2)),
        "name": claim.get("name", ""),
        "url": reverse("web:pupil", args=[line.student]) if state is LineState.ACCEPTED else "",
        "gender": _words(book, "gender", claim.get("gender")),
        "birth_date": claim.get("birth_date", ""),
        "class_name": class_name(int(grade), int(number)) if grade.isdecimal() and number.isdecimal() else "",
        "number": numbers.get(line.registration or line.id) or claim.get("registration_number", ""),
        "state": _COLOURS[state],
        "state_text": state.label,
        "findings": [line.reason] if line.reason else [],
    }
