"""毕业与结业 at a bureau: its schools' lists of one stage and year, and the approval of all that wait."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from xueji.doors.web.due import due_words
from xueji.doors.web.help import help_for
from xueji.doors.web.names import class_names
from xueji.doors.web.places import ROLE_NAMES
from xueji.doors.web.pupils.leaving_rows import COLOURS, WORDS, last_day, open_years, staying_rows
from xueji.doors.web.pupils.year import SCHOOLS_SHOWN, Year, names_of
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.school_year import STAGE_NAMES, Stage, school_year_name
from xueji.pure.kernel.types import Refused, Role
from xueji.pure.procedures.leaving import COMPLETION, GRADUATION
from xueji.registry.applications.previews import preview_leaving
from xueji.registry.applications.services import bulk


def bureau(request: HttpRequest, found: Year) -> HttpResponse:
    """The page, and the beginning of a run."""
    years = open_years(found)
    asked = request.POST.get("which") or request.GET.get("which") or ""
    chosen = next(((stage, year) for stage, year in years if f"{stage}:{year}" == asked), years[0])
    stage, year = chosen
    refused = None
    if request.method == "POST":
        try:
            run = bulk.start_run(actor=found.actor, kind="leaving", school_year=year, stage=stage)
            return redirect("web:bulk-run", run)
        except Refused as error:
            refused = error
    preview = preview_leaving(found.schools, stage, year, found.book, actor=found.actor)
    names = names_of(line.school for line in preview.lines)
    rows = sorted(
        (
            {
                "name": names.get(line.school, ""),
                "pupils": line.pupils,
                "graduating": line.graduating,
                "completing": line.completing,
                "staying": line.staying,
                "state": COLOURS[line.state],
                "state_text": WORDS[line.state],
                "holder": ROLE_NAMES[Role(line.holder)] if line.holder else "",
                "due": due_words(line.due_on) if line.due_on and line.state == "waiting" else "",
                "url": reverse("web:application", args=[line.application]) if line.application else "",
            }
            for line in preview.lines
        ),
        key=lambda row: (str(row["state"]) != "soon", str(row["state"]) == "done", str(row["name"])),
    )
    classes = class_names([one.class_group for one in preview.pupils], last_day(preview))
    staying = staying_rows(preview, classes, names)
    context = {
        "which": f"{stage}:{year}",
        "choices": [(f"{s}:{y}", f"{STAGE_NAMES[Stage(s)]} {school_year_name(y)}") for s, y in years],
        "title": f"{STAGE_NAMES[Stage(stage)]} {school_year_name(year)} 学年",
        "effective_on": preview.effective_on,
        "early": today() < preview.effective_on,
        "rows": rows[:SCHOOLS_SHOWN],
        "more": max(0, len(rows) - SCHOOLS_SHOWN),
        "schools": len(rows),
        "settled": bool(rows) and not preview.pupils and all(line.state == "approved" for line in preview.lines),
        "waiting": sum(1 for line in preview.lines if line.state == "waiting"),
        "people": sum(line.graduating + line.completing for line in preview.lines if line.state == "waiting"),
        "graduating": sum(1 for way in preview.how.values() if way == GRADUATION),
        "completing": sum(1 for way in preview.how.values() if way == COMPLETION),
        "staying": staying[:SCHOOLS_SHOWN],
        "staying_total": len(staying),
        "exceptions_url": reverse("web:leaving-exceptions", args=[stage, year]),
        "is_head": found.actor.role is Role.HEAD,
        "refused": refused,
        "help": help_for("leaving_bureau"),
    }
    return render(request, "pupils/leaving_bureau.html", context, status=409 if refused else 200)
