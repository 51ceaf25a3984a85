"""One request for attestation: claim and register side by side, the exceptions first; its steps, its papers."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from xueji.doors.web.actors import actor_of
from xueji.doors.web.certificates.ordering import class_ticks
from xueji.doors.web.certificates.orders import AGREE, COLOURS
from xueji.doors.web.changes.story import step_lines
from xueji.doors.web.dates import listed_day
from xueji.doors.web.due import due_words
from xueji.doors.web.files import PDF, attachment
from xueji.doors.web.help import help_for
from xueji.doors.web.names import organisation_names
from xueji.doors.web.templatetags.ui import group_digits, moment
from xueji.duties.certificates import selectors, services
from xueji.duties.certificates.claims import LABELS
from xueji.duties.certificates.comparing import Compared, compare
from xueji.duties.certificates.custody import may_request, places_of
from xueji.duties.certificates.models import LineState, Order, OrderState
from xueji.duties.certificates.services.ending import why_ended
from xueji.ground.accounts import selectors as accounts
from xueji.ground.organisations import selectors as organisations
from xueji.ground.parameters import selectors as parameters
from xueji.pure.kernel.environment import day_of, today
from xueji.pure.kernel.rulebook import CertificateKind
from xueji.pure.kernel.types import Actor, Refused, Role
from xueji.registry.cases import selectors as cases
from xueji.registry.cases.reasons import reasons
from xueji.registry.cases.types import CaseView, StepView

_DONE = {
    "agree": "已办理，转到下一步。",
    "attested": "已验印，证书编号已经给出，学校可以打印。",
    "send_back": "已退回学校修改。",
    "refuse": "已不予验印。",
    "retract": "已撤回申请。",
    "resubmit": "已重新提交，各环节重新办理。",
}
_OPEN = (OrderState.REQUESTED, OrderState.SENT_BACK)


def found_order(order: UUID) -> Order:
    """The request, or 404."""
    found = selectors.order(order)
    if found is None:
        raise Http404
    return found


def show(request: HttpRequest, order: UUID) -> HttpResponse:
    """GET: the request. POST: an act on it."""
    found_order(order)
    refused: Refused | None = None
    if request.method == "POST":
        verb = request.POST.get("act", "")
        try:
            said = _do(actor_of(request), order, verb, request)
        except Refused as error:
            refused = error
        else:
            messages.success(request, said, extra_tags="done")
            return redirect("web:attestation", order)
    return page(request, order, refused)


def _do(actor: Actor, order: UUID, verb: str, request: HttpRequest) -> str:
    reason, code = request.POST.get("reason", ""), request.POST.get("reason_code", "")
    rows = _rows_of(request, "out")
    if verb in AGREE:
        result = services.agree(
            actor=actor, order=order, act=verb, leave_out=dict.fromkeys(rows, reason),
            paper_seen=_rows_of(request, "paper"), seen=request.POST.get("seen") or None,
        )  # fmt: skip
        left = f"剔除 {len(result.left_out)} 人，理由已写明。" if result.left_out else ""
        return _DONE["attested" if result.certificates else "agree"] + left
    if verb == "send_back":
        services.send_back(actor=actor, order=order, reason=reason, reason_code=code)
    elif verb == "refuse":
        services.refuse(actor=actor, order=order, reason=reason, reason_code=code)
    elif verb == "retract":
        services.retract(actor=actor, order=order)
    elif verb == "resubmit":
        services.resubmit(actor=actor, order=order, without=rows)
    else:
        raise Http404
    return _DONE[verb]


def _rows_of(request: HttpRequest, name: str) -> list[int]:
    return [int(text) for text in request.POST.getlist(name) if text.isascii() and text.isdigit() and len(text) < 7]


def page(request: HttpRequest, order: UUID, refused: Refused | None = None) -> HttpResponse:
    """The page of a request."""
    actor, found = actor_of(request), found_order(order)
    kind = parameters.rulebook(today()).certificates[found.kind]
    case = cases.case_of(order)
    names = organisation_names(
        [found.school, found.bureau, *(step.organisation for step in (case.steps if case else ()))]
    )
    looked = compare(found) if found.state in _OPEN else None
    rows, ended = _lines(found, looked), _ended(actor, found)
    for row in rows:
        if ended is not None and row["why"] == ended["why"]:  # said once for all of them
            row["why"] = ""
    acts = _acts(actor, found, case, looked)
    asked = request.GET.get("row", "")
    shown = next((row for row in rows if str(row["row"]) == asked), None)
    main = next((one for one in acts if one["key"] in AGREE or one["key"] == "resubmit"), None)
    context: dict[str, Any] = {
        "order": found,
        "title": kind.title,
        "state_text": _state_text(found, case.current if case else None),
        "state": COLOURS[OrderState(found.state)],
        "summary": [
            ("学校", names.get(found.school, "")),
            ("主管教育局", names.get(found.bureau, "")),
            ("申请人数", f"{found.counts.get('lines', 0):,} 人"),
            ("核对", "没有办结" if ended else _checked_words(looked, rows)),
        ],
        "rows": sorted(rows, key=lambda row: (row["state"] != "wrong", row["row"])),
        "shown": shown,
        "compare": _side_by_side(shown["row"], looked) if shown and looked and not shown["archive"] else None,
        "main": main,
        "acts": [one for one in acts if one is not main],
        "picking": bool(main) and not (main or {}).get("why") and (main or {}).get("checks", False),
        "papers": any(row["archive"] for row in rows),
        "back": _sent_back(case),
        "ended": ended,
        "events": _events(found, case, names),
        "digest": found.digest,
        "basis": kind.basis,
        "refused": refused,
        "help": help_for("attestation"),
        **_printing(actor, found, kind, rows),
        "classes": _by_class(rows),
    }
    return render(request, "certificates/order.html", context, status=409 if refused else 200)


def _state_text(order: Order, step: StepView | None) -> str:
    if step is not None:
        return f"待{step.title} · {due_words(step.due_on)}"
    return str(OrderState(order.state).label)


def _checked_words(looked: Compared | None, rows: list[dict[str, Any]]) -> str:
    if looked is not None:
        out = len(looked.why)
        return f"一致 {len(looked.lines) - out:,} 人" + (f"，不一致 {out:,} 人" if out else "")
    done = sum(row["state"] == "done" for row in rows)
    return f"已验印 {done:,} 人" + (f"，未予验印 {len(rows) - done:,} 人" if done < len(rows) else "")


def _lines(order: Order, looked: Compared | None) -> list[dict[str, Any]]:
    rows = []
    for one in selectors.lines(order.pk):
        why = looked.why.get(one.row_no, "") if looked and one.state == LineState.CLAIMED else one.reason
        if order.state == OrderState.ENDED:
            state, words = "open", "已终止"
        elif one.state == LineState.ATTESTED:
            state, words = ("open", "已作废") if one.voided else ("done", "已验印")
        elif why:
            state, words = "wrong", "≠ 不一致" if one.state == LineState.CLAIMED else "未予验印"
        else:
            state, words = "progress", "待核原件" if one.archive else "＝ 一致"
        rows.append(
            {
                "row": one.row_no,
                "name": one.facts.get("name", ""),
                "gender": one.facts.get("gender", ""),
                "birth_date": listed_day(one.facts.get("birth_date", "")),
                "registration": one.facts.get("registration_number", ""),
                "class_name": one.facts.get("class_name", ""),
                "archive": one.facts.get("archive_number", "") if one.archive else "",
                "claimed": one.state == LineState.CLAIMED,
                "why": why,
                "state": state,
                "state_text": words,
                "number": one.number,
                "blank": one.blank,
                "certificate": one.certificate,
                "voided": one.voided,
                "url": f"{reverse('web:attestation', args=[order.pk])}?row={one.row_no}#side",
            }
        )
    return rows


def _side_by_side(row: int, looked: Compared) -> list[dict[str, Any]] | None:
    """The facts of one claim against the register's of today."""
    claimed, now = looked.claims.get(row), looked.register.get(row)
    if claimed is None or now is None:
        return None
    return [
        {
            "label": label,
            "left": group_digits(claimed.get(code, "")),
            "right": group_digits(now.get(code, "")),
            "differs": claimed.get(code, "") != now.get(code, ""),
        }
        for code, label in LABELS.items()
        if claimed.get(code) or now.get(code)
    ]


