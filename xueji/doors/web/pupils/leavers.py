"""毕业生 (已毕业待升学): who has left a final grade and has no registration since, with where he goes; 毕业回退."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from xueji.doors.web.actors import actor_of
from xueji.doors.web.help import help_for
from xueji.doors.web.lists import PAGE_SIZE
from xueji.doors.web.names import code_name
from xueji.doors.web.pupils.year import Year, names_of, sheet, year_of
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.school_year import STAGE_NAMES, Stage, school_year_name
from xueji.pure.kernel.types import Refused, Role
from xueji.registry.applications import services
from xueji.registry.register import selectors as register
from xueji.registry.register.selectors import Left
from xueji.registry.register.words import HOW_ENDED

UNKNOWN = "未登记"


def leavers(request: HttpRequest) -> HttpResponse:
    """The list of a year's leavers."""
    return _page(request)


def _page(request: HttpRequest, refused: Refused | None = None, typed: str = "") -> HttpResponse:
    found = year_of(request)
    year = _year(request, found)
    everybody = _of_year(found, year)
    page = Paginator(everybody, PAGE_SIZE).get_page(request.GET.get("page"))
    schools = names_of(one.school for one in page.object_list)
    where = Counter(code_name("leaver_destination", one.destination) or UNKNOWN for one in everybody)
    context: dict[str, Any] = {
        "year": year,
        "years": [(one, school_year_name(one)) for one in _years(found)],
        "school_year": school_year_name(year),
        "rows": [_row(one, schools) for one in page.object_list],
        "page": page,
        "total": len(everybody),
        "completed": sum(1 for one in everybody if one.how == "completion"),
        "where": where.most_common(),
        "is_bureau": not found.is_school,
        "may_undo": not found.is_school and found.actor.role is Role.HEAD,
        "refused": refused,
        "typed_reason": typed,
        "help": help_for("leavers"),
    }
    return render(request, "pupils/leavers.html", context, status=409 if refused else 200)


def _years(found: Year) -> list[int]:
    now = found.book.school_year()
    return [now - back for back in range(3)]


def _year(request: HttpRequest, found: Year) -> int:
    """The school year whose leavers are shown: the one asked for, else the last one that ended."""
    asked = request.GET.get("year", "")
    years = _years(found)
    if asked.isdecimal() and int(asked) in years:
        return int(asked)
    return years[0] if today() >= _ends(found, years[0]) else years[1]


def _ends(found: Year, year: int) -> date:
    """The first day on which the leavers of a school year are no longer registered."""
    return date.fromisoformat(f"{year + 1}-{found.book.change('leaving').effective_day}")


def _of_year(found: Year, year: int) -> list[Left]:
    """From one graduation to the day before the next, late ones included."""
    day = timedelta(days=1)
    return register.leavers(found.schools, after=_ends(found, year) - day, until=_ends(found, year + 1) - day)


def own_leavers(found: Year) -> list[Left]:
    """The primary leavers of the year that has ended, whom the school still holds."""
    return [one for one in _of_year(found, found.book.school_year() - 1) if one.stage == Stage.PRIMARY.value]


def _row(one: Left, schools: dict[UUID, str]) -> dict[str, Any]:
    return {
        "student": one.student,
        "school": schools.get(one.school, ""),
        "name": one.name,
        "url": reverse("web:pupil", args=[one.student]),
        "gender": code_name("gender", one.gender),
        "number": one.number,
        "stage": STAGE_NAMES[Stage(one.stage)],
        "how": HOW_ENDED.get(one.how, "毕业"),
        "state": "soon" if one.how == "completion" else "done",
        "ended_on": one.ended_on.isoformat(),
        "destination": code_name("leaver_destination", one.destination) or UNKNOWN,
    }


def file(request: HttpRequest) -> HttpResponse:
    """The list as a workbook."""
    found = year_of(request)
    year = _year(request, found)
    everybody = _of_year(found, year)
    schools = names_of(one.school for one in everybody)
    keys = ("school", "name", "gender", "number", "stage", "how", "ended_on", "destination")
    return sheet(
        found.actor,
        f"{school_year_name(year)}学年毕业生名单",
        ("学校", "姓名", "性别", "学籍号", "学段", "毕业或结业", "离校日期", "毕业去向"),
        [[str(row[key]) for key in keys] for row in (_row(one, schools) for one in everybody)],
        [one.student for one in everybody],
    )


@require_POST
def undo(request: HttpRequest) -> HttpResponse:
    """毕业回退 of the chosen pupils of one school."""
    actor = actor_of(request)
    if actor.role is not Role.HEAD:
        raise Http404
    reason = request.POST.get("reason", "")
    try:
        students = [UUID(text) for text in request.POST.getlist("pick")]
        if not students:
            raise Refused("undo_nobody", "请先在名单中勾选要回退的学生。", "通知三.2")
        count = services.undo_graduation(actor=actor, students=students, reason=reason)
    except ValueError:
        raise Http404 from None
    except Refused as refused:
        return _page(request, refused, reason)
    messages.success(request, f"已回退 {count} 名学生，他们仍在原学校在籍。", extra_tags="done")
    return redirect("web:leavers")
