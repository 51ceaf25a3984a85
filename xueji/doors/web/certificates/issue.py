"""Issuing a paper: the conditions are shown first, the paper comes as a PDF."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST

from xueji.doors.web.actors import actor_of
from xueji.doors.web.certificates.listing import may_keep, page
from xueji.doors.web.files import PDF, attachment
from xueji.doors.web.help import help_for
from xueji.doors.web.names import class_names, organisation_names
from xueji.duties.certificates import selectors, services
from xueji.duties.certificates.checking import OUTSIDE_GUEST
from xueji.duties.certificates.custody import places_of
from xueji.duties.certificates.guests import guest_kind, guest_of
from xueji.ground.parameters import selectors as parameters
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.rulebook import CertificateKind
from xueji.pure.kernel.types import Refused
from xueji.registry.register import selectors as register
from xueji.registry.register.selectors import StudentRecord


class PurposeForm(forms.Form):
    """What the paper is for; it stands on it."""

    purpose = forms.CharField(
        label="用途",
        max_length=60,
        help_text="会印在证明上，例如：办理公交学生卡。",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


def issue(request: HttpRequest, student: UUID, kind: str = services.PROOF) -> HttpResponse:
    """GET: whether it may be issued, and why not; the other kinds beside it. POST: the paper."""
    actor = actor_of(request)
    record = register.student_record(student)
    kinds = parameters.rulebook(today()).certificates
    if record is None or not services.may_issue(actor) or kind not in kinds or kinds[kind].attested:
        raise Http404
    if OUTSIDE_GUEST in kinds[kind].conditions or kinds[kind].is_roll:
        raise Http404
    form = PurposeForm(request.POST if request.method == "POST" else None)
    if not kinds[kind].for_purpose:
        del form.fields["purpose"]
    refused: Refused | None = None
    if request.method == "POST" and form.is_valid():
        purpose = form.cleaned_data.get("purpose", "")
        try:
            issued = services.issue(actor=actor, kind=kind, student=student, purpose=purpose)
            return attachment(f"{issued.title}-{issued.number}.pdf", issued.pdf, PDF, inline=True)
        except Refused as error:
            refused = error
    unmet = services.refusals(record, kinds[kind], actor.organisation)
    last = record.latest
    group = last.value("class_group", today())
    context: dict[str, Any] = {
        "title": kinds[kind].title,
        "others": [
            _offer(record, one, actor.organisation, student)
            for code, one in kinds.items()
            if code != kind and not one.attested and OUTSIDE_GUEST not in one.conditions and not one.is_roll
        ],
        "name": record.name,
        "number": last.number,
        "school": organisation_names([last.school]).get(last.school, ""),
        "class_name": class_names([UUID(group)]).get(UUID(group), "") if group else "",
        "why": "".join(one.message for one in unmet)
        + (f"（{kinds[kind].basis}）" if unmet and kinds[kind].basis else ""),
        "gaps": register.wanting_of(record.state, parameters.rulebook(today()).fields),
        "form": form,
        "refused": refused,
        "help": help_for("certificates"),
    }
    return render(request, "certificates/issue.html", context, status=409 if refused else 200)


def to_guest(request: HttpRequest, child: UUID) -> HttpResponse:
    """The proof of attendance of a guest from outside; GET: whether it may be issued, and why not."""
    actor = actor_of(request)
    kind, known = guest_kind(parameters.rulebook(today())), register.outside_child(actor.organisation, child)
    if known is None or kind is None or actor.role not in services.ISSUERS:
        raise Http404
    form, refused, why = PurposeForm(request.POST or None), None, ""
    try:
        guest_of(child, kind, actor.organisation, today())
        if request.method == "POST" and form.is_valid():
            issued = services.issue_to_guest(actor=actor, child=child, purpose=form.cleaned_data["purpose"])
            return attachment(f"{issued.title}-{issued.number}.pdf", issued.pdf, PDF, inline=True)
    except Refused as error:
        refused, why = (error, "") if request.method == "POST" else (None, error.message)
    context: dict[str, Any] = {
        "title": kind.title,
        "name": known.said.get("name", ""),
        "home": " ".join(part for part in (known.said.get("home_region"), known.said.get("home_school")) if part),
        "school": organisation_names([actor.organisation]).get(actor.organisation, ""),
        "class_name": class_names([known.class_group]).get(known.class_group, "") if known.class_group else "",
        "why": why,
        "form": form,
        "refused": refused,
        "guest": True,
        "help": help_for("certificates"),
    }
    return render(request, "certificates/issue.html", context, status=409 if refused else 200)


def _offer(record: StudentRecord, kind: CertificateKind, school: UUID, student: UUID) -> dict[str, str]:
    """Another kind for the same pupil, with why it cannot be issued ('' where it can)."""
    unmet = services.refusals(record, kind, school)
    url = reverse("web:certificate-issue-kind", args=[kind.kind, student])
    return {"title": kind.title, "url": url, "why": unmet[0].message if unmet else ""}


@require_POST
def again(request: HttpRequest, certificate: UUID) -> HttpResponse:
    """The same paper once more; logged as a print of its own."""
    actor = actor_of(request)
    found = selectors.certificate(certificate)
    rolled = selectors.orders_of_rolls([certificate]).get(certificate)
    if found is None or not may_keep(actor, found, places_of(actor.organisation), rolled):
        raise Http404
    try:
        issued = services.reprint(actor=actor, certificate=certificate)
    except Refused as refused:
        return page(request, {"refused": refused}, status=409)
    return attachment(f"{issued.title}-{issued.number}.pdf", issued.pdf, PDF, inline=True)
