"""统筹安排: children whom a school refused, and the bureau's proposal of another one."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from xueji.doors.web.actors import actor_of
from xueji.doors.web.changes.forms import FindForm
from xueji.doors.web.changes.new import stored_papers
from xueji.doors.web.changes.steps import route_lines
from xueji.doors.web.help import help_for
from xueji.doors.web.names import in_reach, organisation_names
from xueji.ground.organisations import selectors as organisations
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.rulebook import ChangeKind, Rulebook
from xueji.pure.kernel.school_year import grade_name
from xueji.pure.kernel.types import Actor, Refused, Role
from xueji.registry.applications import selectors as applications
from xueji.registry.applications import services
from xueji.registry.applications.books import rulebook_of_post
from xueji.registry.applications.services.placing import Without, without_school

_PICK = ("", "请选择")


class PlacementForm(forms.Form):
    """Which class of the bureau's schools, why, and the family's paper."""

    class_group = forms.ChoiceField(label="安排到", help_text="只列出同年级的班级。")
    reason = forms.CharField(
        label="安排的理由",
        max_length=500,
        help_text="例如：原申请学校没有空余学位，该校距居住地最近。",
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, *args: Any, classes: list[Any], change: ChangeKind, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["class_group"].choices = [_PICK, *classes]  # type: ignore[attr-defined]
        for paper in change.evidence:
            self.fields[f"paper_{paper.key}"] = forms.FileField(
                label=paper.title,
                required=paper.required,
                help_text="扫描件或照片：PDF、JPEG、PNG。",
                widget=forms.FileInput(attrs={"accept": ".pdf,.jpg,.jpeg,.png"}),
            )


def listing(request: HttpRequest) -> HttpResponse:
    """Who has no school, the longest waiting first."""
    actor = actor_of(request)
    found, book = _waiting(actor), rulebook_of_post(actor, today())
    schools = organisation_names(one.school for one in found)
    rows = [
        {
            "name": one.name,
            "url": reverse("web:application", args=[one.application]),
            "place_url": _address(one),
            "school": schools.get(one.school, ""),
            "kind": book.changes[one.kind].title if one.kind in book.changes else one.kind,
            "grade": grade_name(int(one.grade)) if one.grade.isdecimal() else "",
            "refused_on": one.refused_on,
        }
        for one in found
    ]
    context = {
        "rows": rows, "total": len(rows), "may_place": actor.role is Role.CLERK, "help": help_for("placement"),
    }  # fmt: skip
    return render(request, "changes/placements.html", context)


def _address(one: Without) -> str:
    asked = f"line={one.line}" if one.line else f"after={one.application}"
    return f"{reverse('web:placement-new')}?{asked}"


def new(request: HttpRequest) -> HttpResponse:
    """The proposal: of a child on the list (``after`` or ``line``), or found by name and whole number."""
    actor = actor_of(request)
    book = rulebook_of_post(actor, today())
    one = _chosen(request, actor)
    of_row = one is not None and one.line is not None
    change = book.change("placement_entry" if of_row else "placement")
    find = FindForm(request.POST or None) if one is None else None
    grade = _grade(request, one, book)
    given: tuple[Any, ...] = (request.POST, request.FILES) if request.method == "POST" else ()
    form = PlacementForm(*given, classes=classes_of_grade(actor, book, grade), change=change)
    context: dict[str, Any] = {
        "one": one, "find_form": find, "form": form, "change": change, "route": route_lines(change),
        "grades": grade_choices(book),
        "grade": grade, "grade_text": grade_name(grade) if grade else "", "help": help_for("placement"),
    }  # fmt: skip
    status = 200
    if request.method == "POST" and request.POST.get("step") == "lodge":
        if form.is_valid() and (find is None or find.is_valid()):
            try:
                return _lodge(request, actor, change, one, find, form)
            except Refused as refused:
                context["refused"], status = refused, 409
        else:
            status = 422
    elif request.method == "POST":
        context["form"] = PlacementForm(classes=classes_of_grade(actor, book, grade), change=change)
    return render(request, "changes/placement_new.html", context, status=status)


def _lodge(
    request: HttpRequest,
    actor: Actor,
    change: ChangeKind,
    one: Without | None,
    find: FindForm | None,
    form: PlacementForm,
) -> HttpResponse:
    group, reason = UUID(form.cleaned_data["class_group"]), form.cleaned_data["reason"]
    with transaction.atomic():
        evidence = stored_papers(actor, change, form.cleaned_data)
        if one is not None and one.line is not None:
            result = services.lodge_placement_of_row(
                actor=actor, class_group=group, reason=reason, line=one.line, evidence=evidence
            )
        elif one is not None:
            result = services.lodge_placement(
                actor=actor, class_group=group, reason=reason, after=one.application, evidence=evidence
            )
        else:
            asked = find.cleaned_data if find is not None else {}
            result = services.lodge_placement(
                actor=actor,
                class_group=group,
                reason=reason,
                name=asked["name"],
                registration_number=asked["registration_number"] or None,
                id_number=asked["id_number"] or None,
                evidence=evidence,
            )
    messages.success(request, "安排已提交，等负责人审批。批准后学校会收到通知。", extra_tags="done")
    return redirect("web:application", result.application)


def _waiting(actor: Actor) -> tuple[Without, ...]:
    """Since the beginning of the school year before this one: later refusals of the summer are among them."""
    stages = rulebook_of_post(actor, today()).stages
    since: date = stages.start_of(stages.school_year_of(today()) - 1)
    return without_school(in_reach(actor).ids, since=since)


def _chosen(request: HttpRequest, actor: Actor) -> Without | None:
    after, line = request.GET.get("after", ""), request.GET.get("line", "")
    if not after and not line:
        return None
    for one in _waiting(actor):
        if line and str(one.line) == line:
            return one
        if after and one.line is None and str(one.application) == after:
            return one
    raise Http404


def _grade(request: HttpRequest, one: Without | None, book: Rulebook) -> int | None:
    """The grade that is looked for: the row's, that of the class which was refused, or the one asked for."""
    if one is not None and one.grade.isdecimal():
        return int(one.grade)
    if one is not None:
        view = applications.application(one.application)
        return _grade_of(view.class_group, book) if view is not None else None
    return asked_grade(request)


def asked_grade(request: HttpRequest) -> int | None:
    """The grade that was chosen on the page."""
    typed = request.POST.get("grade") or request.GET.get("grade") or ""
    return int(typed) if typed.isdecimal() else None


def grade_choices(book: Rulebook) -> list[tuple[str, str]]:
    """The grades of compulsory education."""
    return [(str(number), grade_name(number)) for number in range(1, book.stages.final_grade("junior") + 1)]


def _grade_of(class_group: UUID | None, book: Rulebook) -> int | None:
    group = organisations.class_group(class_group) if class_group else None
    if group is None:
        return None
    stages = book.stages
    return stages.grade_of(group.stage, group.intake_year, stages.school_year_of(today()))


def classes_of_grade(actor: Actor, book: Rulebook, grade: int | None) -> list[Any]:
    """The classes of a grade at the schools under this bureau, school by school."""
    if grade is None:
        return []
    schools = {one.id: one.name for one in organisations.schools_of(actor.organisation)}
    groups = organisations.class_groups_of_grade(schools, grade, stages=book.stages)
    found: dict[str, list[tuple[str, str]]] = {}
    for one in groups:
        words = organisations.class_display_name(one, stages=book.stages)
        found.setdefault(schools[one.school_id], []).append((str(one.id), words))
    return sorted(found.items())
