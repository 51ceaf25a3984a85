"""Lodging a change of one pupil: which change, which pupil, then the form that the rulebook asks for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from xueji.doors.web.actors import actor_of
from xueji.doors.web.changes import own_pages
from xueji.doors.web.changes.asking import ChangeForm
from xueji.doors.web.changes.steps import route_lines
from xueji.doors.web.help import help_for
from xueji.doors.web.names import class_names
from xueji.doors.web.rollcall.prefilling import known_of_rollcall
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.rulebook import ChangeKind, Rulebook
from xueji.pure.kernel.types import Actor, Level, Refused
from xueji.pure.procedures.frame import procedures
from xueji.registry.applications import services
from xueji.registry.applications.services.lodging import school_rulebook
from xueji.registry.applications.services.other_side import fits
from xueji.registry.register import selectors as register
from xueji.registry.register.selectors import StudentRecord, TimelineItem

_SHOWN = 20
#: What a school begins at pages of their own: heading, kind, words, page.
_OWN_PAGES = (
    ("转学", "transfer", "申请转入学生（本市学校）", "web:transfer-new"),
    ("转学", "transfer_into_city", "外地转入", "web:intake-one?kind=into_city"),
    ("入学", "late_registration", "补建学籍", "web:intake-one?kind=late"),
    ("全校办理", "promotion", "升级", "web:promotion"),
    ("全校办理", "leaving", "毕业与结业", "web:leaving"),
    ("全校办理", "division", "升学与分班", "web:division"),
)


def kinds(request: HttpRequest) -> HttpResponse:
    """Which change: the kinds of the rulebook by their headings; what cannot be lodged is named with its reason."""
    actor = _school(request)
    book = school_rulebook(actor.organisation, today())
    groups: dict[str, list[dict[str, str]]] = {}
    for change in book.changes.values():
        if change.kind in procedures() and not change.forbidden and change.lodged_by is actor.role:
            line = {"title": change.title, "url": reverse("web:change-new", args=[change.kind]), "basis": change.basis}
            groups.setdefault(change.group or "其他", []).append(line)
    for heading, kind, title, url in _OWN_PAGES:
        place, _, query = url.partition("?")
        line = {"title": title, "url": reverse(place) + (f"?{query}" if query else "")}
        groups.setdefault(heading, []).append(
            {**line, "basis": book.changes[kind].basis if kind in book.changes else ""}
        )
    forbidden = [
        {"title": one.title, "why": one.forbidden, "basis": one.basis} for one in book.changes.values() if one.forbidden
    ]
    context = {"groups": groups.items(), "forbidden": forbidden, "help": help_for("change_new")}
    return render(request, "changes/kinds.html", context)


def find(request: HttpRequest, kind: str) -> HttpResponse:
    """Which pupil of one's own school; what is typed is sent by POST only."""
    actor = _school(request)
    change = _change(actor, kind)
    if kind in own_pages.STARTS:
        return own_pages.STARTS[kind](request, actor, change)
    query = request.POST.get("q", "").strip() if request.method == "POST" else ""
    found: Sequence[register.Found] = ()
    if query:
        page = register.find_students(schools=[actor.organisation], query=query, limit=_SHOWN)
        found = page.pupils
        if procedures()[kind].other_side == "attended":  # the school at which a pupil studies lodges too
            guests = register.find_students(
                schools=[actor.organisation], query=query, status="guest_here", limit=_SHOWN
            )
            found = [*found, *guests.pupils]
    names = class_names([one.class_group for one in found if one.class_group])
    rows = [
        {
            "name": one.name,
            "number": one.student_number,
            "class_name": names.get(one.class_group, "") if one.class_group else "",
            "url": reverse("web:change-new-of", args=[kind, one.student]),
        }
        for one in found
    ]
    context = {"change": change, "query": query, "rows": rows, "asked": bool(query), "help": help_for("change_new")}
    return render(request, "changes/change_find.html", context)


