"""One inspection: what was drawn, what is looked at, what was found, what happened; handing over and sign-off."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from xueji.doors.web.actors import actor_of
from xueji.doors.web.help import help_for
from xueji.doors.web.inspections.words import finding_rows, inspection_of, state_of, subject_words
from xueji.doors.web.names import organisation_names
from xueji.doors.web.templatetags.ui import moment, short_check
from xueji.duties.inspections import selectors, services
from xueji.duties.inspections.authority import EXAMINERS, SIGNERS, finders, may, rules_of
from xueji.duties.inspections.models import Inspection, InspectionKind, InspectionState, Method, What
from xueji.duties.inspections.selectors import Counts
from xueji.duties.inspections.services.examining import left_of
from xueji.ground.accounts import selectors as accounts
from xueji.pure.kernel.types import Actor, Level, Refused


def page(request: HttpRequest, inspection: UUID) -> HttpResponse:
    """The page; POST hands the results over or signs off."""
    actor = actor_of(request)
    inspection_of(actor, inspection)
    refused: Refused | None = None
    if request.method == "POST":
        try:
            words = _act(actor, inspection, request.POST.get("act", ""))
        except Refused as why:
            refused = why
        else:
            messages.success(request, words, extra_tags="done")
            return redirect("web:inspection", inspection)
    found = inspection_of(actor, inspection)
    context = {**_context(actor, found), "refused": refused}
    return render(request, "inspections/inspection.html", context, status=409 if refused else 200)


def _act(actor: Actor, inspection: UUID, act: str) -> str:
    if act == "hand_over":
        count = services.hand_over(actor=actor, inspection=inspection)
        return f"检查结果已发出，有 {count} 处须更正。" if count else "检查结果已发出，没有问题，可以办结。"
    if act == "sign_off":
        services.sign_off(actor=actor, inspection=inspection)
        return "已办结，内容永久保存。"
    raise Http404


def _context(actor: Actor, found: Inspection) -> dict[str, Any]:
    rules = rules_of(found.school)
    counts = selectors.counts_of([found.pk])[found.pk]
    names = organisation_names([found.school, found.inspector])
    state, words = state_of(found, counts)
    # Until the results are handed over a school does not see what its bureau finds.
    hidden = (
        actor.level is Level.SCHOOL and found.kind == InspectionKind.BUREAU and found.state == InspectionState.DRAWN
    )
    findings = [] if hidden else selectors.findings(found.pk)
    school_answers = {} if hidden else selectors.answers(found.pk, "school", found.school)
    examining = may(actor, found, EXAMINERS) and found.state == InspectionState.DRAWN
    return {
        "view": found,
        "school_name": names.get(found.school, ""),
        "state": state,
        "state_text": words,
        "summary": [
            ("检查", InspectionKind(found.kind).label),
            ("检查单位", names.get(found.inspector, "")),
            ("怎样抽", Method(found.method).label),
            ("学生", f"{found.record_population} 名抽 {counts.records} 名"),
            ("变动", f"{found.procedure_population} 件抽 {counts.procedures} 件"),
            ("种子", found.seed),
        ],
        "lists": _lists(found, rules.checklists, hidden=hidden),
        "school_list": {
            "url": reverse("web:inspection-school", args=[found.pk]),
            "answered": len(school_answers),
            "items": len(rules.checklists["school"].items),
            "findings": sum(one.checklist == "school" for one in findings),
        },
        "findings": finding_rows(findings, rules),
        "hidden": hidden,
        "examining": examining,
        "acts": _acts(actor, found, counts),
        "events": _events(found),
        "retention": found.retention,
        "round_url": reverse("web:inspection-round", args=[found.round_id])
        if found.round_id and actor.level is not Level.SCHOOL
        else "",
        "help": help_for("inspection"),
    }


def _lists(found: Inspection, checklists: Any, *, hidden: bool) -> list[dict[str, Any]]:
    lines = selectors.lines(found.pk)
    words = subject_words((line.what, line.subject) for line in lines)
    made = []
    for what in What:
        size = len(checklists[what.value].items)
        rows = []
        for line in lines:
            if line.what != what:
                continue
            state, text = ("open", "未核对") if not line.answered else ("progress", f"核对了 {line.answered} / {size}")
            if line.answered >= size:
                state, text = ("wrong", f"问题 {line.findings} 处") if line.findings else ("done", "相符")
            rows.append(
                {
                    "place": line.place,
                    "name": words.get((line.what, line.subject), ""),
                    "why": {"lot": "随机", "rule": "核查规则", "risk": f"风险 {line.score} 分"}[line.why],
                    "url": "" if hidden else reverse("web:inspection-line", args=[line.id]),
                    "state": "open" if hidden else state,
                    "state_text": "待检查" if hidden else text,
                }
            )
        if rows:
            made.append({"title": what.label, "rows": rows})
    return made


def _acts(actor: Actor, found: Inspection, counts: Counts) -> list[dict[str, Any]]:
    """The next step with what hinders it."""
    if found.state == InspectionState.DRAWN and may(actor, found, EXAMINERS):
        lines, items = left_of(found)
        why = "、".join(
            part
            for part in (
                f"{lines} 名学生或变动没有核对完" if lines else "",
                f"学校管理还有 {items} 项" if items else "",
            )
            if part
        )
        effect = (
            f"共查出 {counts.findings} 处问题。发出后核对结果不能再改，学校会收到通知，按期限更正。"
            if found.kind == InspectionKind.BUREAU
            else f"共查出 {counts.findings} 处问题。定下后核对结果不能再改，请按期限更正。"
        )
        title = "发出检查结果" if found.kind == InspectionKind.BUREAU else "定下自查结果"
        return [{"key": "hand_over", "title": title, "effect": effect, "why": f"还有{why}" if why else ""}]
    if found.state == InspectionState.HANDED_OVER and may(actor, found, SIGNERS):
        left = counts.open + counts.corrected
        why = f"还有 {left} 处问题没有更正或复查" if left else ""
        if actor.person == found.handed_by or actor.person in finders(found.pk):
            why = "问题是您查出或发出的，须由另一个人办结"
        effect = "办结后全部内容永久保存，不能再改；件数和摘要记入检查单位的学籍簿。"
        return [{"key": "sign_off", "title": "办结", "effect": effect, "why": why}]
    return []


def _events(found: Inspection) -> list[dict[str, str]]:
    persons = accounts.names_of(one for one in (found.drawn_by, found.handed_by, found.signed_by) if one)
    lines = [("done", moment(found.drawn_at), "抽定名单", persons.get(found.drawn_by, ""), f"种子 {found.seed}")]
    if found.handed_at and found.handed_by:
        lines.append(("done", moment(found.handed_at), "发出检查结果", persons.get(found.handed_by, ""), ""))
    if found.signed_at and found.signed_by:
        text = f"摘要 {short_check(found.digest)}"
        lines.append(("done", moment(found.signed_at), "办结", persons.get(found.signed_by, ""), text))
    else:
        what = "核对" if found.state == InspectionState.DRAWN else "更正、复查"
        due = found.due_on.isoformat() if found.due_on else ""
        lines += [("progress", "", what, "", f"应于 {due} 前办结" if due else ""), ("open", "", "办结", "", "")]
    return [dict(zip(("state", "when", "what", "who", "text"), line, strict=True)) for line in lines]
