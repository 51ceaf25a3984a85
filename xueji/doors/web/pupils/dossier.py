"""导出学籍档案: the pupil's signed dossier, with a ground, logged."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from xueji.doors.web.actors import actor_of
from xueji.doors.web.files import attachment
from xueji.doors.web.help import help_for
from xueji.doors.web.pupils.reveals import open_ground, take_ground
from xueji.duties.dossiers import services
from xueji.pure.kernel.types import Refused
from xueji.registry.register import selectors as register


def dossier(request: HttpRequest, student: UUID) -> HttpResponse:
    """GET: what it is and who may; POST: the file."""
    actor = actor_of(request)
    record = register.student_record(student, decrypt=False)
    if record is None or actor.role not in services.KEEPERS:
        raise Http404
    refused: Refused | None = None
    why = ""
    try:
        services.require_custody(actor, record)
        if request.method == "POST":
            made = services.export_dossier(
                actor=actor,
                student=student,
                ground=take_ground(request, request.POST.get("ground", "")),
                archive=request.POST.get("form") == "zip",
            )
            return attachment(made.name, made.content, made.media_type)
    except Refused as error:
        refused, why = (error, "") if request.method == "POST" else (None, error.message)
    under_way = open_ground(request)
    context: dict[str, Any] = {
        "pupil": {"name": record.name, "number": record.latest.number, "url": reverse("web:pupil", args=[student])},
        "why": why,
        "last_ground": request.POST.get("ground", "") or (under_way.text if under_way else ""),
        "form": request.POST.get("form", "pdf"),
        "refused": refused,
        "help": help_for("dossier"),
    }
    return render(request, "pupils/dossier.html", context, status=409 if refused else 200)
