"""外地借读与延缓入学: the list of children without a registration here, and the forms about them."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from xueji.doors.web.actors import required_session
from xueji.doors.web.changes import identity_pages
from xueji.doors.web.changes.forms import from_paper
from xueji.doors.web.due import due_state, due_words
from xueji.doors.web.help import help_for
from xueji.doors.web.names import class_names, code_name, in_reach, organisation_names
from xueji.duties.certificates.services import ISSUERS
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.outside import DEFERRED, GUEST, OutsideChild
from xueji.pure.kernel.rulebook import ChangeKind
from xueji.pure.kernel.types import Actor, Level, Role
from xueji.registry.applications import services
from xueji.registry.applications.types import LodgeResult
from xueji.registry.register import selectors as register

_TABS = ((GUEST, "外地借读"), (DEFERRED, "延缓入学"))


def listing(request: HttpRequest) -> HttpResponse:
    """Who studies here from outside, or enters later; with ``past`` those of whom it no longer holds."""
    session = required_session(request)
    actor, day = session.actor, today()
    tab = request.GET.get("tab", GUEST) if request.GET.get("tab") in dict(_TABS) else GUEST
    past = request.GET.get("past") == "1"
    everybody = register.outside_children(in_reach(actor).ids, decrypt=True)
    found = [one for one in everybody if one.standing == tab and one.holds(max(day, one.started_on)) is not past]
    with_school = actor.level is not Level.SCHOOL
    schools = organisation_names(one.school for one in found) if with_school else {}
    classes = class_names(one.class_group for one in found if one.class_group)
    entered = register.entered_since(found) if tab == DEFERRED else {}
    seen = register.student_names(entered.values())
    context: dict[str, Any] = {
        "tabs": [
            {"title": title, "url": f"?tab={key}", "on": key == tab, "count": _count(everybody, key, day)}
            for key, title in _TABS
        ],
        "tab": tab,
        "past": past,
        "rows": [_row(one, day, schools, classes, entered, {*seen}) for one in found],
        "with_school": with_school,
        "may_lodge": actor.role is Role.REGISTRAR and not with_school,
        "may_prove": actor.role in ISSUERS and not with_school and tab == GUEST and not past,
        "new_url": reverse("web:change-new", args=["guest_outside_begin" if tab == GUEST else "deferred_entry"]),
        "help": help_for("outside"),
    }
    return render(request, "changes/outside.html", context)


def _count(everybody: list[OutsideChild], standing: str, day: date) -> int:
    return sum(1 for one in everybody if one.standing == standing and one.holds(max(day, one.started_on)))


def _row(
    one: OutsideChild,
    day: date,
    schools: dict[UUID, str],
    classes: dict[UUID, str],
    entered: dict[UUID, UUID],
    seen: set[UUID],
) -> dict[str, Any]:
    student = entered.get(one.child)
    state, words = _state(one, day, entered=student is not None)
    return {
        "name": one.said.get("name", ""),
        "gender": code_name("gender", one.gender),
        "birth_date": one.said.get("birth_date", ""),
        "school": schools.get(one.school, ""),
        "class_name": classes.get(one.class_group, "") if one.class_group else "",
        "home": " ".join(part for part in (one.said.get("home_region"), one.said.get("home_school")) if part),
        "guardian": " ".join(part for part in (one.said.get("guardian"), one.said.get("phone")) if part),
        "since": one.started_on,
        "until": one.until,
        "state": state,
        "state_text": words,
        "record_url": reverse("web:pupil", args=[student]) if student in seen else "",
        "extend_url": reverse("web:change-new-of", args=["guest_outside_extension", one.child]),
        "end_url": reverse("web:change-new-of", args=["guest_outside_end", one.child]),
        "proof_url": reverse("web:certificate-issue-guest", args=[one.child]),
        "open": one.ended_on is None,
    }


def _state(one: OutsideChild, day: date, *, entered: bool) -> tuple[str, str]:
    if entered:
        return "done", "已入学，建有学籍"
    if one.ended_on is not None:
        return "open", f"{one.ended_on.isoformat()} 结束"
    if one.started_on > day:
        return "progress", f"{one.started_on.isoformat()} 开始"
    if one.until is None:
        return "progress", "借读中"
    return due_state(one.until), f"到 {one.until.isoformat()}，{due_words(one.until)}"


def new_child(request: HttpRequest, actor: Actor, change: ChangeKind) -> HttpResponse:
    """The form of a child who is not on the list yet."""

    def lodge(values: dict[str, Any], papers: identity_pages.Papers) -> LodgeResult:
        return services.lodge_outside(
            actor=actor,
            kind=change.kind,
            claim=_claim(change, values),
            evidence=papers,
            **from_paper(values),
        )

    return identity_pages.own_form(
        request, actor, change, lodge, back=reverse("web:outside"), back_words="外地借读与延缓入学名单"
    )


def about_listed(request: HttpRequest, actor: Actor, change: ChangeKind, child: UUID) -> HttpResponse:
    """The form about a child of the school's list."""
    known = register.outside_child(actor.organisation, child)
    if known is None:
        raise Http404

    def lodge(values: dict[str, Any], papers: identity_pages.Papers) -> LodgeResult:
        return services.lodge_outside(
            actor=actor,
            kind=change.kind,
            claim=_claim(change, values),
            child=child,
            evidence=papers,
            **from_paper(values),
        )

    url = reverse("web:outside")
    pupil = {"name": known.said.get("name", ""), "number": "没有（学籍在外地）", "url": url}
    return identity_pages.own_form(
        request, actor, change, lodge, back=url, back_words="外地借读与延缓入学名单", pupil=pupil
    )


def choose(request: HttpRequest, actor: Actor, change: ChangeKind) -> HttpResponse:
    """The child is chosen in the list."""
    return redirect("web:outside")


def _claim(change: ChangeKind, values: dict[str, Any]) -> dict[str, str]:
    keys = [*(ask.key for ask in change.asks), "explanation"]
    return {key: str(values[key]) for key in keys if values.get(key)}
