"""Record against papers, side by side, with the checklist below: of a pupil, of a change, of the school."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse

from xueji.doors.web.actors import actor_of
from xueji.doors.web.dates import read_day
from xueji.doors.web.help import help_for
from xueji.doors.web.inspections.words import SEVERITIES, inspection_of, subject_words
from xueji.doors.web.names import organisation_names
from xueji.doors.web.pupils.reveals import open_ground, take_ground
from xueji.doors.web.pupils.words import sections
from xueji.duties.inspections import selectors, services
from xueji.duties.inspections.authority import EXAMINERS, may, rules_of
from xueji.duties.inspections.models import Inspection, InspectionKind, InspectionState, Responsible, Verdict
from xueji.duties.inspections.selectors.lists import line as line_of
from xueji.duties.inspections.selectors.papers import papers_about
from xueji.duties.inspections.services import Wrong
from xueji.ground.disclosure import services as disclosure
from xueji.ground.disclosure.models import DisclosureKind
from xueji.ground.parameters import selectors as parameters
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.inspections import Checklist
from xueji.pure.kernel.types import Actor, Level, Refused
from xueji.registry.applications import selectors as applications
from xueji.registry.register import selectors as register


def school(request: HttpRequest, inspection: UUID) -> HttpResponse:
    """The checklist of the school."""
    actor = actor_of(request)
    found = _seen(actor, inspection_of(actor, inspection))
    return _answered(request, actor, found, "school", found.school, {})


def page(request: HttpRequest, drawn: int) -> HttpResponse:
    """A pupil's record, or a change, beside its papers."""
    actor = actor_of(request)
    line = line_of(drawn)
    if line is None:
        raise Http404
    found = _seen(actor, inspection_of(actor, line.inspection_id))
    return _answered(request, actor, found, line.what, line.subject, {"student": line.student, "line": line.pk})


def _seen(actor: Actor, found: Inspection) -> Inspection:
    """404 for a school whose bureau has not handed its results over yet."""
    if actor.level is Level.SCHOOL and found.kind == InspectionKind.BUREAU and found.state == InspectionState.DRAWN:
        raise Http404
    return found


def _answered(
    request: HttpRequest, actor: Actor, found: Inspection, checklist: str, subject: UUID, about: dict[str, Any]
) -> HttpResponse:
    refused: Refused | None = None
    revealed = ""
    items = rules_of(found.school).checklists[checklist]
    if request.method == "POST":
        try:
            if request.POST.get("act") == "reveal" and about.get("student"):
                revealed = _reveal(request, actor, about["student"])
            else:
                _save(request.POST, actor, found, items, subject)
                messages.success(request, "已保存核对结果。", extra_tags="done")
                return redirect(_next(found, about.get("line")))
        except Refused as why:
            refused = why
    context: dict[str, Any] = {
        "view": found,
        "school_name": organisation_names([found.school]).get(found.school, ""),
        "title": subject_words([(checklist, subject)])[checklist, subject],
        "list_title": items.title,
        "basis": items.basis,
        "items": _items(found, items, subject, request.POST if refused else QueryDict()),
        "responsibles": Responsible.choices,
        "examining": may(actor, found, EXAMINERS) and found.state == InspectionState.DRAWN,
        "back": reverse("web:inspection", args=[found.pk]),
        "refused": refused,
        "revealed": revealed,
        "may_reveal": bool(about.get("student")),
        "last_ground": ground.text if (ground := open_ground(request)) else f"{found.title}，核对纸质材料",
        "help": help_for("inspection_line"),
        **_beside(found, checklist, subject, about.get("student"), revealed=bool(revealed)),
    }
    return render(request, "inspections/line.html", context, status=409 if refused else 200)


def _reveal(request: HttpRequest, actor: Actor, student: UUID) -> str:
    ground = take_ground(request, request.POST.get("ground", ""))
    disclosure.log(actor=actor, kind=DisclosureKind.REVEAL, subjects=[student], ground=ground)
    return ground.text


