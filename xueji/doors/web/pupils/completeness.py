"""建档情况: whose electronic record lacks what, by school and class, as a plain list (clause B3)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from xueji.doors.web.help import help_for
from xueji.doors.web.lists import PAGE_SIZE
from xueji.doors.web.names import class_names
from xueji.doors.web.pupils.year import Year, names_of, sheet, year_of
from xueji.registry.register import selectors as register
from xueji.registry.register.selectors import Completeness, Gap

NO_CLASS = "（未编班）"


def page(request: HttpRequest) -> HttpResponse:
    """A school's list; for who has several schools first the schools, each opening its list."""
    viewer = year_of(request)
    school = _school(request, viewer)
    if school is None:
        return _schools(request, viewer)
    found = register.completeness(school)
    names = class_names(one.class_group for one in found.classes)
    shown = Paginator(_chosen(request, found), PAGE_SIZE).get_page(request.GET.get("page"))
    context: dict[str, Any] = {
        "school": names_of([school])[school],
        "school_id": school,
        "several": len(viewer.schools) > 1,
        "found": found,
        "open": found.pupils - found.established,
        "missing": register.missing_by_label(found),
        "classes": [
            {
                "name": names.get(one.class_group, NO_CLASS) if one.class_group else NO_CLASS,
                "pupils": one.pupils,
                "established": one.established,
                "open": one.pupils - one.established,
                "empty": [(title, one.empty.get(title, 0)) for title in found.wanted],
            }
            for one in found.classes
        ],
        "wanted": found.wanted,
        "items_url": reverse("web:record-items") if viewer.is_school else "",
        "all": request.GET.get("all") == "1",
        "warned": sum(1 for gap in found.gaps if not gap.missing),
        "rows": [_row(gap, names, may_mend=viewer.is_school) for gap in shown.object_list],
        "page": shown,
        "help": help_for("completeness"),
    }
    return render(request, "pupils/completeness.html", context)


def file(request: HttpRequest) -> HttpResponse:
    """The school's whole list as .xlsx; logged as an export."""
    viewer = year_of(request)
    school = _school(request, viewer)
    if school is None:
        raise Http404
    found = register.completeness(school)
    names = class_names(one.class_group for one in found.classes)
    rows = [
        [
            gap.pupil.name,
            gap.pupil.number,
            names.get(gap.pupil.class_group, NO_CLASS) if gap.pupil.class_group else NO_CLASS,
            "、".join(gap.missing),
            "、".join(gap.wanting),
            "、".join(found.empty.get(gap.pupil.student, ())),
        ]
        for gap in found.gaps
    ]
    headers = ["姓名", "学籍号", "班级", "未建档：缺少的必备项", "待补充的其他项", "还没有登记的部分"]
    return sheet(viewer.actor, "建档情况", headers, rows, [gap.pupil.student for gap in found.gaps])


def _school(request: HttpRequest, viewer: Year) -> UUID | None:
    """The school whose list is shown: the one asked for, the only one, or None where there are several."""
    asked = request.GET.get("school", "")
    if asked:
        found = next((one for one in viewer.schools if str(one) == asked), None)
        if found is None:
            raise Http404
        return found
    return viewer.schools[0] if len(viewer.schools) == 1 else None


def _schools(request: HttpRequest, viewer: Year) -> HttpResponse:
    counted = register.established_by_school(viewer.schools)
    names = names_of(viewer.schools)
    counted.sort(key=lambda one: (one.established - one.pupils, names.get(one.school, "")))
    rows = [
        {
            "name": names.get(one.school, ""),
            "url": f"{reverse('web:completeness')}?school={one.school}",
            "pupils": one.pupils,
            "established": one.established,
            "open": one.pupils - one.established,
        }
        for one in counted
    ]
    context = {
        "rows": rows,
        "pupils": sum(one.pupils for one in counted),
        "open": sum(one.pupils - one.established for one in counted),
        "help": help_for("completeness"),
    }
    return render(request, "pupils/completeness_schools.html", context)


def _chosen(request: HttpRequest, found: Completeness) -> list[Gap]:
    """Records that are not established, or with ``all=1`` also those that only want other fields."""
    if request.GET.get("all") == "1":
        return list(found.gaps)
    return [gap for gap in found.gaps if gap.missing]


def _row(gap: Gap, names: dict[UUID, str], *, may_mend: bool) -> dict[str, Any]:
    student = gap.pupil.student
    return {
        "name": gap.pupil.name,
        "url": reverse("web:pupil", args=[student]),
        "number": gap.pupil.number,
        "class_name": names.get(gap.pupil.class_group, NO_CLASS) if gap.pupil.class_group else NO_CLASS,
        "missing": "、".join(gap.missing),
        "wanting": "、".join(gap.wanting),
        "mend": reverse("web:change-new-of", args=["correction", student]) if may_mend else "",
    }
