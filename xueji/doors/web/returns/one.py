"""One organisation's return: what is wrong, totals by grade and sex, the flow, and the acts in their order."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse

from xueji.doors.web.actors import actor_of
from xueji.doors.web.help import help_for
from xueji.doors.web.lists import asked
from xueji.doors.web.names import acted_by, organisation_names
from xueji.doors.web.returns import lines, remarking
from xueji.doors.web.returns.acts import acts_for, may_explain, may_note
from xueji.doors.web.returns.board import round_tabs
from xueji.doors.web.returns.information import shown
from xueji.doors.web.returns.tables import flow_table, hand_table, totals_table
from xueji.doors.web.returns.words import colour_of, words_of
from xueji.doors.web.templatetags.ui import moment
from xueji.duties.returns import remarks, selectors, services
from xueji.duties.returns.models import Reopening, ReopeningOutcome, Return, ReturnState
from xueji.duties.returns.selectors import BoardLine
from xueji.ground.accounts import selectors as accounts
from xueji.ground.parameters import selectors as parameters
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.types import Actor, Level, Refused

_DONE = {
    "make": "数据已生成，请看“哪些地方还不对”。", "certify": "已确认。下一步：上报。", "submit": "已上报，等上级审核。",
    "accept": "已接受。", "send_back": "已退回，对方会看到理由。",
    "ask_reopening": "申请已提交，等经办人审核、负责人决定。", "examine_reopening": "审核意见已保存，由负责人决定。",
    "refuse_reopening": "已答复，接受的数据不变。", "explain": "说明已保存。", "note": "审核意见已保存。",
}  # fmt: skip


def show(request: HttpRequest, round_code: str, organisation: UUID) -> HttpResponse:
    """The page; an act comes back to it."""
    actor = actor_of(request)
    line = line_of(round_code, actor, organisation)
    refused: Refused | None = None
    if request.method == "POST":
        act = request.POST.get("act", "")
        try:
            _do(actor, act, round_code, organisation, request.POST)
        except Refused as error:
            refused = error
        else:
            messages.success(request, _DONE[act], extra_tags="done")
            return redirect("web:return", round_code, organisation)
        line = line_of(round_code, actor, organisation)
    made = selectors.current(round_code, organisation)
    if made is not None and request.method == "GET":
        made = version_of(request, round_code, organisation)
    context = _context(actor, round_code, line, made, request.POST)
    return render(request, "returns/return.html", context | {"refused": refused}, status=409 if refused else 200)


def _do(actor: Actor, act: str, round_code: str, organisation: UUID, typed: QueryDict) -> None:
    if act not in _DONE:
        raise Http404
    if act in ("send_back", "ask_reopening", "refuse_reopening"):
        reason = typed.get("reason", "")
        getattr(services, act)(actor=actor, round_code=round_code, organisation=organisation, reason=reason)
    elif act == "examine_reopening":
        opinion = typed.get("reason", "")
        services.examine_reopening(actor=actor, round_code=round_code, organisation=organisation, opinion=opinion)
    elif act in ("explain", "note"):
        getattr(remarking, act)(actor, round_code, organisation, typed)
    else:
        getattr(services, act)(actor=actor, round_code=round_code, organisation=organisation)


def version_of(request: HttpRequest, round_code: str, organisation: UUID) -> Return:
    """The version that the address names, the newest where it names none; 404 where there is none."""
    version = asked(request).get("version", "")
    found = selectors.versions(round_code, organisation)
    made = next((one for one in found if not version or str(one.version) == version), None)
    if made is None:
        raise Http404
    return made


def line_of(round_code: str, actor: Actor, organisation: UUID) -> BoardLine:
    """The organisation's line on the actor's board, or among those closed ones for which the actor's organisation acts:
    what is neither is not there for this post."""
    try:
        line = _among([selectors.board(round_code, actor.organisation)], organisation)
        line = line or _among(selectors.kept(round_code, actor.organisation), organisation)
    except Refused:
        raise Http404 from None
    if line is None:
        raise Http404
    return line


def _among(lines: list[BoardLine], organisation: UUID) -> BoardLine | None:
    """The organisation's line among these and those below them."""
    queue = list(lines)
    while queue:
        line = queue.pop()
        if line.organisation == organisation:
            return line
        queue += line.children
    return None


