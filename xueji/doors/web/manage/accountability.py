"""责任倒查单: of a pupil or number, who entered, proofread and decided each step, on which basis (clause D3)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from xueji.doors.web.actors import required_session
from xueji.doors.web.help import help_for
from xueji.doors.web.names import acted_by, in_reach, organisation_names
from xueji.doors.web.places import ROLE_NAMES
from xueji.doors.web.pupils.standing import standing_of
from xueji.doors.web.pupils.story import basis_words
from xueji.ground.accounts import selectors as accounts
from xueji.ground.disclosure import services as disclosure
from xueji.ground.disclosure.models import DisclosureKind
from xueji.ground.parameters import selectors as parameters
from xueji.pure.kernel.environment import environment, today
from xueji.pure.kernel.types import Actor, Role
from xueji.registry.applications import selectors as applications
from xueji.registry.cases import selectors as cases
from xueji.registry.cases.types import CaseView, StepView
from xueji.registry.register import selectors as register
from xueji.registry.register.selectors import TimelineItem

_MAY = frozenset({Role.DEPUTY_HEAD, Role.HEAD, Role.CLERK})


def accountability(request: HttpRequest) -> HttpResponse:
    """The sheet of the pupil who bears, or bore, a number."""
    session = required_session(request)
    actor = session.actor
    if actor.role not in _MAY:
        raise Http404
    context: dict[str, Any] = {"help": help_for("accountability")}
    if request.method == "POST":
        student = _student(actor, "".join(request.POST.get("number", "").split()))
        if student is None:
            context["not_found"] = True
        else:
            ground = disclosure.ground_for("责任倒查")
            disclosure.log(actor=actor, kind=DisclosureKind.PRINT, subjects=[student], ground=ground)
            context["sheet"] = _sheet(session.organisation_name, actor, student)
    return render(request, "manage/accountability.html", context)


def _student(actor: Actor, number: str) -> UUID | None:
    scheme = parameters.rulebook(today()).numbers["registration_number"]
    if len(number) < (scheme.short_width or scheme.width):
        return None
    for status in (None, "left"):
        found = register.find_students(schools=in_reach(actor).ids, query=number, status=status, limit=2)
        if len(found.pupils) == 1:
            return found.pupils[0].student
    return None


def _sheet(place: str, actor: Actor, student: UUID) -> dict[str, Any]:
    record = register.student_record(student, decrypt=False)
    assert record is not None
    last = record.latest
    return {
        "name": record.name,
        "number": last.number,
        "school": organisation_names([last.school]).get(last.school, ""),
        "standing": standing_of(last, today()).text,
        "printed_at": environment().now(),
        "printed_by": f"{place} {actor.name}",
        "rows": _rows(register.timeline(student)),
    }


def _rows(items: list[TimelineItem]) -> list[dict[str, Any]]:
    """One row an entry; the steps of the application that it rests on say who proofread and decided."""
    known = {item.entry_id: UUID(str(item.basis["application"])) for item in items if item.basis.get("application")}
    views = applications.several(known.values())
    steps_of: dict[UUID, CaseView] = cases.cases_of(known.values())
    persons = accounts.names_of(
        [UUID(item.actor["person"]) for item in items if item.actor.get("person")]
        + [view.lodged_by for view in views.values()]
    )
    places = organisation_names(UUID(item.actor["organisation"]) for item in items if item.actor.get("organisation"))
    titles = {kind: change.title for kind, change in parameters.rulebook(today()).changes.items()}
    rows = []
    for order, item in enumerate(items, start=1):
        application = known.get(item.entry_id)
        view = views.get(application) if application else None
        case = steps_of.get(application) if application else None
        place = item.actor.get("organisation")
        where = places.get(UUID(place), "") if place else ""
        writer = acted_by(persons, item.actor.get("person"), where)
        rows.append(
            {
                "order": order,
                "recorded_at": item.recorded_at,
                "effective_on": item.effective_on,
                "what": titles.get(item.kind, "学籍变动") + ("（已更正）" if item.corrected_by else ""),
                "entered": acted_by(persons, view.lodged_by, where) if view else writer,
                "proofread": _who(case, {"proofread"}),
                "decided": _each(case) or [writer],
                "basis": basis_words(item.basis),
            }
        )
    return rows


def _last_round(case: CaseView | None) -> list[StepView]:
    return [step for step in case.steps if step.round == case.round and step.decided_at] if case else []


def _who(case: CaseView | None, acts: set[str]) -> str:
    return "、".join(step.decided_name for step in _last_round(case) if step.act in acts)


def _each(case: CaseView | None) -> list[str]:
    return [
        f"{ROLE_NAMES[Role(step.role)]} {step.decided_name}"
        + (f"（卷号 {step.file_number}）" if step.file_number else "")
        for step in _last_round(case)
        if step.act != "proofread"
    ]
