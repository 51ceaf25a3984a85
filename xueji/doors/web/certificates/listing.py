"""Papers that were issued, and the pupil for whom the next one is wanted."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST

from xueji.doors.web.actors import actor_of, required_session
from xueji.doors.web.help import help_for
from xueji.doors.web.lists import paged
from xueji.doors.web.names import class_names, in_reach, organisation_names
from xueji.duties.certificates import selectors
from xueji.duties.certificates.checking import FORMER_PUPIL
from xueji.duties.certificates.guests import guest_kind
from xueji.duties.certificates.models import CARD_KINDS, Certificate, VoidGround
from xueji.duties.certificates.services import may_issue
from xueji.ground.accounts import selectors as accounts
from xueji.ground.organisations import selectors as organisations
from xueji.ground.parameters import selectors as parameters
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.rulebook import CertificateKind
from xueji.pure.kernel.types import Actor, Level, Role
from xueji.registry.register import selectors as register
from xueji.registry.register.selectors import Found
from xueji.registry.register.selectors.find import LEFT

CANDIDATES = 20


def certificates(request: HttpRequest) -> HttpResponse:
    """The list, newest first."""
    return page(request, {})


@require_POST
def find(request: HttpRequest) -> HttpResponse:
    """The own pupils that fit what was typed; what was typed stands in no address."""
    actor, text = actor_of(request), " ".join(request.POST.get("q", "").split())[:64]
    found = _found(actor, text) if text else []
    former = next((one.kind for one in _kinds() if FORMER_PUPIL in one.conditions), "")
    classes = class_names(one.class_group for one in found)
    candidates = [
        {
            "name": one.name,
            "class_name": classes.get(one.class_group, "") if one.class_group else "",
            "number": one.number,
            "pupil_url": reverse("web:pupil", args=[one.student]),
            "url": reverse("web:certificate-issue-kind", args=[former, one.student])
            if one.ended_on and former
            else reverse("web:certificate-issue", args=[one.student]),
            "why": "" if one.established else "电子档案未建全，不能出具（通知第二部分）",
        }
        for one in found
    ]
    return page(request, {"candidates": candidates, "asked": text})


def _kinds() -> Iterable[CertificateKind]:
    return parameters.rulebook(today()).certificates.values()


def _found(actor: Actor, text: str) -> list[Found]:
    """Own pupils, then those who left, also from closed schools whose records are kept here."""
    there = register.find_students(schools=[actor.organisation], query=text, limit=CANDIDATES).pupils
    places = [actor.organisation, *(one.id for one in organisations.kept_by(actor.organisation))]
    left = register.find_students(schools=places, query=text, status=LEFT, limit=CANDIDATES).pupils
    return [*{one.student: one for one in (*there, *left)}.values()][:CANDIDATES]


def _may_void(actor: Actor, paper: Certificate, kept: Collection[UUID]) -> bool:
    """Whether the page offers to void it; the service decides. ``kept``: closed ones whose records it keeps."""
    if paper.voided_at is not None:
        return False
    if paper.line is None:
        return may_issue(actor) and paper.school == actor.organisation
    mine = {Role.DEPUTY_HEAD: paper.school, Role.HEAD: paper.bureau}
    return mine.get(actor.role) in {actor.organisation, *(kept if actor.role is Role.HEAD else ())}


def _grounds(actor: Actor) -> tuple[tuple[str, str], ...]:
    """On what ground this post may void an attested paper."""
    ground = VoidGround.WITHDRAWN if actor.role is Role.HEAD else VoidGround.MISPRINT
    return ((ground.value, str(ground.label)),)


def _guests(shown: Iterable[Certificate]) -> dict[UUID, str]:
    """The names of guests from outside of whom these papers speak."""
    kind = guest_kind(parameters.rulebook(today()))
    schools = {one.school for one in shown if kind is not None and one.kind == kind.kind}
    found = register.outside_children(list(schools), decrypt=True) if schools else []
    return {one.child: one.said.get("name", "") for one in found}


def page(request: HttpRequest, extra: dict[str, Any], status: int = 200) -> HttpResponse:
    """The page of the place."""
    session = required_session(request)
    actor = session.actor
    shown = paged(request, selectors.issued(in_reach(actor).ids))
    guests = _guests(shown)
    pupils = {**register.student_names(one.student for one in shown), **guests}
    places = organisation_names(one.school for one in shown)
    persons = accounts.names_of(one.issued_by for one in shown)
    titles = parameters.rulebook(today()).certificates
    own: UUID | None = actor.organisation if may_issue(actor) else None
    grounds = _grounds(actor)
    kept = {one.id for one in organisations.kept_by(actor.organisation)}
    context: dict[str, Any] = {
        "sub": f"{session.organisation_name}，共 {shown.paginator.count:,} 份",
        "may_issue": own is not None,
        "page": shown,
        "with_school": actor.level is not Level.SCHOOL,
        "rows": [
            {
                "number": one.number,
                "title": titles[one.kind].title if one.kind in titles else one.kind,
                "name": pupils.get(one.student, "（已离校）"),
                "pupil_url": ""
                if one.student in guests or (one.line and one.line.archive)
                else reverse("web:pupil", args=[one.student]),
                "order_url": reverse("web:attestation", args=[one.line.order_id]) if one.line else "",
                "school": places.get(one.school, ""),
                "at": one.issued_at,
                "by": persons.get(one.issued_by, ""),
                "voided": one.voided_at is not None,
                "print_url": reverse("web:certificate-print", args=[one.id])
                if own == one.school and not one.voided_at and one.line is None
                else "",
                "replace_url": reverse("web:card-replace", args=[one.id])
                if own == one.school and not one.voided_at and one.kind in CARD_KINDS
                else "",
                "void_url": reverse("web:certificate-void", args=[one.id]) if _may_void(actor, one, kept) else "",
                "grounds": grounds if one.line else (),
            }
            for one in shown
        ],
        "candidates": None,
        "help": help_for("certificates"),
        **extra,
    }
    return render(request, "certificates/list.html", context, status=status)
