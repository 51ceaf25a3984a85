"""电子印章: the seals of an organisation, or of a bureau's schools; a new one proposed with its picture."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from xueji.doors.web.actors import required_session
from xueji.doors.web.dates import read_day
from xueji.doors.web.due import due_state, due_words
from xueji.doors.web.help import help_for
from xueji.doors.web.lists import chosen, paged
from xueji.doors.web.names import organisation_names
from xueji.duties.certificates import selectors, services
from xueji.duties.certificates.impressions import title_of
from xueji.duties.certificates.seal_limits import in_words
from xueji.duties.certificates.seal_models import Seal, SealState
from xueji.ground.accounts import selectors as accounts
from xueji.ground.organisations import selectors as organisations
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.rulebook import CertificateKind, Rulebook
from xueji.pure.kernel.seals import SealUse, Standing, bearing
from xueji.pure.kernel.types import Actor, Level, Refused
from xueji.registry.applications.services.lodging import school_rulebook
from xueji.registry.cases import selectors as cases
from xueji.registry.cases.types import StepView

_COLOURS = {SealState.REFUSED: "wrong", SealState.RETRACTED: "open", SealState.WITHDRAWN: "open"}
_STANDINGS = {
    Standing.AHEAD: ("progress", "已批准，还没有起用"),
    Standing.IN_FORCE: ("done", "使用中"),
    Standing.OVER: ("open", "使用期已过"),
}


def listing(request: HttpRequest) -> HttpResponse:
    """What waits first, then the newest."""
    session = required_session(request)
    actor = session.actor
    state = chosen(request, "state", "情况", [(one.value, str(one.label)) for one in SealState])
    page = paged(request, selectors.seals(actor, state=state.value))
    shown = list(page)
    book = school_rulebook(actor.organisation, today())
    steps = {key: case.current for key, case in cases.cases_of(one.pk for one in shown).items()}
    names = organisation_names(one.organisation for one in shown)
    persons = accounts.names_of(one.decided_by for one in shown if one.decided_by)
    renamed = selectors.renamed(shown, today())
    context: dict[str, Any] = {
        "sub": f"{session.organisation_name}，共 {page.paginator.count:,} 枚",
        "filters": [state],
        "narrowed": bool(state.value),
        "page": page,
        "rows": [_row(one, book, steps.get(one.pk), names, persons, renamed=one.pk in renamed) for one in shown],
        "with_owner": actor.level is not Level.SCHOOL,
        "offers": _offers(actor, book),
        "help": help_for("seals"),
    }
    return render(request, "manage/seals.html", context)


def _offers(actor: Actor, book: Rulebook) -> list[dict[str, str]]:
    """The uses of which this post may propose a seal that some kind of paper may bear."""
    if not services.may_propose(actor):
        return []
    return [
        {"title": one.title, "url": reverse("web:seal-new", args=[one.use])}
        for one in book.seals.values()
        if actor.level in one.levels and bearing(book.certificates, one)
    ]


def _row(
    one: Seal, book: Rulebook, step: StepView | None, names: dict[UUID, str], persons: dict[UUID, str], *, renamed: bool
) -> dict[str, Any]:
    colour, words = state_of(one, step, renamed=renamed)
    return {
        "url": reverse("web:seal", args=[one.pk]),
        "title": title_of(book.seals, one.use),
        "owner": names.get(one.organisation, ""),
        "kinds": kind_titles(book, one),
        "starts_on": one.starts_on,
        "ends_on": one.ends_on,
        "decided_at": one.decided_at,
        "decided_by": persons.get(one.decided_by, "") if one.decided_by else "",
        "state": colour,
        "state_text": words,
    }


def kinds_of(book: Rulebook, one: Seal) -> list[CertificateKind]:
    """The kinds of paper that a seal is for, in the rulebook's order."""
    return [kind for kind in book.certificates.values() if kind.kind in one.kinds]


def kind_titles(book: Rulebook, one: Seal) -> str:
    """The kinds of paper that a seal is for, in words."""
    return "、".join(kind.title for kind in kinds_of(book, one))


def state_of(one: Seal, step: StepView | None, *, renamed: bool) -> tuple[str, str]:
    """How a seal stands: colour and words."""
    if one.state == SealState.PROPOSED and step is not None:
        return due_state(step.due_on), f"待{step.title}，{due_words(step.due_on)}"
    standing = selectors.standing_of(one, today())
    if standing is None:
        return _COLOURS.get(SealState(one.state), "progress"), str(SealState(one.state).label)
    return ("wrong", "单位已更名，停止使用") if renamed and standing is not Standing.OVER else _STANDINGS[standing]


def new(request: HttpRequest, use: str) -> HttpResponse:
    """GET: the form. POST: the proposal with its picture."""
    session = required_session(request)
    actor = session.actor
    book = school_rulebook(actor.organisation, today())
    wanted = book.seals.get(use)
    if wanted is None or not services.may_propose(actor) or actor.level not in wanted.levels:
        raise Http404
    refused: Refused | None = None
    if request.method == "POST":
        try:
            made = _propose(request, actor, wanted)
        except Refused as error:
            refused = error
        else:
            words = f"电子的{wanted.title}已提交，等主管教育局批准。批准以前证明上仍留空框。"
            messages.success(request, words, extra_tags="done")
            return redirect("web:seal", made)
    typed = request.POST
    approver = organisations.by_id(services.approver_of(actor.organisation)).name
    context: dict[str, Any] = {
        "use": wanted,
        "approver": "本局负责人" if approver == session.organisation_name else approver,
        "kinds": [
            {"code": kind.kind, "title": kind.title, "chosen": kind.kind in typed.getlist("kind") or not typed}
            for kind in bearing(book.certificates, wanted)
        ],
        "starts_on": typed.get("starts_on", today().isoformat()),
        "ends_on": typed.get("ends_on", ""),
        "reason": typed.get("reason", ""),
        "demands": in_words(book),
        "refused": refused,
        "help": help_for("seal_new"),
    }
    return render(request, "manage/seal_new.html", context, status=409 if refused else 200)


def _propose(request: HttpRequest, actor: Actor, use: SealUse) -> UUID:
    typed = request.POST
    days = [read_day(typed.get(name, "")) for name in ("starts_on", "ends_on")]
    if days[0] is None or days[1] is None:
        raise Refused("seal.day", "使用期的日期没有看懂，请写成 20080901 或 2008-09-01。", use.basis)
    file = request.FILES.get("picture")
    if file is None:
        raise Refused("seal.no_picture", "请选择印章的图片。", use.basis)
    proposal = services.Proposal(use.use, tuple(typed.getlist("kind")), days[0], days[1], typed.get("reason", ""))
    return services.propose(actor=actor, wanted=proposal, name=file.name or "", content=file.read())
