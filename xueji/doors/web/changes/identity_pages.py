"""Pages of the kinds that another service lodges: a merging and its undoing, new numbers for a whole class."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from xueji.doors.web.changes.asking import ChangeForm
from xueji.doors.web.changes.forms import from_paper
from xueji.doors.web.changes.steps import route_lines
from xueji.doors.web.help import help_for
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.rulebook import ChangeKind
from xueji.pure.kernel.types import Actor, Refused
from xueji.registry.applications import services
from xueji.registry.applications.services.lodging import school_rulebook
from xueji.registry.applications.types import LodgeResult
from xueji.registry.register import selectors as register

Papers = Sequence[tuple[str, UUID]]
Lodge = Callable[[dict[str, Any], Papers], LodgeResult]


def merge(request: HttpRequest, actor: Actor, change: ChangeKind, student: UUID) -> HttpResponse:
    """合并重复学籍: the pupil whose page this is stays."""

    def lodge(values: dict[str, Any], papers: Papers) -> LodgeResult:
        return services.lodge_merge(
            actor=actor,
            school=actor.organisation,
            student=student,
            second_number=values["second_number"],
            second_name=values["second_name"],
            reason=values["reason"],
            evidence=papers,
        )

    return _of_pupil(request, actor, change, student, lodge)


def merge_undo(request: HttpRequest, actor: Actor, change: ChangeKind, student: UUID) -> HttpResponse:
    """撤销合并: of the last merging that still stands."""

    def lodge(values: dict[str, Any], papers: Papers) -> LodgeResult:
        return services.lodge_merge_undo(
            actor=actor, school=actor.organisation, student=student, reason=values["reason"], evidence=papers
        )

    return _of_pupil(request, actor, change, student, lodge)


def class_numbers(request: HttpRequest, actor: Actor, change: ChangeKind) -> HttpResponse:
    """全班学籍号更正."""

    def lodge(values: dict[str, Any], papers: Papers) -> LodgeResult:
        return services.lodge_class_numbers(
            actor=actor,
            school=actor.organisation,
            class_group=UUID(values["class_group"]),
            reason=values["reason"],
            evidence=papers,
            **from_paper(values),
        )

    return own_form(request, actor, change, lodge, back=reverse("web:change-kinds"), back_words="返回")


def _of_pupil(request: HttpRequest, actor: Actor, change: ChangeKind, student: UUID, lodge: Lodge) -> HttpResponse:
    record = register.student_record(student, decrypt=False)
    if record is None:
        raise Http404
    from xueji.doors.web.changes.new import unfit

    url = reverse("web:pupil", args=[student])
    pupil = {"name": record.name, "number": record.latest.number, "url": url}
    against = unfit(actor, change, record) if request.method != "POST" else ""
    prints = {
        f"{paper_kind}_url": reverse("web:change-print-of", args=[change.kind, student, paper_kind])
        for paper_kind in ("form", "notice")
    }
    shown = {"unfit": against, **prints}
    return own_form(request, actor, change, lodge, back=url, back_words="返回学生", pupil=pupil, shown=shown)


def own_form(
    request: HttpRequest,
    actor: Actor,
    change: ChangeKind,
    lodge: Lodge,
    *,
    back: str,
    back_words: str,
    pupil: dict[str, str] | None = None,
    shown: Mapping[str, str] | None = None,
) -> HttpResponse:
    """The form of a kind that a service of its own lodges, made from the rulebook's ``asks`` and ``evidence``."""
    from xueji.doors.web.changes.new import stored_papers

    posted = request.method == "POST"
    given: tuple[Any, ...] = (request.POST, request.FILES) if posted else ()
    book = school_rulebook(actor.organisation, today())
    form = ChangeForm(*given, change=change, book=book, school=actor.organisation)
    refused, status = None, 200
    if posted and form.is_valid():
        try:
            with transaction.atomic():
                made = lodge(form.cleaned_data, stored_papers(actor, change, form.cleaned_data))
        except Refused as found:
            refused, status = found, 409
        else:
            messages.success(request, "申请已提交，进展见本页的“办理步骤”。", extra_tags="done")
            return redirect("web:application", made.application)
    elif posted:
        status = 422
    context = {"form": form, "change": change, "route": route_lines(change), "refused": refused, "pupil": pupil}
    context |= {"back": back, "back_words": back_words, "help": help_for("change_new"), **(shown or {})}
    return render(request, "changes/own_form.html", context, status=status)