def _acts(actor: Actor, order: Order, case: CaseView | None, looked: Compared | None) -> list[dict[str, Any]]:
    """The buttons of this post; why the main one is off is written beside it."""
    step = case.current if case else None
    acts: list[dict[str, Any]] = []
    if step is not None and (actor.organisation, actor.role) == (step.organisation, Role(step.role)):
        hindered = cases.hindrance(actor, order.pk)
        nobody = step.needs_check and looked is not None and len(looked.why) == len(looked.lines)
        why = hindered.message if hindered else ("没有一人与学籍库一致，请退回或不予验印" if nobody else "")
        stop = hindered.message if hindered else ""
        acts = [
            {"key": "send_back", "title": "退回修改", "effect": "学校改好后重新提交。", "why": stop,
             "reasons": reasons("send_back", today())},
            {"key": "refuse", "title": "不予验印", "effect": "这件申请到此为止，学校可以另行申请。", "why": stop,
             "reasons": reasons("refuse", today()), "danger": True},
            {"key": step.act, "title": AGREE[step.act], "why": why, "checks": step.needs_check,
             "seen": looked.digest if looked and step.needs_check else ""},
        ]  # fmt: skip
    if order.state in _OPEN and actor.organisation == order.school and may_request(actor):
        effect = "撤回以后，其中的学生可以重新申请。"
        acts.append({"key": "retract", "title": "撤回", "effect": effect, "why": "", "reasons": ()})
        if order.state == OrderState.SENT_BACK:
            acts.append({"key": "resubmit", "title": "重新提交", "why": "", "checks": True, "seen": ""})
    return acts


