"""Lodging a transfer: the pupil is found by whole numbers only, then the application is written."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from xueji.doors.web.actors import actor_of
from xueji.doors.web.changes.forms import FindForm, TransferForm
from xueji.doors.web.changes.steps import route_lines
from xueji.doors.web.help import help_for
from xueji.ground.organisations import selectors as organisations
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.rulebook import ChangeKind, Rulebook
from xueji.pure.kernel.types import Actor, Level, Refused, Role
from xueji.pure.procedures.frame import EXPLANATION
from xueji.registry.applications import services
from xueji.registry.applications.services.lodging import school_rulebook
from xueji.registry.applications.services.lookup import find_target

_RESIDENT_ID = "1"
_NOT_FOUND = "没有姓名与号码都相符的在籍学生。请与家长核对姓名的每个字和号码的每一位；确认无误的，请与原学校联系。"


def new(request: HttpRequest) -> HttpResponse:
    """Two steps on one address; what was typed in the first goes along in the form, never in the address."""
    actor = actor_of(request)
    if actor.level is not Level.SCHOOL or actor.role is not Role.REGISTRAR:
        raise Http404
    book = school_rulebook(actor.organisation, today())
    change = book.change("transfer")
    context: dict[str, Any] = {
        "route": route_lines(change), "help": help_for("transfer"), "find_form": FindForm(), "found": None,
    }  # fmt: skip
    status = 200
    if request.method == "POST":
        find_form = FindForm(request.POST)
        context["find_form"] = find_form
        if find_form.is_valid():
            try:
                if request.POST.get("step") == "lodge":
                    return _lodge(request, actor, book, change, find_form, context)
                _find(actor, book, change, find_form, context)
            except Refused as refused:
                context["refused"], status = refused, 409
    return render(request, "changes/transfer_new.html", context, status=status)


def _find(actor: Actor, book: Rulebook, change: ChangeKind, form: FindForm, context: dict[str, Any]) -> None:
    values = form.cleaned_data
    number, document = values["registration_number"], values["id_number"]
    target = find_target(
        actor=actor,
        name=values["name"],
        number=number or None,
        document=(_RESIDENT_ID, document) if document and not number else None,
    )
    if target is None:
        context["not_found"] = _NOT_FOUND
    elif target.school == actor.organisation:
        context["not_found"] = "该生已在本校在籍，不需要转学。"
    else:
        context |= {"found": values, "form": _form(actor, book, change)}


def _form(actor: Actor, book: Rulebook, change: ChangeKind, *args: Any) -> TransferForm:
    groups = organisations.class_groups(actor.organisation, stages=book.stages)
    classes = [(str(one.id), organisations.class_display_name(one, stages=book.stages)) for one in groups]
    genders = [(row.code, row.name) for row in book.codes["gender"].rows if row.code in ("1", "2")]
    explained = any(limit.severity == "query" for limit in change.limits)
    return TransferForm(*args, classes=classes, genders=genders, papers=change.evidence, explained=explained)


def _lodge(
    request: HttpRequest, actor: Actor, book: Rulebook, change: ChangeKind, find_form: FindForm, context: dict[str, Any]
) -> HttpResponse:
    found = find_form.cleaned_data
    form = _form(actor, book, change, request.POST, request.FILES)
    context |= {"found": found, "form": form}
    if not form.is_valid():
        return render(request, "changes/transfer_new.html", context, status=422)
    values = form.cleaned_data
    with transaction.atomic():
        result = services.lodge_transfer(
            actor=actor,
            school=actor.organisation,
            class_group=UUID(values["class_group"]),
            reason=values["reason"],
            name=found["name"],
            registration_number=found["registration_number"] or None,
            id_number=found["id_number"] or None,
            claim={"gender": values["gender"], "birth_date": values["birth_date"]},
            evidence=_stored(actor, change, values),
            explanation=values.get(EXPLANATION, ""),
        )
    messages.success(request, "申请已提交。下一步由本校校对员校对，进展见本页的“办理步骤”。", extra_tags="done")
    return redirect("web:application", result.application)


def _stored(actor: Actor, change: ChangeKind, values: dict[str, Any]) -> list[tuple[str, UUID]]:
    """The files handed in, sealed, under the rulebook's keys."""
    papers = []
    for paper in change.evidence:
        file = values.get(f"paper_{paper.key}")
        if file:
            # Each paper under a key of its own: one scan may stand for two papers.
            kept = services.keep_paper(actor=actor, name=file.name, content=file.read())
            papers.append((paper.key, kept.id))
    return papers
