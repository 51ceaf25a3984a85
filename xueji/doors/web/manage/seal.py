"""One electronic seal: its picture, a sample, who proposed and decided, withdrawn with a reason."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from xueji.doors.web.actors import actor_of
from xueji.doors.web.changes.story import step_lines
from xueji.doors.web.errors import forbidden
from xueji.doors.web.files import PDF, attachment
from xueji.doors.web.help import help_for
from xueji.doors.web.manage.seals import kind_titles, kinds_of, state_of
from xueji.doors.web.names import organisation_names
from xueji.doors.web.templatetags.ui import day, moment
from xueji.duties.certificates import selectors, services
from xueji.duties.certificates.impressions import picture_of, title_of
from xueji.duties.certificates.seal_models import Seal, SealState
from xueji.ground.accounts import selectors as accounts
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.types import Actor, Refused, Role
from xueji.registry.applications.services.lodging import school_rulebook
from xueji.registry.cases import selectors as cases
from xueji.registry.cases.reasons import reasons
from xueji.registry.cases.types import CaseView

_AGREE = {"examine": "核对通过", "approve": "批准"}
_DONE = {
    "examine": "已核对，转负责人批准。",
    "approve": "已批准，使用期内出具的所批种类的证明印上这枚电子印章。",
    "refuse": "不予批准，这件申请到此为止。",
    "retract": "已撤回申请。",
    "withdraw": "已停用，今后出具的证明留空框，须加盖实物印章。",
}


def found_seal(actor: Actor, seal: UUID) -> Seal:
    """The seal, or 404 where it is not this post's to look at."""
    found = selectors.seal(seal)
    if found is None or not selectors.in_hand(actor, found):
        raise Http404
    return found


def show(request: HttpRequest, seal: UUID) -> HttpResponse:
    """GET: the seal. POST: an act on it."""
    actor = actor_of(request)
    found_seal(actor, seal)
    refused: Refused | None = None
    if request.method == "POST":
        verb = request.POST.get("act", "")
        try:
            _do(actor, seal, verb, request.POST.get("reason", ""), request.POST.get("reason_code", ""))
        except Refused as error:
            refused = error
        else:
            messages.success(request, _DONE[verb], extra_tags="done")
            return redirect("web:seal", seal)
    return _page(request, actor, seal, refused)


def _do(actor: Actor, seal: UUID, verb: str, reason: str, code: str) -> None:
    if verb in _AGREE:
        services.agree_to_seal(actor=actor, seal=seal, act=verb)
    elif verb == "refuse":
        services.refuse_seal(actor=actor, seal=seal, reason=reason, reason_code=code)
    elif verb == "retract":
        services.retract_seal(actor=actor, seal=seal)
    elif verb == "withdraw":
        services.withdraw_seal(actor=actor, seal=seal, reason=reason)
    else:
        raise Http404


def _page(request: HttpRequest, actor: Actor, seal: UUID, refused: Refused | None) -> HttpResponse:
    found = found_seal(actor, seal)
    book = school_rulebook(found.organisation, today())
    use = book.seals.get(found.use)
    case = cases.case_of(seal)
    names = organisation_names(
        [found.organisation, found.bureau, *(step.organisation for step in (case.steps if case else ()))]
    )
    renamed = bool(selectors.renamed([found], today()))
    colour, words = state_of(found, case.current if case else None, renamed=renamed)
    acts = _acts(actor, found, case)
    context: dict[str, Any] = {
        "seal": found,
        "title": title_of(book.seals, found.use),
        "state": colour,
        "state_text": words,
        "summary": [
            ("单位", names.get(found.organisation, "")),
            ("使用期", f"{day(found.starts_on)} 至 {day(found.ends_on)}"),
            ("用在", kind_titles(book, found)),
            ("批准单位", names.get(found.bureau, "")),
        ],
        "reason": found.reason,
        "renamed": found.named if renamed else "",
        "width": f"{use.width:g}" if use else "",
        "samples": [
            {"title": kind.title, "url": reverse("web:seal-sample", args=[seal, kind.kind])}
            for kind in kinds_of(book, found)
        ],
        "acts": acts,
        "events": _events(found, case, names),
        "basis": use.basis if use else services.SEAL_BASIS,
        "refused": refused,
        "help": help_for("seal"),
    }
    return render(request, "manage/seal.html", context, status=409 if refused else 200)


