"""Class lists for the class teachers: on paper, or as a workbook that comes back filled in. Both are logged."""

from __future__ import annotations

from itertools import groupby
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from xueji.doors.web.files import workbook as workbook_answer
from xueji.doors.web.names import code_name, organisation_names
from xueji.doors.web.rollcall import roll as roll_page
from xueji.doors.web.rollcall.supplements import read_as
from xueji.doors.web.rollcall.words import class_words, group_of, roll_of, situation
from xueji.ground.disclosure import services as disclosure
from xueji.ground.disclosure.models import DisclosureKind
from xueji.ground.organisations.selectors import class_order
from xueji.pure.kernel.types import Actor, Refused
from xueji.registry.rollcall import selectors, services
from xueji.registry.rollcall.models import Presence, RollState, Standing
from xueji.registry.rollcall.types import LineView, RollView
from xueji.registry.rollcall.workbook import ListedPupil, write


def _listed(roll: RollView, group: str) -> list[tuple[str, list[LineView]]]:
    """(class, its pupils to be called) in the order of the classes; of one class where one is asked for."""
    lines = selectors.lines([roll.id], with_reasons=True)
    expected = [one for one in lines if one.standing in Standing.expected()]
    if group:
        wanted = group_of(group)
        expected = [one for one in expected if one.class_group == wanted]
    names = class_words((one.class_group for one in expected), roll.listed_on)
    order = class_order(roll.school)
    # Keeps the order of pinyin within a class.
    ordered = sorted(expected, key=lambda one: order.get(one.class_group, len(order)))
    return [(names.get(key, ""), list(found)) for key, found in groupby(ordered, key=lambda one: one.class_group)]


def _log(actor: Actor, kind: DisclosureKind, lines: list[LineView], words: str) -> None:
    subjects = [one.student for one in lines]
    disclosure.log(actor=actor, kind=kind, subjects=subjects, count=len(subjects), ground=disclosure.ground_for(words))


@require_POST
def paper(request: HttpRequest, roll: UUID) -> HttpResponse:
    """The class lists on paper, a sheet a class: with room for what is found, or, closed, with what was found and its
    supplements beside."""
    actor, found, book, dates = roll_of(request, roll)
    closed = found.state == RollState.CLOSED
    classes = _listed(found, request.POST.get("group", ""))
    if not classes:
        raise Http404
    _log(actor, DisclosureKind.PRINT, [one for _, lines in classes for one in lines], f"打印{dates.title}报到名单")
    context = {
        "dates": dates,
        "school_name": organisation_names([found.school]).get(found.school, ""),
        "classes": [
            {
                "name": name,
                "rows": [
                    {
                        "name": one.name,
                        "number": one.student_number,
                        "gender": code_name("gender", one.gender),
                        "closed": situation(one, book)[1],
                        "reason": one.reason,
                        "read": read_as(one, book),
                    }
                    for one in lines
                ],
            }
            for name, lines in classes
        ],
        "total": sum(len(lines) for _, lines in classes),
        "back_url": reverse("web:rollcall-roll", args=[roll]),
    }
    if closed:
        context |= {"closed_on": found.closed_at, "digest": found.digest}
    return render(request, "rollcall/closed_paper.html" if closed else "rollcall/paper.html", context)


@require_POST
def workbook_out(request: HttpRequest, roll: UUID) -> HttpResponse:
    """The same as a workbook to be filled in."""
    actor, found, _, dates = roll_of(request, roll)
    classes = _listed(found, request.POST.get("group", ""))
    if not classes:
        raise Http404
    _log(actor, DisclosureKind.EXPORT, [one for _, lines in classes for one in lines], f"下载{dates.title}报到名单")
    pupils = [_pupil(name, one) for name, lines in classes for one in lines]
    return workbook_answer(f"报到名单-{dates.code}.xlsx", write(roll, f"{dates.title}报到名单", pupils))


def _pupil(class_name: str, one: LineView) -> ListedPupil:
    return ListedPupil(
        line=one.id,
        class_name=class_name,
        student_number=one.student_number,
        name=one.name,
        gender=code_name("gender", one.gender),
        presence=Presence(one.presence).label if one.presence else "",
        came_on=one.came_on.isoformat() if one.came_on and one.presence == Presence.HERE else "",
        reason=one.reason,
    )


@require_POST
def workbook_in(request: HttpRequest, roll: UUID) -> HttpResponse:
    """Filled-in lists come back."""
    actor, _, _, _ = roll_of(request, roll)
    file = request.FILES.get("file")
    try:
        if file is None:
            raise Refused("rollcall.file", "请先选择填好的报到名单（.xlsx）。")
        taken = services.enter_workbook(actor=actor, roll=roll, data=file.read())
    except Refused as refused:
        return roll_page.page(request, roll, refused)
    words = f"已登记 {taken.written} 人的到校情况。"
    if taken.extra:
        names = "、".join(f"{name}（{place}）" if place else name for place, name in taken.extra[:10])
        words += f"名单下面另写了 {len(taken.extra)} 人：{names}。请在“人籍分离”里逐一登记。"
    messages.success(request, words, extra_tags="soon" if taken.extra else "done")
    return redirect("web:rollcall-roll", roll)
