"""班级: the class groups of a school by cohort; new ones are set for a cohort that begins."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from xueji.doors.web.actors import actor_of, required_session
from xueji.doors.web.help import help_for
from xueji.doors.web.places import SCHOOL_POSTS
from xueji.ground.organisations import selectors as organisations
from xueji.ground.organisations import services
from xueji.ground.parameters import selectors as parameters
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.school_year import STAGE_NAMES, Stage
from xueji.pure.kernel.types import Level, Refused, Role
from xueji.registry.register import selectors as register


def classes(request: HttpRequest) -> HttpResponse:
    """The list and, for the registrar, the form."""
    actor = actor_of(request)
    if actor.level is not Level.SCHOOL or actor.role not in SCHOOL_POSTS:
        raise Http404
    book = parameters.rulebook(today())
    refused: Refused | None = None
    if request.method == "POST":
        try:
            draft = _draft(request, int(book.settings["class_no_most"]))
            services.set_class_groups(actor=actor, school=actor.organisation, classes=[draft], effective_on=today())
            messages.success(request, "班级已登记。", extra_tags="done")
            return redirect("web:class-groups")
        except Refused as error:
            refused = error
    pupils = register.class_counts(actor.organisation)
    groups = organisations.class_groups(actor.organisation, stages=book.stages)
    rows: list[dict[str, Any]] = [
        {
            "name": organisations.class_display_name(group, stages=book.stages),
            "cohort": group.intake_year,
            "stage": STAGE_NAMES[Stage(group.stage)],
            "site": group.site.name,
            "class_no": group.class_no,
            "pupils": pupils.get(group.id, 0),
        }
        for group in groups
    ]
    context = {
        "sub": required_session(request).organisation_name,
        "rows": rows,
        "total": sum(row["pupils"] for row in rows),
        "may_add": actor.role is Role.REGISTRAR,
        "stages": [
            (one, STAGE_NAMES[Stage(one)]) for one in organisations.stages_of(organisations.by_id(actor.organisation))
        ],
        "sites": organisations.sites(actor.organisation),
        "year": book.school_year(),
        "typed": request.POST,
        "refused": refused,
        "help": help_for("class_groups"),
    }
    return render(request, "manage/classes.html", context, status=409 if refused else 200)


def _draft(request: HttpRequest, highest: int) -> services.ClassDraft:
    values = request.POST
    year, number = values.get("intake_year", "").strip(), values.get("class_no", "").strip()
    if not (year.isdecimal() and len(year) == 4 and number.isdecimal() and 0 < int(number) <= highest):
        raise Refused("web.class", f"入学年份写 4 位数字，班号写 1 到 {highest} 的数字，请核对。")
    site = values.get("site", "")
    return services.ClassDraft(values.get("stage", ""), int(year), int(number), UUID(site) if site else None)
