"""毕业与结业: the final grades; the school's list of who graduates, completes, stays; a bureau's schools at once."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from xueji.doors.web.files import workbook
from xueji.doors.web.help import help_for
from xueji.doors.web.names import class_names
from xueji.doors.web.pupils.leaving_bureau import bureau
from xueji.doors.web.pupils.leaving_rows import COLOURS, WORDS, last_day, open_years, staying_rows
from xueji.doors.web.pupils.year import Year, log_export, names_of, sheet, year_of
from xueji.pure.kernel.rulebook import Ask
from xueji.pure.kernel.school_year import STAGE_NAMES, Stage, grade_name, school_year_name
from xueji.pure.kernel.types import Refused, Role
from xueji.registry.applications import services
from xueji.registry.applications.models import Application, ApplicationState
from xueji.registry.applications.previews import LeavingPreview, preview_leaving
from xueji.registry.applications.services.cohorts import choices_of
from xueji.registry.applications.services.completing.leavers import DESTINATION
from xueji.registry.intake.outcome_list import ListedLeaver, read_list, write_list


def leaving(request: HttpRequest) -> HttpResponse:
    """Final grades that are in school still: a school's own, or by school."""
    found = year_of(request)
    return _school(request, found) if found.is_school else bureau(request, found)


def _school(request: HttpRequest, found: Year) -> HttpResponse:
    rows = []
    for stage, year in open_years(found):
        preview = preview_leaving(found.schools, stage, year, found.book, actor=found.actor)
        for line in preview.lines:
            if not preview.pupils and line.application is None:
                continue
            rows.append(
                {
                    "cohort": found.book.stages.intake_year_of(found.book.stages.final_grade(stage), year),
                    "stage": STAGE_NAMES[Stage(stage)],
                    "grade": grade_name(found.book.stages.final_grade(stage)),
                    "school_year": school_year_name(year),
                    "pupils": len(preview.pupils),
                    "graduating": line.graduating,
                    "completing": line.completing,
                    "staying": line.staying,
                    "state": COLOURS[line.state],
                    "state_text": WORDS[line.state],
                    "url": reverse("web:leaving-list", args=[stage, year]),
                    "application": reverse("web:application", args=[line.application]) if line.application else "",
                    "open": bool(preview.how) and line.state in ("not_lodged", "approved"),
                }
            )
    return render(request, "pupils/leaving.html", {"rows": rows, "help": help_for("leaving")})


def the_list(request: HttpRequest, stage: str, year: int) -> HttpResponse:
    """The school's list of one final grade: filled in here or by workbook, then lodged; sent back it is put right."""
    found = year_of(request, bureaus=False)
    if (stage, year) not in open_years(found):
        raise Http404
    preview = preview_leaving(found.schools, stage, year, found.book, actor=found.actor)
    application = _sent_back(found, stage, year)
    answers = _stored(preview)
    faults: tuple[tuple[int, str], ...] = ()
    refused: Refused | None = None
    if request.method == "POST":
        if found.actor.role is not Role.REGISTRAR:
            raise Http404
        try:
            file = request.FILES.get("file")
            if file is not None:
                read = read_list(file.read(), _rows(found, preview, answers), _asks(found), found.book)
                answers, faults = {**answers, **read.outcomes}, read.faults
            else:
                answers = _typed(request, preview, _asks(found))
                return _lodged(request, found, stage, year, answers, application)
        except Refused as error:
            refused = error
    context = _list_context(found, preview, stage, year, answers, application)
    context |= {
        "faults": faults,
        "refused": refused,
        "read": request.method == "POST" and "file" in request.FILES and refused is None,
        "in_hand": _in_hand(preview, application),
    }
    return render(request, "pupils/leaving_list.html", context, status=409 if refused else 200)


def _asks(found: Year) -> tuple[Ask, ...]:
    return found.book.change("leaving").asks


def _sent_back(found: Year, stage: str, year: int) -> UUID | None:
    """The application that came back to be put right."""
    back = Application.objects.filter(
        school=found.actor.organisation, kind="leaving", stage=stage, school_year=year,
        state=ApplicationState.SENT_BACK,
    )  # fmt: skip
    return back.values_list("id", flat=True).first()


def _in_hand(preview: LeavingPreview, sent_back: UUID | None) -> str:
    """Where the application is that decides on this list already."""
    line = preview.lines[0] if preview.lines else None
    if line is None or sent_back is not None or line.state not in ("under_way", "waiting"):
        return ""
    return reverse("web:application", args=[line.application])


def _stored(preview: LeavingPreview) -> dict[UUID, dict[str, str]]:
    return {
        student: {**outcome.results, **({DESTINATION: outcome.destination} if outcome.destination else {})}
        for student, outcome in preview.outcomes.items()
    }