def _sent_back(case: CaseView | None) -> str:
    """Why the request lies with the school again; '' where it does not."""
    if case is None or case.state != "sent_back":
        return ""
    return next((step.reason for step in reversed(case.steps) if step.outcome == "sent_back"), "")


def _ended(actor: Actor, order: Order) -> dict[str, str] | None:
    """Why the request ended with its school, and where whoever keeps the records asks again; None where it did not."""
    if order.state != OrderState.ENDED:
        return None
    school = organisations.by_id(order.school)
    asks = may_request(actor) and order.school in places_of(actor.organisation)
    url = reverse("web:attestation-new-of", args=[order.kind]) if asks else ""
    return {"why": why_ended(school, organisations.keeper_of(school)), "url": url}


def _events(order: Order, case: CaseView | None, names: dict[UUID, str]) -> list[dict[str, str]]:
    who = accounts.names_of([order.requested_by]).get(order.requested_by, "")
    first = {"state": "done", "when": moment(order.requested_at), "what": "提出验印申请", "text": "", "basis": ""}
    lines = [{**first, "who": f"{names.get(order.school, '')} · {who}"}, *step_lines(case, names)]
    if order.state != OrderState.ENDED:
        return lines
    closed = organisations.by_id(order.school).closed_on
    end = {**first, "state": "open", "when": closed.isoformat() if closed else "", "what": "学校撤销，申请终止"}
    return [*(one for one in lines if one["when"]), end]  # nobody waits for the other steps any more


def _by_class(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A tick a class for the papers that are still to be printed; rows are told their class's key."""
    waiting = [row for row in rows if row["certificate"] and not row["voided"] and not row["blank"]]
    found = class_ticks((row["class_name"] for row in waiting), "paper")
    keys = {one["name"]: one["key"] for one in found}
    for row in rows:
        row["class_key"] = keys.get(row["class_name"], "")
    return found if len(found) > 1 else []


def _printing(actor: Actor, order: Order, kind: CertificateKind, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """What the school needs to print: printers, the next blank; nothing for others."""
    own = services.may_issue(actor, kind) and order.school in places_of(actor.organisation)
    if order.state != OrderState.ATTESTED:
        return {"may_print": False}
    counts = selectors.blank_counts(places_of(actor.organisation)).get(order.kind) if kind.blank else None
    return {
        "may_roll": services.may_roll(actor, order),
        "rolls": [
            {
                "number": one.number,
                "url": reverse("web:certificate", args=[one.pk]),
                "words": f"{day_of(one.voided_at).isoformat()} 作废" if one.voided_at else "有效",
            }
            for one in selectors.rolls_of(order.pk)
        ],
        "may_print": own,
        "blank": kind.blank,
        "in_stock": counts.in_stock if counts else 0,
        "next_blank": counts.next if counts else "",
        "printers": selectors.printers(actor.organisation) if own else [],
        "to_print": sum(1 for row in rows if row["certificate"] and not row["voided"] and not row["blank"]),
    }


@require_POST
def print_(request: HttpRequest, order: UUID) -> HttpResponse:
    """The chosen papers as pages for the printer."""
    actor, found = actor_of(request), found_order(order)
    if found.school not in places_of(actor.organisation) or not services.may_issue(actor):
        raise Http404
    wanted = _ids(request, "paper")
    printer = _ids(request, "printer")
    try:
        made = services.print_papers(
            actor=actor, certificates=wanted, printer=printer[0] if printer else None,
            first_blank=request.POST.get("first_blank", ""),
        )  # fmt: skip
    except Refused as refused:
        return page(request, order, refused)
    return attachment(f"{made.title}-{made.count}份.pdf", made.pdf, PDF, inline=True)


def _ids(request: HttpRequest, name: str) -> list[UUID]:
    found = []
    for text in request.POST.getlist(name):
        try:
            found.append(UUID(text))
        except ValueError:
            continue
    return found


@require_POST
def roll(request: HttpRequest, order: UUID) -> HttpResponse:
    """毕业生花名册 of the request, for the stamps."""
    if not services.may_roll(actor_of(request), found_order(order)):
        raise Http404
    try:
        made = services.roll(actor=actor_of(request), order=order)
    except Refused as refused:
        return page(request, order, refused)
    return attachment(f"花名册-{made.number}.pdf", made.pdf, PDF, inline=True)
