"""What the pages of graduation and completion share: which years are open, who stays and why, how each leaves."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.urls import reverse

from xueji.doors.web.names import class_names
from xueji.doors.web.pupils.year import Year
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.rulebook import Rulebook
from xueji.pure.kernel.school_year import Stage
from xueji.pure.procedures.effective import opens_on
from xueji.pure.procedures.leaving import COMPLETION, how_left
from xueji.registry.applications import selectors as applications
from xueji.registry.applications.models import LineState
from xueji.registry.applications.previews import LeavingPreview
from xueji.registry.applications.services.cohorts import choices_of
from xueji.registry.applications.services.completing.leavers import DESTINATION, STAYING, outcome_of
from xueji.registry.applications.types import LineView
from xueji.registry.register import selectors as register
from xueji.registry.register.selectors import Brief

COLOURS = {"not_lodged": "open", "under_way": "progress", "waiting": "soon", "approved": "done"}
WORDS = {"not_lodged": "未申报", "under_way": "办理中", "waiting": "等我审批", "approved": "已批准"}


def open_years(found: Year) -> list[tuple[str, int]]:
    """(stage, school year) of the final grades that pages show: this year's, last year's while somebody remains."""
    change, now = found.book.change("leaving"), found.book.school_year()
    opens = opens_on(change, now + 1)
    years = [now - 1] if opens is not None and today() < opens else [now, now - 1]
    return [(stage.value, year) for year in years for stage in Stage]


def last_day(preview: LeavingPreview) -> date:
    return preview.effective_on - timedelta(days=1)


def staying_rows(preview: LeavingPreview, names: dict[UUID, str], schools: dict[UUID, str] | None = None) -> list[Any]:
    return [
        {
            "school": (schools or {}).get(one.school, ""),
            "name": one.name,
            "url": reverse("web:pupil", args=[one.student]),
            "number": one.number,
            "class_name": names.get(one.class_group, "") if one.class_group else "",
            "why": STAYING.get(preview.staying[one.student], preview.staying[one.student]),
        }
        for one in preview.pupils
        if one.student in preview.staying
    ]


def outcome_rows(application: UUID, school: UUID, book: Rulebook, *, offset: int, limit: int) -> list[dict[str, Any]]:
    """The rows of a list on its application's page: how each leaves, on what, and where he goes.

    Whoever is at another school by now is named as he was when he left: the list stays the school's own.
    """
    lines = applications.lines(application, with_claim=True, offset=offset, limit=limit)
    people = register.briefs([line.student for line in lines])
    people |= register.briefs_as_left({one.student: school for one in lines if one.student not in people})
    classes = class_names([one.class_group for one in people.values()])
    words = {ask.key: (ask.label, choices_of(ask, book)) for ask in book.change("leaving").asks}
    return [_outcome(line, people.get(line.student), classes, words) for line in lines]


def _outcome(
    line: LineView, person: Brief | None, classes: dict[UUID, str], words: dict[str, tuple[str, dict[str, str]]]
) -> dict[str, Any]:
    completes = how_left(outcome_of(line.claim)) == COMPLETION
    refused = line.state == LineState.REFUSED
    said = [
        f"{label}{choices.get(line.claim[key], '')}"
        for key, (label, choices) in words.items()
        if key != DESTINATION and key in line.claim
    ]
    goes = line.claim.get(DESTINATION, "")
    return {
        "name": person.name if person else "",
        "url": reverse("web:pupil", args=[line.student]) if person else "",
        "number": person.number if person else "",
        "class_name": classes.get(person.class_group, "") if person and person.class_group else "",
        "state": "wrong" if refused else "soon" if completes else "done",
        "how": "未办理" if refused else "结业" if completes else "毕业",
        "said": line.reason or "；".join(said),
        "destination": words[DESTINATION][1].get(goes, "") if DESTINATION in words else "",
    }
