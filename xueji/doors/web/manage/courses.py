"""A course: registered, its results entered by hand or from a workbook."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from xueji.doors.web.actors import actor_of
from xueji.doors.web.dates import read_day
from xueji.doors.web.files import workbook
from xueji.doors.web.help import help_for
from xueji.doors.web.places import BUREAU_POSTS, ROLE_NAMES
from xueji.duties.training import selectors, services
from xueji.duties.training.models import Course, CourseKind, CourseResult, Outcome
from xueji.duties.training.result_file import course_workbook, read_results
from xueji.duties.training.services import NewResult
from xueji.ground.accounts.models import PostHolding
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.types import Actor, Finding, Refused, Role

_COLOURS = {Outcome.PASSED: "done", Outcome.FAILED: "wrong", Outcome.ABSENT: "soon"}


def _bureau(request: HttpRequest) -> Actor:
    actor = actor_of(request)
    if actor.role not in BUREAU_POSTS:
        raise Http404
    return actor


def new(request: HttpRequest) -> HttpResponse:
    """登记一期培训."""
    actor, refused, values = _bureau(request), None, request.POST
    if request.method == "POST":
        held_on = read_day(values.get("held_on", ""))
        try:
            if held_on is None:
                raise Refused("web.day", "培训日期读不出来，请写成 2008-09-03 或 20080903。")
            made = services.open_course(
                actor=actor,
                title=values.get("title", ""),
                kind=values.get("kind", ""),
                held_on=held_on,
                examined=values.get("examined") == "1",
            )
        except Refused as error:
            refused = error
        else:
            return redirect("web:course", made.pk)
    context = {
        "kinds": CourseKind.choices,
        "typed": {name: values.get(name, "") for name in ("title", "kind", "held_on", "examined")},
        "today": today(),
        "refused": refused,
        "help": help_for("course"),
    }
    return render(request, "manage/course_new.html", context, status=409 if refused else 200)


def show(request: HttpRequest, course: UUID) -> HttpResponse:
    """Everyone whom the bureau trains, with the result; an act comes back here."""
    actor = _bureau(request)
    found = _course(actor, course)
    held = _held(found)
    refused, findings = None, list[Finding]()
    if request.method == "POST":
        try:
            given, findings = _given(request, found, held)
            if not findings:
                count = services.enter_results(actor=actor, course=found.pk, results=given)
                messages.success(request, f"已登记 {count} 人的结果，合格的培训日期已同时登记。", extra_tags="done")
                return redirect("web:course", found.pk)
        except Refused as error:
            refused = error
    known = selectors.results_of(found.pk)
    typed = request.POST if refused else {}
    context = {
        "course": found,
        "kind": CourseKind(found.kind).label,
        "rows": [_row(one, known.get(one.pk), typed) for one in held],
        "entered": len(known),
        "passed": sum(1 for one in known.values() if one.outcome == Outcome.PASSED),
        "ahead": found.held_on > today(),
        "findings": [one.message for one in findings[:50]],
        "refused": refused,
        "help": help_for("course"),
    }
    return render(request, "manage/course.html", context, status=409 if refused or findings else 200)


def file(request: HttpRequest, course: UUID) -> HttpResponse:
    """成绩登记表 with everyone whom the bureau trains."""
    found = _course(_bureau(request), course)
    return workbook(
        f"{found.title}成绩登记表.xlsx", course_workbook(found, _held(found), selectors.results_of(found.pk))
    )


def _course(actor: Actor, course: UUID) -> Course:
    found = selectors.course_of(course, actor.organisation)
    if found is None:
        raise Http404
    return found


def _held(course: Course) -> list[PostHolding]:
    return list(selectors.trainees(course.bureau, course.held_on))


def _given(
    request: HttpRequest, course: Course, held: Iterable[PostHolding]
) -> tuple[dict[UUID, NewResult], list[Finding]]:
    if request.POST.get("act") == "file":
        file = request.FILES.get("file")
        if file is None:
            raise Refused("web.no_file", "没有选择文件。请先选好填好的成绩登记表。")
        return read_results(file.read(), course, list(held))
    given: dict[UUID, NewResult] = {}
    for one in held:
        mark, what = request.POST.get(f"s-{one.pk}", "").strip(), request.POST.get(f"o-{one.pk}", "")
        if what == "absent":
            given[one.pk] = NewResult(absent=True)
        elif mark or what == "present":
            if mark and not (mark.isascii() and mark.isdigit()):
                raise Refused("training.score", f"{one.account.name}的成绩“{mark}”应是 0 到 100 的整数。")
            given[one.pk] = NewResult(int(mark) if mark else None)
    if not given:
        raise Refused("training.nothing", "还没有填写任何人的结果。请逐人填写，或上传成绩登记表。")
    return given, []


def _row(one: PostHolding, known: CourseResult | None, typed: Any) -> dict[str, Any]:
    outcome = Outcome(known.outcome) if known else None
    score = "" if known is None or known.score is None else str(known.score)
    what = "" if outcome is None else "absent" if outcome is Outcome.ABSENT else "present"
    return {
        "id": one.pk,
        "name": one.account.name,
        "organisation": one.post.organisation.name,
        "role": one.post.title or ROLE_NAMES[Role(one.post.role)],
        "score": typed.get(f"s-{one.pk}", score),
        "what": typed.get(f"o-{one.pk}", what),
        "state": _COLOURS[outcome] if outcome else "open",
        "state_text": outcome.label if outcome else "未登记",
    }
