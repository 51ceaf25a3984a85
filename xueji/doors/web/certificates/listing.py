"""Papers that were issued, and the pupil for whom the next one is wanted."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST

from xueji.doors.web.actors import actor_of, required_session
from xueji.doors.web.certificates.reach import papers_reach
from xueji.doors.web.help import help_for
from xueji.doors.web.lists import chosen, paged
from xueji.doors.web.names import class_names, organisation_names
from xueji.duties.certificates import selectors
from xueji.duties.certificates.checking import ATTENDING, FORMER_PUPIL
from xueji.duties.certificates.custody import places_of
from xueji.duties.certificates.guests import guest_kind
from xueji.duties.certificates.models import Certificate, Order
from xueji.duties.certificates.services import PROOF, may_issue, may_roll
from xueji.duties.certificates.services.voiding import grounds_of
from xueji.ground.accounts import selectors as accounts
from xueji.ground.parameters import selectors as parameters
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.rulebook import CertificateKind
from xueji.pure.kernel.types import Actor, Level, Role
from xueji.registry.register import selectors as register
from xueji.registry.register.selectors import Found
from xueji.registry.register.selectors.find import GUEST_HERE, LEFT

CANDIDATES = 20
_STATES = (("valid", "有效"), ("voided", "已作废"), ("expired", "已过期"))
#: Posts that may void, print or replace a paper.
_HANDS = frozenset({Role.REGISTRAR, Role.DEPUTY_HEAD, Role.CLERK, Role.HEAD})


def certificates(request: HttpRequest) -> HttpResponse:
    """The list, newest first; a search by name or number is POST, so that no address holds it."""
    return page(request, {})


@require_POST
def find(request: HttpRequest) -> HttpResponse:
    """The own pupils that fit what was typed; what was typed stands in no address."""
    actor, text = actor_of(request), " ".join(request.POST.get("q", "").split())[:64]
    found = _found(actor, text) if text else []
    classes = class_names(one.class_group for one in found)
    candidates = [
        {
            "name": one.name,
            "class_name": classes.get(one.class_group, "") if one.class_group else "",
            "number": one.number,
            "pupil_url": reverse("web:pupil", args=[one.student]),
            "url": reverse("web:certificate-issue-kind", args=[_kind_for(one, actor), one.student]),
            "why": "" if one.established else "电子档案未建全，不能出具（通知第二部分）",
        }
        for one in found
    ]
    return page(request, {"candidates": candidates, "asked": text})


def _kinds() -> Iterable[CertificateKind]:
    return parameters.rulebook(today()).certificates.values()


def _found(actor: Actor, text: str) -> list[Found]:
    """Own pupils, guests who study here, then those who left, also from closed schools whose records are kept here."""
    there = register.find_students(schools=[actor.organisation], query=text, limit=CANDIDATES).pupils
    here = register.find_students(schools=[actor.organisation], query=text, status=GUEST_HERE, limit=CANDIDATES).pupils
    places = sorted(places_of(actor.organisation))
    left = register.find_students(schools=places, query=text, status=LEFT, limit=CANDIDATES).pupils
    return [*{one.student: one for one in (*there, *here, *left)}.values()][:CANDIDATES]


def _kind_for(one: Found, actor: Actor) -> str:
    """Which kind the button of a candidate leads to; the others stand beside it there."""
    kinds = _kinds()
    if one.ended_on:
        return next((kind.kind for kind in kinds if FORMER_PUPIL in kind.conditions), PROOF)
    if one.school != actor.organisation:
        return next((kind.kind for kind in kinds if ATTENDING in kind.conditions), PROOF)
    return PROOF


def may_keep(actor: Actor, paper: Certificate, places: Collection[UUID], rolled: Order | None = None) -> bool:
    """Whether a page offers to print a paper again that was not attested; of a roll ``rolled`` is the order."""
    if rolled is not None:
        return may_roll(actor, rolled)
    return may_issue(actor) and paper.school in places


def may_print_again(
    actor: Actor, paper: Certificate, places: Collection[UUID], rolled: Order | None, is_roll: bool
) -> bool:
    """Whether a page offers the paper once more. What was attested is printed by its order, a batch's roll by that."""
    if paper.voided_at is not None or paper.line_id is not None or (is_roll and rolled is None):
        return False
    return may_keep(actor, paper, places, rolled)


