"""One paper: what it is, who issued, attested and voided it, and which one took its place."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from xueji.doors.web.actors import actor_of
from xueji.doors.web.certificates.listing import grounds, guest_names, may_print_again, may_void, state_of
from xueji.doors.web.certificates.seal_words import seal_words
from xueji.doors.web.help import help_for
from xueji.doors.web.names import organisation_names
from xueji.doors.web.templatetags.ui import day, moment
from xueji.duties.certificates import selectors
from xueji.duties.certificates.custody import places_of
from xueji.duties.certificates.models import Blank, Certificate, Order, VoidGround
from xueji.ground.accounts import selectors as accounts
from xueji.ground.parameters import selectors as parameters
from xueji.pure.kernel.environment import today
from xueji.registry.register import selectors as register


def show(request: HttpRequest, certificate: UUID) -> HttpResponse:
    """The page of a paper."""
    actor, found = actor_of(request), selectors.certificate(certificate)
    if found is None:
        raise Http404
    book = parameters.rulebook(today()).on(found.issued_on)
    kind = book.certificates.get(found.kind)
    guests = guest_names([found])
    names = {**register.student_names([found.student]), **guests}
    places = organisation_names([found.school, found.bureau])
    persons = accounts.names_of(one for one in (found.issued_by, found.attested_by, found.voided_by) if one is not None)
    keeps = places_of(actor.organisation)
    rolled, is_roll = selectors.orders_of_rolls([found.pk]).get(found.pk), kind is not None and kind.is_roll
    archive = found.line is not None and found.line.archive
    colour, words = state_of(found)
    context: dict[str, Any] = {
        "number": found.number,
        "title": kind.title if kind else found.kind,
        "basis": kind.basis if kind else "",
        "name": found.purpose if is_roll else names.get(found.student, "（纸质档案）" if archive else "（已离校）"),
        "pupil_url": ""
        if archive or is_roll or found.student in guests
        else reverse("web:pupil", args=[found.student]),
        "colour": colour,
        "words": words,
        "facts": [
            ("学校", places.get(found.school, "")),
            ("出具", f"{moment(found.issued_at)} {persons.get(found.issued_by, '')}"),
            ("用途", "" if is_roll else found.purpose),
            ("有效期", f"到 {day(found.valid_until)} 为止" if found.valid_until else "长期"),
            ("验印", _attested(found, places, persons)),
            ("印章", seal_words(book, found.kind, [one["use"] for one in found.seals])),
            ("空白证书", "、".join(_blanks(found))),
        ],
        "voided": found.voided_at is not None,
        "void_facts": _void_facts(found, persons),
        "replaces": _link(found.replaces),
        "replacement": _link(getattr(found, "replacement", None)),
        "order_url": _order_url(found, rolled),
        "print_url": reverse("web:certificate-print", args=[found.id])
        if may_print_again(actor, found, keeps, rolled, is_roll)
        else "",
        "void_url": reverse("web:certificate-void", args=[found.id]) if may_void(actor, found, keeps, rolled) else "",
        "grounds": grounds(actor, found, keeps),
        "help": help_for("certificates"),
    }
    return render(request, "certificates/paper.html", context)


def _order_url(paper: Certificate, rolled: Order | None) -> str:
    """Where the request stands that the paper was attested in, or that it lists."""
    order = rolled.pk if rolled else paper.line.order_id if paper.line else None
    return reverse("web:attestation", args=[order]) if order else ""


def _attested(paper: Certificate, places: dict[UUID, str], persons: dict[UUID, str]) -> str:
    if paper.bureau is None or paper.attested_by is None:
        return ""
    return f"{places.get(paper.bureau, '')} {persons.get(paper.attested_by, '')}"


def _blanks(paper: Certificate) -> list[str]:
    found = Blank.objects.filter(certificate=paper).order_by("serial").values_list("serial", "state")
    return [f"{serial}（作废）" if state == "spoilt" else serial for serial, state in found]


def _void_facts(paper: Certificate, persons: dict[UUID, str]) -> list[tuple[str, str]]:
    if paper.voided_at is None:
        return []
    who = persons.get(paper.voided_by, "") if paper.voided_by else ""
    ground = str(VoidGround(paper.void_ground).label) if paper.void_ground else ""
    return [("作废", f"{moment(paper.voided_at)} {who}"), ("情形", ground), ("原因", paper.void_reason)]


def _link(paper: Certificate | None) -> dict[str, str] | None:
    return {"number": paper.number, "url": reverse("web:certificate", args=[paper.pk])} if paper else None
