"""Printing 采集表, 核对表 and 学籍卡 for a class or one pupil: chosen on a page, opened as a PDF."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from xueji.doors.web.actors import actor_of
from xueji.doors.web.files import PDF, attachment
from xueji.doors.web.help import help_for
from xueji.doors.web.pupils.reveals import open_ground, take_ground
from xueji.duties.ledgers.pupil_forms import PRINTERS, REVEALERS, PupilForm, print_forms
from xueji.ground.organisations import selectors as organisations
from xueji.ground.parameters import selectors as parameters
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.types import Refused
from xueji.registry.register import selectors as register

_WORDS = {
    PupilForm.CHECKING: "印有学籍库中的内容，请监护人逐项核对后签字",
    PupilForm.COLLECTION: "已有的内容印好，缺的留空，由监护人补填、改正后签字",
    PupilForm.CARD: "学籍卡（学籍表）：照片、基本情况、学习经历、学籍变动，盖学籍专用章后归档",
}


def pupil_forms(request: HttpRequest) -> HttpResponse:
    """GET: which form for whom (``student`` in the address: one pupil; ``form``: which is chosen). POST: the PDF."""
    actor = actor_of(request)
    if actor.role not in PRINTERS:
        raise Http404
    refused: Refused | None = None
    if request.method == "POST":
        try:
            return _printed(request)
        except Refused as error:
            refused = error
    student = _uuid((request.POST or request.GET).get("student", ""))
    record = register.student_record(student, decrypt=False) if student else None
    if student and (record is None or record.latest.school != actor.organisation):
        raise Http404
    stages = parameters.rulebook(today()).stages
    counts = register.class_counts(actor.organisation)
    under_way = open_ground(request)
    context: dict[str, Any] = {
        "pupil": {"id": student, "name": record.name} if record else None,
        "classes": [
            (str(one.id), organisations.class_display_name(one, stages=stages), counts.get(one.id, 0))
            for one in organisations.class_groups(actor.organisation, stages=stages)
        ],
        "kinds": [
            (kind.value, kind.heading, words)
            for kind, words in _WORDS.items()
            # Of a pupil who left there is nothing to collect or to check any more.
            if record is None or record.in_force is not None or kind is PupilForm.CARD
        ],
        "may_reveal": actor.role in REVEALERS,
        "last_ground": under_way.text if under_way else "",
        "chosen": request.POST or request.GET,
        "refused": refused,
        "help": help_for("pupil_forms"),
    }
    return render(request, "ledgers/pupil_forms.html", context, status=409 if refused else 200)


def _printed(request: HttpRequest) -> HttpResponse:
    values = request.POST
    try:
        form = PupilForm(values.get("form", ""))
    except ValueError:
        raise Refused("forms.kind", "请先选择打印哪一种表。", "通知一.4") from None
    full = bool(values.get("full"))
    ground = take_ground(request, values.get("ground", "")) if full else None
    student, group = _uuid(values.get("student", "")), _uuid(values.get("class", ""))
    if student is None and group is None:
        raise Refused("forms.whom", "请先选择要打印的班级。", "通知一.4")
    made = print_forms(
        actor=actor_of(request),
        form=form,
        student=student,
        class_group=None if student else group,
        full=full,
        ground=ground,
    )
    return attachment(f"{made.name}.pdf", made.pdf, PDF, inline=True)


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
