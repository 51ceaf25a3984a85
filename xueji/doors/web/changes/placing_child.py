"""统筹安排 of a child of whom there is no record: the clerk enters its data and papers and names a class."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from xueji.doors.web.actors import actor_of
from xueji.doors.web.changes.new import stored_papers
from xueji.doors.web.changes.placing import PlacementForm, asked_grade, classes_of_grade, grade_choices
from xueji.doors.web.changes.steps import route_lines
from xueji.doors.web.help import help_for
from xueji.doors.web.intake.one import fields_shown, typed_values
from xueji.ground.organisations import selectors as organisations
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.rulebook import ChangeKind
from xueji.pure.kernel.school_year import grade_name
from xueji.pure.kernel.types import Actor, Refused
from xueji.pure.rules import PLACED, RuleContext
from xueji.registry.applications.books import rulebook_of_post
from xueji.registry.intake import services
from xueji.registry.intake.checking import Found
from xueji.registry.intake.facts import context_for
from xueji.registry.intake.types import LodgeOutcome

#: What the chosen class says.
_OF_THE_CLASS = ("grade", "class_no", "site")


def new(request: HttpRequest) -> HttpResponse:
    """First the grade, then the child's data, the class and the papers; what was typed comes back with its findings."""
    actor = actor_of(request)
    book = rulebook_of_post(actor, today())
    change, grade = book.change("placement_entry"), asked_grade(request)
    lodging = request.method == "POST"
    given: tuple[Any, ...] = (request.POST, request.FILES) if lodging else ()
    form = PlacementForm(*given, classes=classes_of_grade(actor, book, grade), change=change)
    schools = organisations.schools_of(actor.organisation)
    context: dict[str, Any] = {
        "form": form, "change": change, "route": route_lines(change), "grades": grade_choices(book), "grade": grade,
        "grade_text": grade_name(grade) if grade else "", "help": help_for("placement"),
        "here": reverse("web:placement-new-child"), "none": not schools.exists(),
    }  # fmt: skip
    findings: tuple[Found, ...] = ()
    status = 200
    if grade is None or context["none"]:
        return render(request, "changes/placement_child.html", context)
    rules = _rules(form, schools[0].id)
    if lodging and form.is_valid():
        try:
            outcome = _lodge(request, actor, change, form, rules)
            if outcome.application is not None:
                messages.success(request, "安排已提交，等负责人审批。批准后学校会收到通知。", extra_tags="done")
                return redirect("web:application", outcome.application)
            findings, status = outcome.findings, 422
        except Refused as refused:
            context["refused"], status = refused, 409
    elif lodging:
        status = 422
    context |= fields_shown(rules, PLACED, request.POST, findings, without=_OF_THE_CLASS)
    return render(request, "changes/placement_child.html", context, status=status)


def _rules(form: PlacementForm, otherwise: UUID) -> RuleContext:
    """The catalogue as it is in force for the chosen class's school."""
    chosen = form.cleaned_data.get("class_group") if form.is_bound and form.is_valid() else None
    group = organisations.class_group(UUID(chosen)) if chosen else None
    return context_for(group.school_id if group else otherwise, PLACED)


def _lodge(
    request: HttpRequest, actor: Actor, change: ChangeKind, form: PlacementForm, rules: RuleContext
) -> LodgeOutcome:
    """Lodge with the papers that came along; where a rule speaks against it nothing of them is kept."""
    with transaction.atomic():
        outcome = services.lodge_placed_pupil(
            actor=actor,
            class_group=UUID(form.cleaned_data["class_group"]),
            reason=form.cleaned_data["reason"],
            values=typed_values(rules, PLACED, request.POST),
            evidence=stored_papers(actor, change, form.cleaned_data),
        )
        if outcome.application is None:
            transaction.set_rollback(True)
    return outcome
