"""升学 and 分班: a nine-year school's own leavers go on; entrants without a class are divided, with a preview."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from xueji.doors.web.help import help_for
from xueji.doors.web.names import code_name
from xueji.doors.web.pupils.leavers import own_leavers
from xueji.doors.web.pupils.year import Year, sheet, year_of
from xueji.ground.organisations import selectors as organisations
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.school_year import STAGE_NAMES, Stage
from xueji.pure.kernel.types import Refused, Role
from xueji.pure.procedures.division import BALANCED, PINYIN, Unclassed, arrange, sizes
from xueji.registry.applications import services
from xueji.registry.intake import lists
from xueji.registry.register import selectors as register
from xueji.registry.register.selectors import CohortPupil

ORDERS = ((PINYIN, "按姓名拼音依次编班"), (BALANCED, "男女均衡编班"))
_MOST = 40


def division(request: HttpRequest) -> HttpResponse:
    """Who has no class yet, the classes as they would be, and the lodging of both."""
    found = year_of(request, bureaus=False)
    refused: Refused | None = None
    if request.method == "POST":
        if found.actor.role is not Role.REGISTRAR:
            raise Http404
        try:
            if "upload" in request.POST:
                return _uploaded(request, found)
            application = _admit(found) if "admit" in request.POST else _divide(request, found)
        except Refused as error:
            refused = error
        else:
            messages.success(request, "已提交，进展见本页的“办理步骤”。", extra_tags="done")
            return redirect("web:application", application)
    return render(request, "pupils/division.html", _context(request, found, refused), status=409 if refused else 200)


def _uploaded(request: HttpRequest, found: Year) -> HttpResponse:
    """An uploaded list: of admission it is lodged where nothing is wrong, of division it fills the preview."""
    file = request.FILES.get("list")
    if file is None:
        raise Refused("list_missing", "还没有选择文件。请选择 .xlsx 名单后再上传。")
    data, school = file.read(), found.actor.organisation
    if request.POST["upload"] == "admission":
        admitted = lists.read_admission(actor=found.actor, school=school, data=data)
        problems = admitted.found
        if not lists.errors(problems):
            lodged = services.lodge_admission(
                actor=found.actor, school=school, school_year=found.book.school_year(), listed=admitted.listed
            )
            messages.success(
                request, f"名单中 {lodged.rows} 人的升学已提交，进展见本页的“办理步骤”。", extra_tags="done"
            )
            return redirect("web:application", lodged.application)
        context = _context(request, found, None)
    else:
        read = lists.read_division(actor=found.actor, school=school, stage=_stage(found), data=data)
        problems = read.found
        context = _context(request, found, None, read.classes) | {"filled": len(read.classes)}
    status = 422 if lists.errors(problems) else 200
    return render(request, "pupils/division.html", context | {"findings": problems}, status=status)


def file(request: HttpRequest) -> HttpResponse:
    """Those who wait for a class, as a workbook to fill in."""
    found = year_of(request, bureaus=False)
    waiting = [
        one for one in register.unclassed_pupils(found.actor.organisation, today()) if one.stage == _stage(found)
    ]
    return sheet(
        found.actor,
        "分班名单",
        ("姓名", "性别", "班级"),
        [[one.name, code_name("gender", one.gender), ""] for one in waiting],
        [one.student for one in waiting],
    )


def _stage(found: Year) -> str:
    """The stage whose entrants are divided now."""
    waiting = register.unclassed_pupils(found.actor.organisation, today())
    return waiting[0].stage if waiting else Stage.JUNIOR.value


def _context(
    request: HttpRequest, found: Year, refused: Refused | None, uploaded: Mapping[UUID, int] | None = None
) -> dict[str, object]:
    waiting = register.unclassed_pupils(found.actor.organisation, today())
    stage = waiting[0].stage if waiting else Stage.JUNIOR.value
    waiting = [one for one in waiting if one.stage == stage]
    order = request.GET.get("order", PINYIN) if request.GET.get("order") in dict(ORDERS) else PINYIN
    typed = request.GET.get("classes", "")
    classes = min(_MOST, int(typed)) if typed.isdecimal() and int(typed) > 0 else max(1, len(waiting) // 45 + 1)
    pupils = [Unclassed(one.student, one.name_pinyin, one.gender) for one in waiting]
    assigned = arrange(pupils, classes, order) if pupils else []
    if uploaded is not None:  # the list says which class; who is not on it has none yet
        assigned = sorted(
            ((student, uploaded.get(student, 0)) for student, _ in assigned), key=lambda one: one[1] or 100
        )
    known = {one.student: one for one in waiting}
    leaving = own_leavers(found) if _has_junior(found) else []
    return {
        "stage": STAGE_NAMES[Stage(stage)],
        "rows": [_row(known[student], class_no, seat) for seat, (student, class_no) in enumerate(assigned, start=1)],
        "sizes": sizes([one for one in assigned if one[1]]).items(),
        "junior": _has_junior(found),
        "classes": classes,
        "order": order,
        "orders": ORDERS,
        "leavers": len(leaving),
        "may": found.actor.role is Role.REGISTRAR,
        "refused": refused,
        "help": help_for("division"),
    }


def _has_junior(found: Year) -> bool:
    return Stage.JUNIOR.value in organisations.stages_of(organisations.by_id(found.actor.organisation))


def _row(one: CohortPupil, class_no: int, seat: int) -> dict[str, object]:
    return {
        "student": one.student,
        "seat": seat,
        "name": one.name,
        "url": reverse("web:pupil", args=[one.student]),
        "gender": code_name("gender", one.gender),
        "number": one.number,
        "class_no": class_no or "",
    }


def _admit(found: Year) -> UUID:
    listed = [(one.number, one.name) for one in own_leavers(found)]
    lodged = services.lodge_admission(
        actor=found.actor, school=found.actor.organisation, school_year=found.book.school_year(), listed=listed
    )
    return lodged.application


def _divide(request: HttpRequest, found: Year) -> UUID:
    """The grid as it was sent: class by class, in the order of its rows."""
    waiting = register.unclassed_pupils(found.actor.organisation, today())
    typed = [(one, request.POST.get(f"class-{one.student}", "")) for one in waiting]
    wrong = [one.name for one, text in typed if text and not text.isdecimal()]
    if wrong:
        raise Refused("division_class", f"{wrong[0]}的班号写数字，请核对。", "通知二.2")
    chosen = [(one, int(text)) for one, text in typed if text]
    stage = chosen[0][0].stage if chosen else Stage.JUNIOR.value
    chosen.sort(key=lambda item: (item[1], item[0].name_pinyin, str(item[0].student)))
    lodged = services.lodge_division(
        actor=found.actor,
        school=found.actor.organisation,
        stage=stage,
        intake_year=found.book.school_year(),
        assigned=[(one.student, class_no) for one, class_no in chosen],
    )
    return lodged.application
