"""机构调整: the acts of a bureau on schools and districts, one act with what it moves, its decision, its paper."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from xueji.doors.web.actors import actor_of, required_session
from xueji.doors.web.errors import forbidden
from xueji.doors.web.files import attachment
from xueji.doors.web.help import help_for
from xueji.doors.web.lists import chosen
from xueji.doors.web.manage.reorganisation_words import COLOURS, figures_of, handed_by, preview_context, result_pairs
from xueji.doors.web.names import organisation_names
from xueji.doors.web.templatetags.ui import moment
from xueji.ground.accounts import selectors as accounts
from xueji.ground.documents.services import open_document
from xueji.ground.parameters import selectors as parameters
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.types import Actor, Level, Refused, Role
from xueji.registry.cases import selectors as cases
from xueji.registry.cases.reasons import reasons
from xueji.registry.reorganisation import selectors, services
from xueji.registry.reorganisation.models import ReorganisationState
from xueji.registry.reorganisation.plans import BUREAU_CHANGE, KINDS, OF_DISTRICTS, OF_THE_CITY
from xueji.registry.reorganisation.types import ActView

_DONE = {
    "approve": "已决定。", "send_back": "已退回，经办人会看到原因。", "refuse": "不予批准，这件调整到此为止。",
    "retract": "已撤回。", "carry_out": "已执行，从今天起生效。",
}  # fmt: skip


def kinds_of(actor: Actor) -> list[dict[str, str]]:
    """The kinds that this clerk may propose, with the page of each."""
    if actor.role is not Role.CLERK or actor.level is Level.SCHOOL:
        return []
    changes = parameters.rulebook(today()).changes
    return [
        {"title": changes[kind].title, "url": reverse("web:reorganisation-new", args=[kind])}
        for kind in KINDS
        if kind in changes and (actor.level is Level.CITY or kind not in OF_THE_CITY)
    ]


def listing(request: HttpRequest) -> HttpResponse:
    """The acts in reach, the newest first."""
    session = required_session(request)
    changes = parameters.rulebook(today()).changes
    filters = [
        chosen(request, "kind", "事项", [(kind, changes[kind].title) for kind in KINDS if kind in changes]),
        chosen(request, "state", "情况", [(one.value, str(one.label)) for one in ReorganisationState]),
    ]
    values = {one.name: one.value for one in filters}
    found = selectors.acts(kind=values["kind"], state=values["state"])
    names = organisation_names(one.organisation for one in found)
    rows = [
        {
            "url": reverse("web:reorganisation", args=[one.id]),
            "title": one.title,
            "kind": changes[one.kind].title if one.kind in changes else one.kind,
            "effective_on": one.carried_on or one.effective_on,
            "document": one.document_number,
            "bureau": names.get(one.organisation, ""),
            "state": COLOURS[ReorganisationState(one.state)],
            "state_text": ReorganisationState(one.state).label,
        }
        for one in found
    ]
    context = {
        "sub": f"{session.organisation_name}，共 {len(rows)} 件",
        "filters": filters,
        "rows": rows,
        "kinds": kinds_of(session.actor),
        "help": help_for("reorganisations"),
    }
    return render(request, "manage/reorganisations.html", context)


def found_act(act: UUID) -> ActView:
    """The act, or 404."""
    view = selectors.act(act)
    if view is None:
        raise Http404
    return view


def show(request: HttpRequest, act: UUID) -> HttpResponse:
    """One act: what it moves, who decided, its result; an act of the head or the clerk comes back to it."""
    actor = actor_of(request)
    found_act(act)
    refused: Refused | None = None
    if request.method == "POST":
        verb = request.POST.get("act", "")
        try:
            _do(actor, act, verb, request)
        except Refused as error:
            refused = error
        else:
            messages.success(request, _DONE[verb], extra_tags="done")
            return redirect("web:reorganisation", act)
    view = found_act(act)
    context = {**page_of(view), **_acts(actor, view), "refused": refused, "typed": request.POST}
    return render(request, "manage/reorganisation.html", context, status=409 if refused else 200)


def _do(actor: Actor, act: UUID, verb: str, request: HttpRequest) -> None:
    reason, code = request.POST.get("reason", ""), request.POST.get("reason_code", "")
    if verb == "approve":
        services.decide(actor=actor, act=act, remark=reason, seen=request.POST.get("seen") or None)
    elif verb == "send_back":
        services.send_back(actor=actor, act=act, reason=reason, reason_code=code)
    elif verb == "refuse":
        services.refuse(actor=actor, act=act, reason=reason, reason_code=code)
    elif verb == "retract":
        services.retract(actor=actor, act=act)
    elif verb == "carry_out":
        services.carry_out(actor=actor, act=act)
    else:
        raise Http404


def page_of(view: ActView) -> dict[str, Any]:
    """What the page and the paper say of an act."""
    change = parameters.rulebook(today()).changes.get(view.kind)
    names = organisation_names([view.organisation])
    own = view.organisation in accounts.visible_organisations()
    of_districts = view.kind in (BUREAU_CHANGE, *OF_DISTRICTS)
    context: dict[str, Any] = {
        "view": view,
        "kind": change.title if change else view.kind,
        "basis": change.basis if change else "",
        "state_text": ReorganisationState(view.state).label,
        "summary": [
            ("事项", change.title if change else view.kind),
            ("生效日期", (view.carried_on or view.effective_on).isoformat()),
            ("批文", view.document_number),
            ("办理单位", names.get(view.organisation, "")),
            ("卷号", view.case.file_number if view.case and view.case.file_number else "决定后编号"),
        ],
        "events": _events(view),
        "of_districts": of_districts,
        "document_url": reverse("web:reorganisation-document", args=[view.id]) if own else "",
        "paper_url": reverse("web:reorganisation-paper", args=[view.id]),
        "help": help_for("reorganisation_districts" if of_districts else "reorganisation"),
    }
    if view.state in ReorganisationState.under_way() and not own:
        # Whoever it only concerns sees the proposal's figures: not all that moves is in sight.
        context["figures"] = figures_of(view.counts)
    elif view.state in ReorganisationState.under_way():
        context |= preview_context(selectors.preview_of(view))
    else:
        context |= {"result": result_pairs(view), "handed": handed_by(view)}
    return context


def _acts(actor: Actor, view: ActView) -> dict[str, Any]:
    """The buttons of this post; why the main one is off is written beside it."""
    own = actor.organisation == view.organisation
    acts: list[dict[str, Any]] = []
    if own and actor.role is Role.HEAD and view.state == ReorganisationState.PREPARED:
        preview = selectors.preview_of(view)
        hindered = cases.hindrance(actor, view.id)
        why = hindered.message if hindered else ("还有事项妨碍这次调整，见下" if preview.hindrances else "")
        when = "决定后立即生效" if view.effective_on <= today() else f"决定后到 {view.effective_on} 自动生效"
        effect = f"{view.title}。{when}，学籍随之转移，学校代码和学籍号不变。生效以后不能撤销。"
        acts = [
            {"key": "send_back", "title": "退回修改", "question": "退回修改", "effect": "经办人改好后重新提请。",
             "reasons": reasons("send_back", today()), "why": hindered.message if hindered else ""},
            {"key": "refuse", "title": "不予批准", "question": "不予批准", "effect": "这件调整到此为止。",
             "danger": True, "reasons": reasons("refuse", today()), "why": hindered.message if hindered else ""},
            {"key": "approve", "title": "批准", "main": True, "question": f"批准{view.title}", "effect": effect,
             "seen": preview.digest, "why": why},
        ]  # fmt: skip
    elif own and actor.role is Role.HEAD and view.state == ReorganisationState.DECIDED:
        early = f"到 {view.effective_on} 自动执行" if view.effective_on > today() else ""
        acts = [
            {"key": "retract", "title": "取消", "question": "取消这件已决定的调整", "danger": True,
             "effect": "不再执行，须重新提出。"},
            {"key": "carry_out", "title": "现在执行", "main": True, "question": "现在执行",
             "effect": view.title, "why": early},
        ]  # fmt: skip
    elif own and actor.role is Role.CLERK and view.state in (
        ReorganisationState.PREPARED, ReorganisationState.SENT_BACK,
    ):  # fmt: skip
        acts = [{"key": "retract", "title": "撤回", "question": "撤回这件调整", "effect": "不再办理；需要时重新提出。"}]
        if view.state == ReorganisationState.SENT_BACK:
            acts.append(
                {"title": "修改后重新提请", "main": True, "url": reverse("web:reorganisation-revise", args=[view.id])}
            )
    return {"acts": acts}


def _events(view: ActView) -> list[dict[str, str]]:
    steps = [step for step in (view.case.steps if view.case else ()) if step.decided_at]
    persons = accounts.names_of({view.prepared_by, *(step.decided_by for step in steps if step.decided_by)})
    lines = [
        {"state": "done", "when": moment(view.prepared_at), "what": "经办人提请",
         "who": persons.get(view.prepared_by, ""), "text": "", "basis": view.document_number}
    ]  # fmt: skip
    words = {"agreed": ("done", "负责人批准"), "sent_back": ("wrong", "退回修改"), "refused": ("wrong", "不予批准")}
    for step in steps:
        state, what = words[step.outcome]
        who = persons.get(step.decided_by, "") if step.decided_by else ""
        lines.append(
            {
                "state": state,
                "when": moment(step.decided_at),
                "what": what,
                "who": who,
                "text": step.reason,
                "basis": "",
            }
        )
    if view.carried_on:
        lines.append(
            {"state": "done", "when": view.carried_on.isoformat(), "what": "生效", "who": "", "text": "", "basis": ""}
        )
    elif view.state == ReorganisationState.DECIDED:
        text = view.hindered[0] if view.hindered else ""
        state = "wrong" if text else "progress"
        what = "没有办成" if text else f"等待 {view.effective_on} 生效"
        lines.append({"state": state, "when": "", "what": what, "who": "", "text": text, "basis": ""})
    return lines[::-1]


def document(request: HttpRequest, act: UUID) -> HttpResponse:
    """The document that the act rests on, as it was handed in, to be saved."""
    view = found_act(act)
    try:
        opened = open_document(view.document)
    except Refused as refused:
        return forbidden(request, sentence=refused.message)
    answer = attachment(opened.name, opened.content, opened.media_type)
    answer.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return answer


def paper(request: HttpRequest, act: UUID) -> HttpResponse:
    """The act on paper: A4, with the lines to sign."""
    view = found_act(act)
    context = page_of(view)
    context["signatures"] = ("经办人", "负责人", "（公章）")
    context["figures"] = context.get("figures") or context.get("result") or []
    return render(request, "manage/reorganisation_paper.html", context)
