"""The words and colours of regular checks, and what several of their pages need."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest
from django.urls import reverse

from xueji.doors.web.due import due_state, due_words
from xueji.doors.web.lists import Filter, chosen
from xueji.duties.inspections import selectors
from xueji.duties.inspections.models import FindingState, Inspection, InspectionState, Responsible
from xueji.duties.inspections.selectors import Counts, FindingView
from xueji.ground.organisations import selectors as organisations
from xueji.ground.organisations.models import Organisation
from xueji.ground.parameters import selectors as parameters
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.inspections import InspectionRules
from xueji.pure.kernel.school_year import school_year_name
from xueji.pure.kernel.types import Actor, Level
from xueji.registry.applications import selectors as applications
from xueji.registry.register import selectors as register

SEVERITIES = {"error": "严重", "query": "一般", "note": "轻微"}
SEVERITY_COLOURS = {"error": "wrong", "query": "soon", "note": "open"}


def inspection_of(actor: Actor, identity: UUID) -> Inspection:
    """An inspection that concerns the post: 404 for another school's."""
    found = selectors.inspection(identity)
    if found is None or (actor.level is Level.SCHOOL and found.school != actor.organisation):
        raise Http404
    return found


def state_of(found: Inspection, counts: Counts) -> tuple[str, str]:
    """Colour and words of an inspection."""
    if found.state == InspectionState.SIGNED_OFF:
        return "done", "已办结"
    if counts.late:
        return "wrong", f"更正中，逾期 {counts.late} 处"
    if found.state == InspectionState.DRAWN:
        late = found.due_on is not None and found.due_on < today()
        return ("wrong", f"检查中，{due_words(found.due_on)}") if late else ("progress", "检查中")
    if counts.open:
        return "progress", f"更正中，还有 {counts.open} 处"
    return ("soon", f"待复查 {counts.corrected} 处") if counts.corrected else ("soon", "待办结")


def finding_state(one: FindingView) -> tuple[str, str]:
    """Colour and words of a finding."""
    if one.state == FindingState.CLOSED:
        return "done", "已复查"
    if one.state == FindingState.CORRECTED:
        return "soon", "待复查"
    words = f"待更正，{due_words(one.due_on)}"
    return due_state(one.due_on), f"退回重改，{due_words(one.due_on)}" if one.sent_back else words


def finding_rows(found: Sequence[FindingView], rules: InspectionRules) -> list[dict[str, Any]]:
    """Findings as lines of a list, with whom or what they concern."""
    subjects = subject_words({(one.checklist, one.subject) for one in found})
    rows = []
    for one in found:
        item = rules.item(one.checklist, one.item)
        state, words = finding_state(one)
        rows.append(
            {
                "number": one.number,
                "url": reverse("web:inspection-finding", args=[one.id]),
                "subject": subjects.get((one.checklist, one.subject), ""),
                "item": item.title if item else one.item,
                "said": one.said,
                "severity": SEVERITIES.get(one.severity, one.severity),
                "severity_state": SEVERITY_COLOURS.get(one.severity, "open"),
                "responsible": Responsible(one.responsible).label,
                "due_on": one.due_on,
                "state": state,
                "state_text": words,
            }
        )
    return rows


def subject_words(subjects: Iterable[tuple[str, UUID]]) -> dict[tuple[str, UUID], str]:
    """A pupil's name and number, a change's title and day, the school: by checklist and subject; two queries."""
    listed = list(subjects)
    pupils = register.briefs([subject for checklist, subject in listed if checklist == "record"])
    changes = applications.several([subject for checklist, subject in listed if checklist == "procedure"])
    names = register.student_names(one.student for one in changes.values())
    book = parameters.rulebook(today())
    words = {}
    for checklist, subject in listed:
        if checklist == "school":
            words[checklist, subject] = "学校管理"
        elif checklist == "record":
            brief = pupils.get(subject)
            words[checklist, subject] = brief.name if brief else "（学籍已不在本校）"
        elif subject in changes:
            one = changes[subject]
            title = book.changes[one.kind].title if one.kind in book.changes else one.kind
            who = names.get(one.student, "") if one.student else f"{one.rows} 人"
            words[checklist, subject] = f"{title} · {who}"
        else:
            words[checklist, subject] = "（不在本单位管理范围）"
    return words


def schools_for(actor: Actor, bureau: UUID | None = None) -> list[Organisation]:
    """The schools that a post's pages are about: its own, its bureau's, of the city a chosen bureau's or all."""
    if actor.level is Level.SCHOOL:
        return [organisations.by_id(actor.organisation)]
    if actor.level is Level.DISTRICT:
        return list(organisations.schools_of(actor.organisation))
    return list(organisations.schools() if bureau is None else organisations.schools_of(bureau))


def bureau_filter(request: HttpRequest, actor: Actor) -> Filter | None:
    """The city's choice of a bureau; its own schools stand under its own name."""
    if actor.level is not Level.CITY:
        return None
    options = [(str(actor.organisation), "市直属学校")]
    options += [(str(one.id), one.name) for one in organisations.districts()]
    return chosen(request, "bureau", "区县", options)


def year_filter(request: HttpRequest) -> Filter:
    """The school year, the present one where none is chosen."""
    book = parameters.rulebook(today())
    first = book.stages.school_year_of(book.register_since)
    years = [(str(year), f"{school_year_name(year)} 学年") for year in range(book.school_year(), first - 1, -1)]
    found = chosen(request, "year", "学年", years)
    return found if found.value else Filter(found.name, found.label, found.options, years[0][0])