def _typed(request: HttpRequest, preview: LeavingPreview, asks: tuple[Ask, ...]) -> dict[UUID, dict[str, str]]:
    """The answers of the page's grid; the destination of all fills in where a row has none."""
    for_all = request.POST.get("destination-all", "")
    found = {}
    for student in preview.how:
        answers = {ask.key: request.POST.get(f"o-{student}-{ask.key}", "") for ask in asks}
        if DESTINATION in answers and not answers[DESTINATION]:
            answers[DESTINATION] = for_all
        found[student] = {key: value for key, value in answers.items() if value}
    return found


def _lodged(
    request: HttpRequest, found: Year, stage: str, year: int, answers: dict[UUID, dict[str, str]], back: UUID | None
) -> HttpResponse:
    actor = found.actor
    if back is not None:
        services.revise_leaving(actor=actor, application=back, outcomes=answers)
        services.resubmit(actor=actor, application=back)
        application = back
    else:
        lodged = services.lodge_leaving(
            actor=actor, school=actor.organisation, stage=stage, school_year=year, outcomes=answers
        )
        application = lodged.application
    messages.success(request, "已提交，进展见本页的“办理步骤”。", extra_tags="done")
    return redirect("web:application", application)


def _rows(found: Year, preview: LeavingPreview, answers: dict[UUID, dict[str, str]]) -> list[ListedLeaver]:
    names = class_names([one.class_group for one in preview.pupils], last_day(preview))
    return [
        ListedLeaver(
            one.student,
            one.number,
            one.name,
            names.get(one.class_group, "") if one.class_group else "",
            answers.get(one.student, {}),
        )
        for one in preview.pupils
        if one.student in preview.how
    ]


def _list_context(
    found: Year,
    preview: LeavingPreview,
    stage: str,
    year: int,
    answers: dict[UUID, dict[str, str]],
    back: UUID | None,
) -> dict[str, Any]:
    asks = [{"key": ask.key, "label": ask.label, "hint": ask.hint, "codes": bool(ask.codes),
             "choices": list(choices_of(ask, found.book).items())} for ask in _asks(found)]  # fmt: skip
    names = class_names([one.class_group for one in preview.pupils], last_day(preview))
    rows = [
        {
            "student": one.student,
            "name": one.name,
            "url": reverse("web:pupil", args=[one.student]),
            "number": one.number,
            "class_name": one.class_name,
            "cells": [
                {"ask": ask, "name": f"o-{one.student}-{ask['key']}", "value": one.answers.get(str(ask["key"]), "")}
                for ask in asks
            ],
        }
        for one in _rows(found, preview, answers)
    ]
    return {
        "stage": STAGE_NAMES[Stage(stage)],
        "school_year": school_year_name(year),
        "effective_on": preview.effective_on,
        "asks": asks,
        "rows": rows,
        "staying": staying_rows(preview, names),
        "may": found.actor.role is Role.REGISTRAR,
        "back": back,
        "file_url": reverse("web:leaving-list-file", args=[stage, year]),
        "exceptions_url": reverse("web:leaving-exceptions", args=[stage, year]),
        "help": help_for("leaving"),
    }


def list_file(request: HttpRequest, stage: str, year: int) -> HttpResponse:
    """The list as a workbook to be filled in."""
    found = year_of(request, bureaus=False)
    if (stage, year) not in open_years(found):
        raise Http404
    preview = preview_leaving(found.schools, stage, year, found.book, actor=found.actor)
    rows = _rows(found, preview, _stored(preview))
    title = f"{school_year_name(year)}学年{STAGE_NAMES[Stage(stage)]}毕业结果"
    log_export(found.actor, title, [one.student for one in rows])
    return workbook(title, write_list(title, rows, _asks(found), found.book))


def exceptions(request: HttpRequest, stage: str, year: int) -> HttpResponse:
    """Who cannot graduate or complete and why, as a workbook."""
    found = year_of(request)
    if (stage, year) not in open_years(found):
        raise Http404
    preview = preview_leaving(found.schools, stage, year, found.book, actor=found.actor)
    names = class_names([one.class_group for one in preview.pupils], last_day(preview))
    rows = staying_rows(preview, names, names_of(one.school for one in preview.pupils))
    return sheet(
        found.actor,
        f"{school_year_name(year)}学年{STAGE_NAMES[Stage(stage)]}不能毕业学生名单",
        ("学校", "姓名", "学籍号", "班级", "原因"),
        [[row[key] for key in ("school", "name", "number", "class_name", "why")] for row in rows],
        list(preview.staying),
    )
