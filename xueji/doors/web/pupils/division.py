"""升学 and 分班: a nine-year school's own leavers go on; entrants without a class are divided, with a preview."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from xueji.doors.web.help import help_for
from xueji.doors.web.names import code_name
from xueji.doors.web.pupils.leavers import own_leavers
from xueji.doors.web.pupils.year import Year, year_of
from xueji.ground.organisations import selectors as organisations
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.school_year import STAGE_NAMES, Stage
from xueji.pure.kernel.types import Refused, Role
from xueji.pure.procedures.division import BALANCED, PINYIN, Unclassed, arrange, sizes
from xueji.registry.applications import services
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
            application = _admit(found) if "admit" in request.POST else _divide(request, found)
        except Refused as error:
            refused = error
        else:
            messages.success(request, "已提交，进展见右边的办理步骤。", extra_tags="done")
            return redirect("web:application", application)
    return render(request, "pupils/division.html", _context(request, found, refused), status=409 if refused else 200)


def _context(request: HttpRequest, found: Year, refused: Refused | None) -> dict[str, object]:
    waiting = register.unclassed_pupils(found.actor.organisation, today())
    stage = waiting[0].stage if waiting else Stage.JUNIOR.value
    waiting = [one for one in waiting if one.stage == stage]
    order = request.GET.get("order", PINYIN) if request.GET.get("order") in dict(ORDERS) else PINYIN
    typed = request.GET.get("classes", "")
    classes = min(_MOST, int(typed)) if typed.isdecimal() and int(typed) > 0 else max(1, len(waiting) // 45 + 1)
    pupils = [Unclassed(one.student, one.name_pinyin, one.gender) for one in waiting]
    assigned = arrange(pupils, classes, order) if pupils else []
    known = {one.student: one for one in waiting}
    leaving = own_leavers(found) if _has_junior(found) else []
    return {
        "stage": STAGE_NAMES[Stage(stage)],
        "rows": [_row(known[student], class_no, seat) for seat, (student, class_no) in enumerate(assigned, start=1)],
        "sizes": sizes(assigned).items(),
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
        "class_no": class_no,
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