def of_pupil(request: HttpRequest, kind: str, student: UUID) -> HttpResponse:
    """The form; after a refusal it stands as it was filled in, with the reason above."""
    actor = _school(request)
    change = _change(actor, kind)
    if kind in own_pages.OF_PUPIL:
        return own_pages.OF_PUPIL[kind](request, actor, change, student)
    book = school_rulebook(actor.organisation, today())
    record = register.student_record(student, decrypt=False)
    if record is None:
        raise Http404
    given: tuple[Any, ...] = (request.POST, request.FILES) if request.method == "POST" else ()
    group = record.latest.value("class_group", today())
    form = ChangeForm(
        *given,
        change=change,
        book=book,
        school=actor.organisation,
        class_group=UUID(group) if group else None,
        initial=known_of_rollcall(change, student),
    )
    context: dict[str, Any] = {"form": form, "change": change, "route": route_lines(change)}
    status = 200
    if request.method == "POST":
        if form.is_valid():
            try:
                return _lodge(request, actor, change, form, student)
            except Refused as refused:
                context["refused"], status = refused, 409
        else:
            status = 422
    context |= {
        "pupil": {
            "name": record.name,
            "number": record.latest.number,
            "class_name": class_names([UUID(group)]).get(UUID(group), "") if group else "",
            "url": reverse("web:pupil", args=[student]),
        },
        "form_url": reverse("web:change-print-of", args=[kind, student, "form"]),
        "notice_url": reverse("web:change-print-of", args=[kind, student, "notice"]),
        "unfit": unfit(actor, change, record) if request.method != "POST" else "",
        "help": help_for("change_new"),
    }
    return render(request, "changes/change_new.html", context, status=status)


def _lodge(request: HttpRequest, actor: Actor, change: ChangeKind, form: ChangeForm, student: UUID) -> HttpResponse:
    answered = form.answered()
    paper = form.cleaned_data.get("paper_date")
    with transaction.atomic():
        result = services.lodge_change(
            actor=actor,
            kind=change.kind,
            school=actor.organisation,
            student=student,
            claim=answered.claim,
            evidence=stored_papers(actor, change, form.cleaned_data),
            other_school=answered.other_school,
            paper_date=date.fromisoformat(paper) if paper else None,
            paper_reason=form.cleaned_data.get("paper_reason") or "",
        )
    messages.success(request, "申请已提交，进展见本页的“办理步骤”。", extra_tags="done")
    return redirect("web:application", result.application)


def stored_papers(actor: Actor, change: ChangeKind, values: dict[str, Any]) -> list[tuple[str, UUID]]:
    """The papers of a form, stored; (key, document) as a lodging takes them."""
    papers = []
    for paper in change.evidence:
        file = values.get(f"paper_{paper.key}")
        if file:
            # Each paper under a key of its own: one scan may stand for two papers.
            kept = services.keep_paper(actor=actor, name=file.name, content=file.read())
            papers.append((paper.key, kept.id))
    return papers


def _school(request: HttpRequest) -> Actor:
    actor = actor_of(request)
    if actor.level is not Level.SCHOOL:
        raise Http404
    return actor


def _change(actor: Actor, kind: str) -> ChangeKind:
    """The kind, if it can be lodged by this post from this page."""
    book: Rulebook = school_rulebook(actor.organisation, today())
    change = book.changes.get(kind)
    if change is None or kind not in procedures() or change.lodged_by is not actor.role:
        raise Http404
    return change


def unfit(actor: Actor, change: ChangeKind, record: StudentRecord) -> str:
    """Why no form is shown: the kind cannot be about this pupil as he stands; "" where it can."""
    history = [(one.kind, one.effective_on) for one in register.timeline(record.student) if one.corrected_by is None]
    book, known = school_rulebook(actor.organisation, today()), procedures()[change.kind]
    if fits(known, change, record, actor.organisation, book=book, history=history):
        return ""
    status = record.in_force.value("status", record.on) if record.in_force else None
    table = book.codes.get("registration_status")
    stands = f"（学籍状态：{table.name_of(status) or status}）" if table and status else ""
    return f"{record.name}现在的情况{stands}，不能办理{change.title}"


def lodged_for(
    actor: Actor, student: UUID, record: StudentRecord, entries: Sequence[TimelineItem]
) -> dict[str, list[dict[str, str]]]:
    """The changes that a pupil's page offers this post, by heading: those that fit how he stands."""
    groups: dict[str, list[dict[str, str]]] = {}
    if actor.level is not Level.SCHOOL:
        return groups
    book, known = school_rulebook(actor.organisation, today()), procedures()
    history = [(entry.kind, entry.effective_on) for entry in entries if entry.corrected_by is None]
    for change in book.changes.values():
        if (
            change.kind in known
            and change.kind not in own_pages.STARTS
            and change.lodged_by is actor.role
            and fits(known[change.kind], change, record, actor.organisation, book=book, history=history)
        ):
            link = {"title": change.title, "url": reverse("web:change-new-of", args=[change.kind, student])}
            groups.setdefault(change.group or "其他", []).append(link)
    return groups
