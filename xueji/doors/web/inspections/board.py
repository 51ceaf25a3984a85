"""定期审核: a school's own check of the term and every check of it; a bureau's rounds, checks and who is late."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from xueji.doors.web.actors import actor_of, required_session
from xueji.doors.web.due import due_state, due_words
from xueji.doors.web.help import help_for
from xueji.doors.web.inspections.words import bureau_filter, finding_rows, schools_for, state_of
from xueji.doors.web.lists import chosen, paged
from xueji.doors.web.names import organisation_names
from xueji.duties.inspections import selectors, services
from xueji.duties.inspections.authority import EXAMINERS
from xueji.duties.inspections.models import Inspection, InspectionKind, InspectionState, Method
from xueji.duties.inspections.selectors.due import own_check_of
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.types import Actor, Level, Refused
from xueji.registry.rollcall.authority import school_rulebook

_STATES = (("late", "有逾期"), *((one.value, str(one.label)) for one in InspectionState))


def index(request: HttpRequest) -> HttpResponse:
    """The page of the post's level."""
    actor = actor_of(request)
    return _school(request, actor) if actor.level is Level.SCHOOL else _bureau(request, actor)


@require_POST
def begin(request: HttpRequest) -> HttpResponse:
    """The school begins its own check."""
    actor = actor_of(request)
    if actor.level is not Level.SCHOOL:
        raise Http404
    try:
        made = services.open_own_check(actor=actor, school=actor.organisation)
    except Refused as refused:
        return _school(request, actor, refused)
    messages.success(request, "自查名单已抽定。下一步：对照纸质材料逐项核对。", extra_tags="done")
    return redirect("web:inspection", made)


def _school(request: HttpRequest, actor: Actor, refused: Refused | None = None) -> HttpResponse:
    book = school_rulebook(actor.organisation)
    term = book.calendar.terms.running(today())
    own = book.inspections.own_checks.get(term.key) if term else None
    made = own_check_of(actor.organisation, term.code) if term else None
    rows = inspection_rows(selectors.inspections([actor.organisation]))
    to_mend = [
        row
        for one in selectors.inspections([actor.organisation], state=InspectionState.HANDED_OVER)
        for row in finding_rows([f for f in selectors.findings(one.pk) if f.state == "open"], book.inspections)
    ]
    context: dict[str, Any] = {
        "rows": rows,
        "to_mend": sorted(to_mend, key=lambda row: row["due_on"]),
        "term": term,
        "own": made,
        "own_url": reverse("web:inspection", args=[made.pk]) if made else "",
        "own_due": own.due_on(term) if own and term else None,
        "own_pupils": own.pupils if own else 0,
        "own_changes": own.changes if own else 0,
        "may_begin": made is None and own is not None and actor.role in EXAMINERS[InspectionKind.OWN],
        "refused": refused,
        "help": help_for("inspections"),
    }
    if own and term:
        done = made is not None and made.state == InspectionState.SIGNED_OFF
        context["own_state"] = due_state(own.due_on(term), done)
        context["own_text"] = "已办结" if done else ("进行中，" if made else "未开始，") + due_words(own.due_on(term))
    return render(request, "inspections/school.html", context, status=409 if refused else 200)


def inspection_rows(found: list[Inspection]) -> list[dict[str, Any]]:
    """Inspections as lines of a list; three queries."""
    counts = selectors.counts_of(one.pk for one in found)
    names = organisation_names({one.school for one in found} | {one.inspector for one in found})
    rows = []
    for one in found:
        own = counts[one.pk]
        state, words = state_of(one, own)
        rows.append(
            {
                "url": reverse("web:inspection", args=[one.pk]),
                "title": one.title,
                "school": names.get(one.school, ""),
                "kind": InspectionKind(one.kind).label,
                "method": Method(one.method).label,
                "drawn_at": one.drawn_at,
                "counts": own,
                "sample": own.records + own.procedures,
                "state": state,
                "state_text": words,
                "value": one.state,
                "late": bool(own.late) or state == "wrong",
            }
        )
    return rows


def _bureau(request: HttpRequest, actor: Actor) -> HttpResponse:
    which = bureau_filter(request, actor)
    kind = chosen(request, "kind", "检查", [(one.value, str(one.label)) for one in InspectionKind])
    state = chosen(request, "state", "情况", _STATES)
    schools = schools_for(actor, UUID(which.value) if which and which.value else None)
    ids = [one.id for one in schools]
    book = school_rulebook(schools[0].id) if schools else None
    missing = selectors.own_checks_due(ids, book, today()) if book else []
    rows = inspection_rows(selectors.inspections(ids, kind=kind.value))
    if state.value == "late":
        rows = [row for row in rows if row["late"]]
    elif state.value:
        rows = [row for row in rows if row["value"] == state.value]
    page = paged(request, rows)
    names = {one.id: one.name for one in schools}
    due = missing[0].due_on if missing else None
    context = {
        "place": required_session(request).organisation_name,
        "filters": [one for one in (which, kind, state) if one],
        "rows": list(page),
        "page": page,
        "narrowed": bool(kind.value or state.value or (which and which.value)),
        "rounds": [
            {
                "url": reverse("web:inspection-round", args=[one.pk]),
                "title": one.title,
                "schools": one.schools,
                "drawn_at": one.drawn_at,
                "method": Method(one.school_method).label,
                "retention": one.retention,
            }
            for one in selectors.rounds(None if actor.level is Level.CITY else [actor.organisation])
        ],
        "figures": [
            ("所管学校", len(schools)),
            ("本学期自查未办结", len(missing)),
            ("检查未办结", sum(row["value"] != InspectionState.SIGNED_OFF for row in rows)),
            ("有逾期的检查", sum(row["late"] for row in rows)),
        ],
        "own_due": due,
        "own_late": due is not None and due < today(),
        "missing": [names.get(one.school, "") for one in missing if due is not None and due < today()],
        "may_draw": actor.role in EXAMINERS[InspectionKind.BUREAU],
        "help": help_for("inspections_bureau"),
    }
    return render(request, "inspections/bureau.html", context)
