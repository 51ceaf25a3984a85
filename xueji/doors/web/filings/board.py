"""备案: who has filed what, who is late; one filing with its rows, its acts, its paper."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from xueji.doors.web.actors import actor_of, required_session
from xueji.doors.web.due import due_words
from xueji.doors.web.files import PDF, attachment, workbook
from xueji.doors.web.help import help_for
from xueji.doors.web.lists import chosen
from xueji.doors.web.names import acted_by
from xueji.duties.filings import selectors, services
from xueji.duties.filings.content import COLUMNS, findings_of
from xueji.duties.filings.models import EarlierFiling, Filing, FilingState
from xueji.duties.filings.papers import FilingPaper, as_pdf, as_workbook
from xueji.duties.filings.selectors import STATE_TITLES, FilingLine
from xueji.ground.accounts.selectors import jurisdiction, names_of
from xueji.ground.organisations import selectors as organisations
from xueji.ground.organisations.models import Organisation
from xueji.pure.kernel.environment import day_of, today
from xueji.pure.kernel.staffing import FilingKind
from xueji.pure.kernel.types import Actor, Level, Refused, Role

_COLOURS = {
    selectors.OPEN: "open",
    FilingState.MADE: "progress",
    FilingState.FILED: "progress",
    FilingState.SENT_BACK: "wrong",
    FilingState.ACKNOWLEDGED: "done",
}
_DONE = {
    "make": "已生成，请核对后由负责人报备。",
    "file": "已报备，等待市局确认。",
    "acknowledge": "已确认。",
    "send_back": "已退回。",
}


def board(request: HttpRequest) -> HttpResponse:
    """A district's own filings of a year; for the city every district's, those who are late first."""
    session = required_session(request)
    actor = session.actor
    years = selectors.years()
    year_filter = chosen(request, "year", "年份", [(str(one), f"{one} 年") for one in years])
    year = int(year_filter.value or (years[0] if years else today().year))
    lines = selectors.board(year, None if actor.level is Level.CITY else actor.organisation)
    lines.sort(key=lambda one: (not one.late, one.state in selectors.DONE))
    late = [one for one in lines if one.late]
    context = {
        "sub": session.organisation_name,
        "city": actor.level is Level.CITY,
        "years": [(str(one), f"{one} 年") for one in years],
        "year": str(year),
        "rows": [_row(one) for one in lines],
        "late": len(late),
        "late_names": "、".join(dict.fromkeys(one.name for one in late)),
        "help": help_for("filings"),
    }
    return render(request, "filings/board.html", context)


def _row(one: FilingLine) -> dict[str, Any]:
    state = _COLOURS[one.state]
    words = _words(one.bureau, one.state)
    if one.late:
        state, words = "wrong", f"逾期：{words}"
    return {
        "url": reverse("web:filing", args=[one.year, one.kind.filing, one.bureau]),
        "name": one.name,
        "title": one.kind.title,
        "due": f"{one.due_on.isoformat()}（{due_words(one.due_on)}）"
        if one.state not in selectors.DONE
        else one.due_on.isoformat(),
        "filed_at": one.filing.filed_at if one.filing else None,
        "rows": len(one.filing.content) if one.filing else None,
        "state": state,
        "state_text": words,
    }


def show(request: HttpRequest, year: int, kind: str, bureau: UUID) -> HttpResponse:
    """One filing; an act comes back here."""
    actor = actor_of(request)
    rule, place = _of(actor, year, kind, bureau)
    refused: Refused | None = None
    if request.method == "POST":
        act = request.POST.get("act", "")
        try:
            _do(actor, act, kind, year, bureau, request.POST.get("reason", ""))
        except Refused as error:
            refused = error
        else:
            messages.success(request, _DONE[act], extra_tags="done")
            return redirect(request.path)
    found = selectors.one(kind, year, bureau)
    due = rule.due_on(year)
    state = found.state if found else selectors.OPEN
    people = names_of(one for one in (found.made_by, found.filed_by, found.decided_by) if one) if found else {}
    context = {
        "title": f"{year}年{rule.title}",
        "place": place.name,
        "due": due,
        "late": state not in selectors.DONE and due < today(),
        "state": _COLOURS[state],
        "state_text": _words(place.id, state),
        "filing": found,
        "earlier": [_earlier(one, kind) for one in selectors.earlier(found.pk)] if found else [],
        "steps": _steps(found, people, place.name),
        "heads": [words for _, words in COLUMNS[kind]],
        "rows": [[(words, row.get(key, "")) for key, words in COLUMNS[kind]] for row in found.content] if found else [],
        "findings": findings_of(kind, found.content) if found and state != FilingState.ACKNOWLEDGED else [],
        "acts": _acts(actor, bureau, state),
        "year": year,
        "kind": kind,
        "bureau": bureau,
        "refused": refused,
        "typed_reason": request.POST.get("reason", "") if refused else "",
        "help": help_for("filing"),
    }
    return render(request, "filings/show.html", context, status=409 if refused else 200)


def _of(actor: Actor, year: int, kind: str, bureau: UUID) -> tuple[FilingKind, Organisation]:
    rule = next((one for one in selectors.kinds(year) if one.filing == kind), None)
    reach = jurisdiction()
    places = [*organisations.districts(), organisations.city()]
    place = next((one for one in places if one.id == bureau), None)
    if rule is None or place is None or year > today().year or (reach is not None and bureau not in reach):
        raise Http404
    return rule, place


def _words(bureau: UUID, state: str) -> str:
    """The state in words; what the city files itself is acknowledged by nobody."""
    acknowledged = state == FilingState.ACKNOWLEDGED
    return "已存档" if acknowledged and bureau == organisations.city().id else STATE_TITLES[state]


def _earlier(one: EarlierFiling, kind: str) -> dict[str, Any]:
    """What was sent back, with its rows."""
    return {
        "filed_at": one.filed_at,
        "decided_at": one.decided_at,
        "reason": one.reason,
        "rows": [[(words, row.get(key, "")) for key, words in COLUMNS[kind]] for row in one.content],
    }


def _acts(actor: Actor, bureau: UUID, state: str) -> list[str]:
    if actor.organisation == bureau and state != FilingState.ACKNOWLEDGED:
        if actor.role is Role.CLERK and state not in selectors.DONE:
            return ["make"]
        return ["file"] if actor.role is Role.HEAD and state == FilingState.MADE else []
    if actor.level is Level.CITY and actor.role is Role.HEAD and state == FilingState.FILED:
        return ["acknowledge", "send_back"]
    return []


def _do(actor: Actor, act: str, kind: str, year: int, bureau: UUID, reason: str) -> None:
    if act == "make":
        services.make(actor=actor, kind=kind, year=year)
    elif act == "file":
        services.file_(actor=actor, kind=kind, year=year)
    elif act == "acknowledge":
        services.acknowledge(actor=actor, kind=kind, year=year, bureau=bureau)
    elif act == "send_back":
        services.send_back(actor=actor, kind=kind, year=year, bureau=bureau, reason=reason)
    else:
        raise Http404


def _steps(found: Filing | None, people: dict[UUID, str], place: str) -> list[dict[str, Any]]:
    if found is None:
        return []
    city = organisations.city().name
    decided = "退回修改" if found.state == FilingState.SENT_BACK else "市局确认"
    steps = [
        ("生成", found.made_at, found.made_by, place, ""),
        ("报备", found.filed_at, found.filed_by, place, ""),
        (decided, found.decided_at, found.decided_by, city, found.reason),
    ]
    return [
        {"what": what, "at": at, "who": acted_by(people, who, where), "why": why}
        for what, at, who, where, why in steps
        if at
    ]


def _paper(request: HttpRequest, year: int, kind: str, bureau: UUID) -> FilingPaper:
    rule, place = _of(actor_of(request), year, kind, bureau)
    found = selectors.one(kind, year, bureau)
    if found is None:
        raise Http404
    on = day_of(found.made_at)
    return FilingPaper(rule, year, place.name, place.code, STATE_TITLES[found.state], on, found.content, found.digest)


def pdf(request: HttpRequest, year: int, kind: str, bureau: UUID) -> HttpResponse:
    """The official form."""
    paper = _paper(request, year, kind, bureau)
    return attachment(f"{paper.title}.pdf", as_pdf(paper), PDF, inline=True)


def file(request: HttpRequest, year: int, kind: str, bureau: UUID) -> HttpResponse:
    """The same as a workbook."""
    paper = _paper(request, year, kind, bureau)
    return workbook(f"{paper.title}.xlsx", as_workbook(paper))
