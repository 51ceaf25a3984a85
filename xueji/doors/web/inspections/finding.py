"""One finding: what is wrong, how the school mended it, what the second person saw."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from xueji.doors.web.actors import actor_of
from xueji.doors.web.help import help_for
from xueji.doors.web.inspections.words import (
    SEVERITIES,
    finding_state,
    inspection_of,
    subject_words,
)
from xueji.doors.web.names import organisation_names
from xueji.doors.web.templatetags.ui import moment
from xueji.duties.inspections import selectors, services
from xueji.duties.inspections.authority import RECHECKERS, may, rules_of
from xueji.duties.inspections.models import FindingState, Inspection, InspectionKind, InspectionState, Responsible
from xueji.duties.inspections.selectors import FindingView
from xueji.duties.inspections.selectors.papers import changes_about
from xueji.ground.accounts import selectors as accounts
from xueji.ground.parameters import selectors as parameters
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.types import Actor, Level, Refused, Role
from xueji.registry.applications.models import ApplicationState

_DONE = {
    "correct": "更正已登记，等待复查。", "accept": "复查通过，这个问题已了结。", "send_back": "已退回学校重新更正。"
}  # fmt: skip


def page(request: HttpRequest, found: UUID) -> HttpResponse:
    """The page; POST: the school's correction, or the second look."""
    actor = actor_of(request)
    view, inspection = _seen(actor, found)
    refused: Refused | None = None
    if request.method == "POST":
        act = request.POST.get("act", "")
        try:
            _act(request, actor, found, act)
        except Refused as why:
            refused = why
        else:
            messages.success(request, _DONE[act], extra_tags="done")
            return redirect("web:inspection-finding", found)
    context = {**_context(actor, view, inspection), "refused": refused, "typed": request.POST if refused else {}}
    return render(request, "inspections/finding.html", context, status=409 if refused else 200)


def _seen(actor: Actor, found: UUID) -> tuple[FindingView, Inspection]:
    view = selectors.finding(found)
    if view is None:
        raise Http404
    inspection = inspection_of(actor, view.inspection)
    bureaus = inspection.kind == InspectionKind.BUREAU
    if actor.level is Level.SCHOOL and bureaus and inspection.state == InspectionState.DRAWN:
        raise Http404
    return view, inspection


def _act(request: HttpRequest, actor: Actor, found: UUID, act: str) -> None:
    posted = request.POST
    note = posted.get("note", "")
    if act == "correct":
        try:
            application = UUID(posted["application"]) if posted.get("application") else None
        except ValueError:
            raise Http404 from None
        services.correct(actor=actor, finding=found, note=note, application=application)
    elif act in ("accept", "send_back"):
        services.recheck(actor=actor, finding=found, accept=act == "accept", note=note)
    else:
        raise Http404


def _context(actor: Actor, view: FindingView, inspection: Inspection) -> dict[str, Any]:
    item = rules_of(view.school).item(view.checklist, view.item)
    names = organisation_names([view.school, inspection.inspector])
    state, words = finding_state(view)
    book = parameters.rulebook(today())
    handed = inspection.state == InspectionState.HANDED_OVER
    correcting = (
        handed and view.state == FindingState.OPEN and actor.role is Role.REGISTRAR
        and actor.organisation == view.school
    )  # fmt: skip
    rechecking = handed and view.state == FindingState.CORRECTED and may(actor, inspection, RECHECKERS)
    same = rechecking and actor.person in (view.found_by, view.corrected_by)
    changes = changes_about(view.student) if view.student and (correcting or view.application) else []
    labels = {
        one.id: f"{book.changes[one.kind].title if one.kind in book.changes else one.kind}"
        f" {one.lodged_on.isoformat()} {ApplicationState(one.state).label}"
        for one in changes
    }
    return {
        "view": view,
        "inspection": inspection,
        "back": reverse("web:inspection", args=[inspection.pk]),
        "title": subject_words([(view.checklist, view.subject)])[view.checklist, view.subject],
        "state": state,
        "state_text": words,
        "item": item.title if item else view.item,
        "basis": item.basis if item else "",
        "by_change": item is not None and item.mended_by == "change",
        "severity": SEVERITIES.get(view.severity, view.severity),
        "responsible": Responsible(view.responsible).label,
        "school_name": names.get(view.school, ""),
        "pupil_url": reverse("web:pupil", args=[view.student]) if view.student else "",
        "lodge_url": reverse("web:change-new-of", args=["correction", view.student])
        if view.student and correcting
        else "",
        "application_url": reverse("web:application", args=[view.application]) if view.application else "",
        "application_words": labels.get(view.application, "对应的申请") if view.application else "",
        "correcting": correcting,
        "changes": [
            (str(one.id), labels[one.id])
            for one in changes
            if one.state not in (ApplicationState.REFUSED, ApplicationState.RETRACTED)
        ],
        "rechecking": rechecking and not same,
        "why": "这个问题是您查出或更正的，须由另一个人复查" if same else "",
        "events": _events(view, names.get(inspection.inspector, "")),
        "help": help_for("inspection_finding"),
    }


def _events(view: FindingView, inspector: str) -> list[dict[str, str]]:
    persons = accounts.names_of(one for one in (view.found_by, view.corrected_by, view.rechecked_by) if one)
    rows = [("wrong", moment(view.found_at), "查出问题", persons.get(view.found_by, ""), inspector)]
    if view.corrected_at and view.corrected_by:
        rows.append(("done", moment(view.corrected_at), "登记更正", persons.get(view.corrected_by, ""), view.mended))
    if view.sent_back and view.state != FindingState.CLOSED:
        rows.append(("wrong", "", f"复查退回（{view.sent_back} 次）", "", view.answer))
    if view.rechecked_at and view.rechecked_by:
        rows.append(("done", moment(view.rechecked_at), "复查通过", persons.get(view.rechecked_by, ""), view.answer))
    elif view.state != FindingState.CLOSED:
        rows.append(("open", "", f"应于 {view.due_on.isoformat()} 前更正", "", ""))
    return [dict(zip(("state", "when", "what", "who", "text"), row, strict=True)) for row in rows]