def _save(posted: QueryDict, actor: Actor, found: Inspection, items: Checklist, subject: UUID) -> None:
    verdicts = {one.item: posted.get(f"v-{one.item}", "") for one in items.items if posted.get(f"v-{one.item}")}
    wrong = {}
    for item, verdict in verdicts.items():
        if verdict == Verdict.WRONG:
            text = posted.get(f"d-{item}", "").strip()
            day = read_day(text) if text else None
            if text and day is None:
                raise Refused("web.day", f"日期“{text}”读不出来，请写成 2008-11-30 或 20081130。")
            wrong[item] = Wrong(posted.get(f"s-{item}", ""), posted.get(f"r-{item}", Responsible.REGISTRAR.value), day)
    services.examine(
        actor=actor, inspection=found.pk, checklist=items.checklist, subject=subject, verdicts=verdicts, wrong=wrong
    )


def _next(found: Inspection, line: int | None) -> str:
    """The next line that nobody has looked at; the inspection's page when there is none."""
    ahead = [one for one in selectors.lines(found.pk) if not one.answered]
    later = [one for one in ahead if line is None or one.id > line]
    where = next(iter(later or ahead), None)
    return reverse("web:inspection-line", args=[where.id]) if where else reverse("web:inspection", args=[found.pk])


def _items(found: Inspection, items: Checklist, subject: UUID, typed: QueryDict) -> list[dict[str, Any]]:
    given = selectors.answers(found.pk, items.checklist, subject)
    findings = selectors.findings_of_subject(found.pk, items.checklist, subject)
    rows = []
    for one in items.items:
        finding = findings.get(one.item)
        verdict = typed.get(f"v-{one.item}") or given.get(one.item, "")
        rows.append(
            {
                "item": one.item,
                "title": one.title,
                "severity": SEVERITIES[one.severity],
                "by_change": one.mended_by == "change",
                "basis": one.basis,
                "verdict": verdict,
                "verdict_text": Verdict(verdict).label if verdict in Verdict.values else "未核对",
                "verdict_state": {"right": "done", "wrong": "wrong"}.get(verdict, "open"),
                "said": typed.get(f"s-{one.item}") or (finding.said if finding else ""),
                "responsible": typed.get(f"r-{one.item}") or (finding.responsible if finding else "registrar"),
                "due_on": typed.get(f"d-{one.item}", ""),
                "url": reverse("web:inspection-finding", args=[finding.id]) if finding else "",
            }
        )
    return rows


def _beside(
    found: Inspection, checklist: str, subject: UUID, student: UUID | None, *, revealed: bool
) -> dict[str, Any]:
    """What the register says, and the papers."""
    if checklist == "school":
        return {"sections": [], "papers": [], "with_record": False}
    book = parameters.rulebook(today())
    pairs: list[tuple[str, str]] = []
    if checklist == "procedure":
        change = applications.application(subject, with_claim=revealed)
        if change is not None:
            names = organisation_names([change.school, change.other_school])
            pairs = [
                ("变动", book.changes[change.kind].title if change.kind in book.changes else change.kind),
                ("生效日期", change.effective_on.isoformat() if change.effective_on else ""),
                ("提出日期", change.lodged_on.isoformat()),
                ("申请学校", names.get(change.school, "")),
                ("对方学校", names.get(change.other_school, "") if change.other_school else ""),
                ("卷号", change.case.file_number if change.case and change.case.file_number else ""),
            ]
    record = register.student_record(student) if student else None
    papers = papers_about(
        book, student=student if checklist == "record" else None,
        application=subject if checklist == "procedure" else None,
    )  # fmt: skip
    return {
        "with_record": True,
        "pairs": pairs,
        "sections": sections(book, {**record.fields, **record.sensitive}, revealed=revealed) if record else [],
        "number": record.latest.number if record else "",
        "pupil_url": reverse("web:pupil", args=[student]) if record else "",
        "change_url": reverse("web:application", args=[subject]) if checklist == "procedure" and pairs else "",
        "papers": [
            {
                "title": one.title,
                "kind": book.changes[one.kind].title if one.kind in book.changes else one.kind,
                "name": one.name,
                "url": reverse("web:application-evidence", args=[one.application, one.document]),
                "picture": reverse("web:application-evidence-page", args=[one.application, one.document, 1]),
            }
            for one in papers
        ],
    }