def _context(actor: Actor, round_code: str, line: BoardLine, made: Return | None, typed: QueryDict) -> dict[str, Any]:
    on_round = selectors.round_of(round_code)
    asked_again = selectors.reopenings_of(round_code, line.organisation)
    waits = next((one for one in asked_again if not one.outcome), None)
    older = made is not None and made.version != line.version
    at = f"?version={made.version}" if made is not None and older else ""
    explained, noted = (remarks.explanations(made), remarks.notes(made)) if made else ({}, {})
    found = lines.groups(made.findings, Level(actor.level), explained, noted) if made else []
    unexplained = lines.to_explain(found)
    waiting = line.state not in (ReturnState.SUBMITTED, ReturnState.ACCEPTED)
    own = line.organisation == actor.organisation
    keeper = line.keeper if line.keeper != line.organisation else None
    context: dict[str, Any] = {
        "organisation_name": line.name,
        "round": {"title": on_round.title, "reference_date": on_round.reference_date},
        "round_url": reverse("web:returns-round", args=[round_code]),
        "state_text": words_of(line),
        "due_words": f"应于 {line.due.isoformat()} 前上报" if waiting and not line.late else "",
        "version": line.version if line.version > 1 else 0,
        "compare_url": reverse("web:return-compare", args=[round_code, line.organisation]) if line.version > 1 else "",
        "keeper": organisation_names([keeper]).get(keeper, "") if keeper else "",
        "rounds": round_tabs(parameters.rulebook(today()), round_code) if own and line.level == Level.SCHOOL else [],
        "acts": []
        if older
        else acts_for(actor, line, made, unexplained if line.state == ReturnState.MADE else 0, waits),
        "reopenings": [_reopening(one, made.bureau) for one in asked_again] if made else [],
        "older": f"第 {made.version} 次（{ReturnState(made.state).label}）" if made is not None and older else "",
        "newest_url": reverse("web:return", args=[round_code, line.organisation]),
        "pinned": made.version if made is not None and older else 0,
        "made": made is not None,
        "sent_back": made.reason if made and made.state == ReturnState.SENT_BACK else "",
        "events": _events(round_code, line.organisation),
        "empty_text": "点“生成数据”，按时间基准点当天的学籍情况汇总；生成后可以逐条看到哪些地方还不对。",
        "typed_reason": typed.get("reason", ""),
        "typed_text": typed.get("text", ""),
        "parts": [_part(round_code, one) for one in line.children],
        "kept": [_part(round_code, one) for one in selectors.kept(round_code, actor.organisation)] if own else [],
        "help": help_for("returns"),
    }
    if made is not None:
        errors = sum(1 for item in made.findings if item["severity"] == "error")
        totals = totals_table(made)
        about = remarking.lines_of(made, totals)
        context |= {
            "figures": [
                ("在籍", made.registered),
                ("在校", made.attending),
                ("必须改正", errors),
                ("须写明原因", unexplained),
            ],
            "blocking": f"{errors} 处必须改正" if errors else "",
            "groups": found,
            "unexplained": unexplained,
            "may_explain": not older and may_explain(actor, line) and any(group["asked"] for group in found),
            "may_note": not older and may_note(actor, line),
            "note_lines": about,
            "notes": remarking.shown(noted, about),
            "totals": totals,
            "information": shown(made),
            "file_url": f"{reverse('web:return-file', args=[round_code, line.organisation])}{at}",
            "opened_url": reverse("web:return-pupils", args=[round_code, line.organisation]),
            "pupils_url": f"{reverse('web:return-pupils', args=[round_code, line.organisation])}{at}",
            "changes_url": f"{reverse('web:return-changes', args=[round_code, line.organisation])}{at}",
            "bridge_url": f"{reverse('web:return-bridge', args=[round_code, line.organisation])}{at}",
            **flow_table(made),
            "in_hand": hand_table([*made.in_hand, *selectors.afterwards(made)]),
        }
    return context


def _reopening(one: Reopening, bureau: UUID | None) -> dict[str, Any]:
    """A request as the page shows it, with who said what; ``bureau``: who reviews the return."""
    persons = accounts.names_of(who for who in (one.asked_by, one.examined_by, one.decided_by) if who)
    places = organisation_names([one.asked_for, bureau])
    asker, reviewer = places.get(one.asked_for, ""), places.get(bureau, "") if bureau else ""
    outcome = ReopeningOutcome(one.outcome).label if one.outcome else ""
    steps = [("申请", one.asked_at, acted_by(persons, one.asked_by, asker), one.reason)]
    if one.examined_at and one.examined_by and one.opinion:
        who = acted_by(persons, one.examined_by, reviewer)
        steps.append(("经办人审核", one.examined_at, who, one.opinion))
    if one.decided_at and one.decided_by:
        who = acted_by(persons, one.decided_by, reviewer)
        steps.append((f"负责人{outcome}", one.decided_at, who, one.answer))
    waits = "待负责人决定" if one.examined_by else "待经办人审核"
    return {
        "state": {"agreed": "done", "refused": "wrong"}.get(one.outcome, "progress"),
        "state_text": outcome or waits,
        "steps": [(what, moment(when), who, text) for what, when, who, text in steps],
    }


def _part(round_code: str, line: BoardLine) -> dict[str, Any]:
    return {
        "name": line.name,
        "url": reverse("web:return", args=[round_code, line.organisation]),
        "state": colour_of(line.state, line.due, line.late),
        "state_text": words_of(line),
        "registered": line.registered,
    }


def _events(round_code: str, organisation: UUID) -> list[dict[str, str]]:
    """What happened, the newest first: each version made, certified, submitted, reviewed."""
    found = selectors.versions(round_code, organisation)
    persons = accounts.names_of(
        person
        for one in found
        for person in (one.made_by, one.certified_by, one.submitted_by, one.reviewed_by)
        if person is not None
    )
    places = organisation_names(place for one in found for place in (one.organisation, one.bureau))
    told: list[tuple[Any, dict[str, str]]] = []
    for one in found[::-1]:
        own, reviewer = places.get(one.organisation, ""), places.get(one.bureau, "") if one.bureau else ""
        version = f"（第 {one.version} 次）" if len(found) > 1 else ""
        back = one.state == ReturnState.SENT_BACK
        for at, who, what, state, text in (
            (one.made_at, one.made_by, f"生成数据{version}", "done", f"在籍 {one.registered:,} 人"),
            (one.certified_at, one.certified_by, "确认", "done", ""),
            (one.submitted_at, one.submitted_by, "上报", "done", ""),
            (one.reviewed_at, one.reviewed_by, "退回修改" if back else "接受", "wrong" if back else "done", one.reason),
        ):
            if at is not None:
                name = acted_by(persons, who, reviewer if at is one.reviewed_at else own)
                told.append(
                    (at, {"state": state, "when": moment(at), "what": what, "who": name, "text": text, "basis": ""})
                )
    # Acts of one moment stand in the order in which they were done.
    order = sorted(range(len(told)), key=lambda at: (told[at][0], at), reverse=True)
    return [told[at][1] for at in order]