def may_void(actor: Actor, paper: Certificate, places: Collection[UUID], rolled: Order | None = None) -> bool:
    """Whether a page offers to void it; the service decides."""
    if paper.voided_at is not None:
        return False
    if paper.line_id is None:
        return may_keep(actor, paper, places, rolled)
    return bool(grounds_of(actor, paper, places))


def grounds(actor: Actor, paper: Certificate, places: Collection[UUID]) -> list[tuple[str, str]]:
    """On what grounds this post may void an attested paper, with their words; of others none is asked."""
    return [(one.value, str(one.label)) for one in grounds_of(actor, paper, places)] if paper.line_id else []


def guest_names(shown: Iterable[Certificate]) -> dict[UUID, str]:
    """The names of guests from outside of whom these papers speak."""
    kind = guest_kind(parameters.rulebook(today()))
    schools = {one.school for one in shown if kind is not None and one.kind == kind.kind}
    found = register.outside_children(list(schools), decrypt=True) if schools else []
    return {one.child: one.said.get("name", "") for one in found}


def state_of(paper: Certificate) -> tuple[str, str]:
    """Colour and words of how a paper stands."""
    if paper.voided_at is not None:
        return "wrong", "已作废"
    if paper.valid_until is not None and paper.valid_until < today():
        return "open", "已过期"
    return "done", "有效"


def page(request: HttpRequest, extra: dict[str, Any], status: int = 200) -> HttpResponse:
    """The page of the place."""
    session = required_session(request)
    actor = session.actor
    titles = parameters.rulebook(today()).certificates
    text = " ".join(request.POST.get("text", "").split())[:40]
    filters = [
        chosen(request, "kind", "种类", [(one.kind, one.title) for one in titles.values()]),
        chosen(request, "state", "情况", _STATES),
    ]
    wanted = {one.name: one.value for one in filters}
    shown = paged(request, selectors.issued(papers_reach(actor), kind=wanted["kind"], state=wanted["state"], text=text))
    guests, rolls = guest_names(shown), selectors.orders_of_rolls(one.pk for one in shown)
    pupils = {**register.student_names(one.student for one in shown), **guests}
    places = organisation_names(one.school for one in shown)
    persons = accounts.names_of(person for one in shown for person in (one.issued_by, one.voided_by) if person)
    keeps: frozenset[UUID] = places_of(actor.organisation) if actor.role in _HANDS else frozenset()
    own = keeps if may_issue(actor) else frozenset()
    context: dict[str, Any] = {
        "sub": f"{session.organisation_name}，共 {shown.paginator.count:,} 份",
        "may_issue": bool(own),
        "page": shown,
        "filters": filters,
        "text": text,
        "narrowed": bool(text or any(wanted.values())),
        "with_school": actor.level is not Level.SCHOOL,
        "rows": [
            {
                "number": one.number,
                "url": reverse("web:certificate", args=[one.id]),
                "title": titles[one.kind].title if one.kind in titles else one.kind,
                "name": one.purpose if _is_roll(titles, one.kind) else pupils.get(one.student, "（已离校）"),
                "pupil_url": ""
                if _is_roll(titles, one.kind) or one.student in guests or (one.line and one.line.archive)
                else reverse("web:pupil", args=[one.student]),
                "order_url": reverse("web:attestation", args=[one.line.order_id]) if one.line else "",
                "school": places.get(one.school, ""),
                "at": one.issued_at,
                "by": persons.get(one.issued_by, ""),
                "state": state_of(one),
                "voided_at": one.voided_at,
                "voided_by": persons.get(one.voided_by, "") if one.voided_by else "",
                "void_reason": one.void_reason,
                "print_url": reverse("web:certificate-print", args=[one.id])
                if may_print_again(actor, one, own, rolls.get(one.pk), _is_roll(titles, one.kind))
                else "",
                "replace_url": reverse("web:card-replace", args=[one.id])
                if one.school == actor.organisation and own and not one.voided_at and _is_card(titles, one.kind)
                else "",
                "void_url": reverse("web:certificate-void", args=[one.id])
                if may_void(actor, one, keeps, rolls.get(one.pk))
                else "",
                "grounds": grounds(actor, one, keeps),
            }
            for one in shown
        ],
        "candidates": None,
        "help": help_for("certificates"),
        **extra,
    }
    return render(request, "certificates/list.html", context, status=status)


def _is_roll(titles: Mapping[str, CertificateKind], kind: str) -> bool:
    return kind in titles and titles[kind].is_roll


def _is_card(titles: Mapping[str, CertificateKind], kind: str) -> bool:
    return kind in titles and titles[kind].is_card
