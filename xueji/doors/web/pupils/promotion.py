"""升级: which cohorts go up, who stays and where; a school proposes, a bureau may confirm for all its schools."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from xueji.doors.web.help import help_for
from xueji.doors.web.names import class_names
from xueji.doors.web.pupils.year import SCHOOLS_SHOWN, Year, names_of, sheet, turning_into, under_way, year_of
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.school_year import STAGE_NAMES, Stage, grade_name, school_year_name
from xueji.pure.kernel.types import Refused, Role
from xueji.registry.applications import services
from xueji.registry.applications.models import Application, ApplicationState
from xueji.registry.applications.previews import CohortLine, PromotionPreview, StayingPupil, preview_promotion
from xueji.registry.applications.services import bulk
from xueji.registry.register.words import STATUS_WORDS

WAITS = "下一届还没有班级，设班后编入"


def promotion(request: HttpRequest) -> HttpResponse:
    """The school's cohorts, or the bureau's schools."""
    found = year_of(request)
    return _school(request, found) if found.is_school else _bureau(request, found)


def _school(request: HttpRequest, found: Year) -> HttpResponse:
    year, refused = turning_into(found.book), None
    if request.method == "POST":
        try:
            lodged = services.lodge_promotion(actor=found.actor, school=found.actor.organisation, school_year=year)
        except Refused as error:
            refused = error
        else:
            messages.success(request, "已提交，进展见本页的“办理步骤”。", extra_tags="done")
            return redirect("web:application", lodged.application)
    preview = preview_promotion(found.schools, year, found.book)
    open_ones = under_way(found.actor, "promotion")
    waiting = bool(preview.open_schools)
    context: dict[str, Any] = {
        "school_year": school_year_name(year),
        "starts": preview.starts,
        "rows": [cohort_row(line, in_hand=bool(open_ones)) for line in preview.lines],
        "up": sum(line.going_up for line in preview.lines),
        "staying": staying_rows(preview),
        "only_staying": waiting and not preview.unconfirmed,
        "early": today() < preview.starts,
        "may": found.actor.role is Role.REGISTRAR and waiting and not open_ones,
        "why": "" if found.actor.role is Role.REGISTRAR else "由学籍管理员提出，分管校长确认",
        "open_url": reverse("web:application", args=[open_ones[0].id]) if open_ones else "",
        "waiting": waiting,
        "refused": refused,
        "help": help_for("promotion"),
    }
    return render(request, "pupils/promotion.html", context, status=409 if refused else 200)


def cohort_row(line: CohortLine, *, in_hand: bool) -> dict[str, Any]:
    """A cohort in words: from which grade into which, how many go up and stay."""
    done = line.confirmed
    return {
        "cohort": line.intake_year,
        "stage": STAGE_NAMES[Stage(line.stage)],
        "before": grade_name(line.before),
        "after": grade_name(line.after),
        "pupils": line.pupils,
        "going_up": line.going_up,
        "staying": line.staying,
        "state": "done" if done else "progress" if in_hand else "open",
        "state_text": "已确认" if done else "等分管校长确认" if in_hand else "未确认",
    }


def staying_rows(preview: PromotionPreview, *, schools: dict[UUID, str] | None = None) -> list[dict[str, str]]:
    """Who does not go up with the class, why, and where he goes."""
    names = class_names([group for one in preview.staying for group in (one.pupil.class_group, one.to)], preview.starts)
    return [_pupil(one, names, schools or {}) for one in preview.staying]


def _pupil(one: StayingPupil, names: dict[UUID, str], schools: dict[UUID, str]) -> dict[str, str]:
    pupil = one.pupil
    return {
        "school": schools.get(pupil.school, ""),
        "name": pupil.name,
        "url": reverse("web:pupil", args=[pupil.student]),
        "number": pupil.number,
        "status": STATUS_WORDS.get(pupil.status, pupil.status),
        "since": pupil.status_since.isoformat() if pupil.status_since else "",
        "cohort": f"{pupil.intake_year} 级（{pupil.class_no}）班",
        "to": names.get(one.to, "") if one.to else WAITS,
        "state": "progress" if one.to else "soon",
    }


def exceptions(request: HttpRequest) -> HttpResponse:
    """Who does not go up, as a workbook."""
    found = year_of(request)
    year = turning_into(found.book)
    preview = preview_promotion(found.schools, year, found.book)
    rows = staying_rows(preview, schools=names_of(one.pupil.school for one in preview.staying))
    return sheet(
        found.actor,
        f"{school_year_name(year)}学年不随班升级学生名单",
        ("学校", "姓名", "学籍号", "原年级班级（届）", "学籍状态", "自", "编入"),
        [[row[key] for key in ("school", "name", "number", "cohort", "status", "since", "to")] for row in rows],
        [one.pupil.student for one in preview.staying],
    )


def _bureau(request: HttpRequest, found: Year) -> HttpResponse:
    year, refused = turning_into(found.book), None
    if request.method == "POST":
        try:
            run = bulk.start_run(actor=found.actor, kind="promotion", school_year=year)
            return redirect("web:bulk-run", run)
        except Refused as error:
            refused = error
    preview = preview_promotion(found.schools, year, found.book)
    rows = _schools(preview, year)
    names = names_of(row["school"] for row in rows)
    for row in rows:
        row["name"] = names.get(row["school"], "")
    rows.sort(key=lambda row: (row["state"] == "done", row["name"]))
    context = {
        "school_year": school_year_name(year),
        "rows": rows[:SCHOOLS_SHOWN],
        "more": max(0, len(rows) - SCHOOLS_SHOWN),
        "schools": len(rows),
        "waiting": sum(1 for row in rows if row["state"] == "open"),
        "up": sum(line.going_up for line in preview.lines),
        "staying": staying_rows(preview, schools=names_of(one.pupil.school for one in preview.staying)),
        "is_head": found.actor.role is Role.HEAD,
        "refused": refused,
        "help": help_for("promotion_bureau"),
    }
    return render(request, "pupils/promotion_bureau.html", context, status=409 if refused else 200)


def _schools(preview: PromotionPreview, year: int) -> list[dict[str, Any]]:
    """A line a school: what is confirmed, what waits, what is in its own hands."""
    lines: dict[UUID, list[CohortLine]] = {}
    for line in preview.lines:
        lines.setdefault(line.school, []).append(line)
    own = set(
        Application.objects.filter(
            kind="promotion", school_year=year, state__in=ApplicationState.under_way(), school__in=list(lines)
        ).values_list("school", flat=True)
    )
    rows: list[dict[str, Any]] = []
    for school, cohorts in lines.items():
        state = "progress" if school in own else "open" if school in preview.open_schools else "done"
        rows.append(
            {
                "school": school,
                "cohorts": len(cohorts),
                "unconfirmed": sum(1 for one in cohorts if not one.confirmed),
                "up": sum(one.going_up for one in cohorts),
                "staying": sum(one.staying for one in cohorts),
                "state": state,
                "state_text": {"progress": "学校正在办理", "open": "未确认", "done": "已确认"}[state],
            }
        )
    return rows
