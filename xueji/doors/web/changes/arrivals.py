"""到校报到: who was admitted or transferred and has not been seen yet."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from xueji.doors.web.actors import Session, own_transactions, required_session
from xueji.doors.web.changes.asking import ChangeForm
from xueji.doors.web.changes.confirming import LIMIT, confirm
from xueji.doors.web.due import due_state, due_words
from xueji.doors.web.help import help_for
from xueji.doors.web.names import class_names, code_name, in_reach, organisation_names
from xueji.ground.accounts.context import acting
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.rulebook import Rulebook
from xueji.pure.kernel.types import Actor, Level, Refused, Role
from xueji.registry.applications import selectors as applications
from xueji.registry.applications import services
from xueji.registry.applications.books import rulebooks_of
from xueji.registry.applications.departures import Traced, traced
from xueji.registry.applications.services.lodging import school_rulebook
from xueji.registry.cases import selectors as cases
from xueji.registry.register import selectors as register
from xueji.registry.register.selectors import Found
from xueji.registry.register.words import HOW_STARTED


@own_transactions
def arrivals(request: HttpRequest) -> HttpResponse:
    """The list, and for the school's registrar the confirming of those that came."""
    session = required_session(request)
    context: dict[str, Any] = {}
    if request.method == "POST":
        try:
            outcome = confirm(request, session.actor)
        except Refused as refused:
            context["refused"] = refused
        else:
            if not outcome.left:
                messages.success(request, f"已确认 {len(outcome.done)} 人到校。", extra_tags="done")
                return redirect("web:arrivals")
            context["outcome"] = outcome
    with acting(session.actor):
        return _page(request, session, context)


def _page(request: HttpRequest, session: Session, context: dict[str, Any]) -> HttpResponse:
    """Who has not come yet, below how the confirming of several ended."""
    actor = session.actor
    found = register.find_students(schools=in_reach(actor).ids, status="awaited", limit=LIMIT)
    with_school = actor.level is not Level.SCHOOL
    rows = _rows(found.pupils, with_school)
    rows += _of_other_bureaus(actor, {one.student for one in found.pupils}) if with_school else []
    context |= {
        "sub": f"{session.organisation_name}。学生真正到校后才算“在校”。",
        "total": len(rows),
        "rows": rows,
        "may_trace": actor.role in (Role.REGISTRAR, Role.CLERK),
        "with_school": with_school,
        "may_confirm": actor.role is Role.REGISTRAR,
        "today": today(),
        "help": help_for("arrivals"),
    }
    undone = "refused" in context or "outcome" in context
    return render(request, "changes/arrivals.html", context, status=409 if undone else 200)


def trace(request: HttpRequest, student: UUID) -> HttpResponse:
    """查明去向: where a pupil is who has not arrived, and what is done next."""
    actor = required_session(request).actor
    record = register.student_record(student, decrypt=False)
    current = record.in_force if record is not None else None
    if record is None or current is None or actor.role not in (Role.REGISTRAR, Role.CLERK):
        raise Http404
    book = school_rulebook(current.school, today())
    change = book.change("arrival_traced")
    given = (request.POST,) if request.method == "POST" else ()
    form = ChangeForm(*given, change=change, book=book, school=current.school)
    context: dict[str, Any] = {
        "form": form, "change": change, "name": record.name, "number": current.number, "help": help_for("arrivals"),
    }  # fmt: skip
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            services.trace_arrival(actor=actor, school=current.school, student=student, claim=form.answered().claim)
        except Refused as refused:
            context["refused"], status = refused, 409
        else:
            messages.success(request, f"已登记{record.name}的去向，请接着办理下一步。", extra_tags="done")
            return redirect("web:arrivals")
    elif request.method == "POST":
        status = 422
    return render(request, "changes/trace.html", context, status=status)


def _of_other_bureaus(actor: Actor, shown: set[UUID]) -> list[dict[str, Any]]:
    """Pupils who went from here to another bureau's school and were not seen there in time, until they are traced."""
    schools = in_reach(actor).ids
    found = applications.awaited(schools, overdue_only=True) if schools is not None else ()
    told = cases.notices(actor, unread_only=False, limit=LIMIT)
    settled = {one.subject for one in told if one.code == "arrival_traced"}
    found = tuple(one for one in found if one.student not in shown and one.application not in settled)
    names = register.student_names(one.student for one in found)
    schools_of = organisation_names(one.school for one in found)
    return [
        {
            "registration": one.student, "url": reverse("web:application", args=[one.application]),
            "name": names.get(one.student, "（已转出）"), "school": schools_of.get(one.school, ""), "class_name": "",
            "student_number": "", "how": "转出未到", "since": one.since, "state": "wrong",
            "state_text": f"应于 {one.due_on} 前到校，{due_words(one.due_on)}",
            "traced": "", "trace_url": "",
        }
        for one in found
    ]  # fmt: skip


def _traced_words(found: Traced | None, book: Rulebook) -> str:
    if found is None:
        return ""
    asks = {ask.key: ask for ask in book.change("arrival_traced").asks}
    follows = dict(asks["follow_up"].choices).get(found.follow_up, "") if "follow_up" in asks else ""
    where = code_name("traced_whereabouts", found.whereabouts, found.on)
    return f"{found.on.isoformat()} 查明：{where}；待办：{follows}"


def _rows(pupils: tuple[Found, ...], with_school: bool) -> list[dict[str, Any]]:
    classes = class_names(one.class_group for one in pupils)
    schools = organisation_names(one.school for one in pupils) if with_school else {}
    books = rulebooks_of((one.school for one in pupils), today())
    known = traced(one.student for one in pupils)
    rows = []
    for one in pupils:
        book = books[one.school]
        days = book.change("transfer").arrival_days
        due = book.calendar.due(one.started_on, days).on if days else None
        rows.append(
            {
                "registration": one.student,
                "url": reverse("web:pupil", args=[one.student]),
                "name": one.name,
                "school": schools.get(one.school, ""),
                "class_name": classes.get(one.class_group, "") if one.class_group else "",
                "student_number": one.student_number,
                "how": HOW_STARTED.get("transfer_in" if one.arrival else "", ""),
                "since": one.started_on,
                "traced": _traced_words(known.get(one.student), book),
                "trace_url": reverse("web:arrival-trace", args=[one.student]),
                "state": due_state(due),
                "state_text": f"应于 {due.isoformat()} 前到校，{due_words(due)}" if due else "等待到校",
            }
        )
    return rows