def _acts(actor: Actor, seal: Seal, case: CaseView | None) -> list[dict[str, Any]]:
    """The buttons of this post; why the main one is off is written beside it."""
    acts: list[dict[str, Any]] = []
    step = case.current if case else None
    if step is not None and (actor.organisation, actor.role) == (step.organisation, Role(step.role)):
        hindered = cases.hindrance(actor, seal.pk)
        why = hindered.message if hindered else ""
        last = step.completes
        effect = (
            "批准以后，使用期内出具的所列种类的证明自动印上这枚印章，不再留空框。批准的人、时间和依据永久保存。"
            if last
            else "请与单位的实物印章、备案印模核对。核对通过后转负责人批准。"
        )
        acts = [
            {"key": "refuse", "title": "不予批准", "effect": "这件申请到此为止，单位可以改好后重新申请。", "why": why,
             "reasons": reasons("refuse", today()), "danger": True},
            {"key": step.act, "title": _AGREE[step.act], "effect": effect, "why": why, "main": True},
        ]  # fmt: skip
    if seal.state == SealState.PROPOSED and actor.person == seal.proposed_by and case is not None:
        effect = "撤回以后可以重新申请。"
        acts.insert(0, {"key": "retract", "title": "撤回", "effect": effect, "why": ""})
    if seal.state == SealState.APPROVED and services.may_withdraw(actor, seal):
        effect = "停用以后出具的证明留空框，须加盖实物印章；已经出具的照样有效。停用后不能恢复，要用须重新申请。"
        acts.append(
            {"key": "withdraw", "title": "停用", "effect": effect, "why": "", "danger": True, "words": "停用的原因"}
        )
    return acts


def _events(seal: Seal, case: CaseView | None, names: dict[UUID, str]) -> list[dict[str, str]]:
    persons = accounts.names_of(one for one in (seal.proposed_by, seal.withdrawn_by) if one is not None)
    who = f"{names.get(seal.organisation, '')} · {persons.get(seal.proposed_by, '')}"
    lines = [
        {"state": "done", "when": moment(seal.proposed_at), "what": "提出申请", "who": who, "text": seal.reason,
         "basis": ""},
        *(step_lines(case, names) if case is not None and seal.state != SealState.RETRACTED else ()),
    ]  # fmt: skip
    if seal.state == SealState.RETRACTED:
        lines.append({"state": "open", "when": "", "what": "已撤回申请", "who": "", "text": "", "basis": ""})
    if seal.withdrawn_by is not None:
        stopped = persons.get(seal.withdrawn_by, "")
        lines.append(
            {"state": "wrong", "when": moment(seal.withdrawn_at), "what": "停用", "who": stopped,
             "text": seal.withdraw_reason, "basis": ""}
        )  # fmt: skip
    return lines


def picture(request: HttpRequest, seal: UUID) -> HttpResponse:
    """The picture as it is printed."""
    found = found_seal(actor_of(request), seal)
    try:
        shown = picture_of(school_rulebook(found.organisation, today()), found)
    except Refused:
        raise Http404 from None
    return HttpResponse(
        shown.picture,
        content_type="image/png",
        headers={"X-Content-Type-Options": "nosniff", "Cache-Control": "private, no-store"},
    )


def sample(request: HttpRequest, seal: UUID, kind: str) -> HttpResponse:
    """An invented pupil's paper with the seal in its frame."""
    actor = actor_of(request)
    found_seal(actor, seal)
    try:
        pdf = services.sample_with_seal(actor=actor, seal=seal, kind=kind)
    except Refused as refused:
        return forbidden(request, sentence=refused.message)
    return attachment("电子印章-样张.pdf", pdf, PDF, inline=True)
