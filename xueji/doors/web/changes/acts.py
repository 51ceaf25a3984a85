"""The buttons of an application, and the sentence beside one that is off. The services check everything again."""

from __future__ import annotations

from typing import Any

from xueji.doors.web.changes.roster import ROSTERS
from xueji.doors.web.changes.words import AGREE_WORDS, REFUSAL_HINT
from xueji.doors.web.templatetags.ui import thousands
from xueji.pure.kernel.environment import day_of, today
from xueji.pure.kernel.types import Actor, Refused, Role
from xueji.registry.applications import services
from xueji.registry.applications.models import ApplicationState
from xueji.registry.applications.services.checks import sentence
from xueji.registry.applications.types import ApplicationView
from xueji.registry.cases import selectors as cases
from xueji.registry.cases.reasons import reasons
from xueji.registry.cases.types import StepView


def acts_for(actor: Actor, view: ApplicationView, typed: dict[str, str]) -> list[dict[str, Any]]:
    """What this post can do now; nothing where it is another's turn and the matter is not its own."""
    current = view.case.current if view.case else None
    found: list[dict[str, Any]] = []
    own = actor.organisation == view.school and actor.role is Role.REGISTRAR
    if own and view.state == ApplicationState.SENT_BACK:
        found += [_resubmit(), _retract()]
    elif own and view.state in ApplicationState.under_way():
        found.append(_retract())
    if current is not None and (current.organisation, current.role) == (actor.organisation, actor.role.value):
        found += _deciding(actor, view, current)
    for one in found:
        one["reopen"] = typed.get("act") == one["key"] and not one.get("why")
    return found


def _deciding(actor: Actor, view: ApplicationView, step: StepView) -> list[dict[str, Any]]:
    hindered = cases.hindrance(actor, view.id)
    why = _with_basis(hindered) if hindered else ""
    agree: dict[str, Any] = {
        "key": step.act,
        "title": AGREE_WORDS.get(step.act, "同意"),
        "main": True,
        "why": why or _check_words(view, step),
        "question": f"{step.title}：{AGREE_WORDS.get(step.act, '同意')}？",
        "effect": _effect(view, step),
        "by_line": step.completes and view.kind in ROSTERS,
    }
    back = {
        "key": "send_back",
        "title": "退回修改",
        "danger": True,
        "why": why,
        "needs_reason": True,
        "question": "退回修改",
        "effect": "退回申请学校改正，改好后重新提交，从头办理各步。",
        "reasons": reasons("send_back", today()),
        "hint": REFUSAL_HINT["send_back"],
    }
    refuse = {
        "key": "refuse",
        "title": "不予批准",
        "danger": True,
        "why": why,
        "needs_reason": True,
        "question": "不予批准",
        "effect": "这件事到此为止，不能再改。",
        "reasons": reasons("refuse", today()),
        "hint": REFUSAL_HINT["refuse"],
    }
    if why:
        return [agree]
    return [refuse, back, agree] if step.act in ("approve", "decide", "examine") else [back, agree]


def _check_words(view: ApplicationView, step: StepView) -> str:
    """What the register check would say: a difference blocks (clause C2)."""
    if not step.needs_check:
        return ""
    try:
        found = services.register_check(view.id)
    except Refused as refused:
        return _with_basis(refused)
    if found.agreed:
        return ""
    return f"{sentence(found, day_of(found.checked_at))}（通知第三部分）"


def _effect(view: ApplicationView, step: StepView) -> str:
    who = f"{thousands(view.rows)} 名学生" if view.rows > 1 else "这名学生"
    who = "各年级学生" if view.kind == "promotion" else who
    if step.completes:
        return f"这是最后一步。同意后{who}的学籍当场写入学籍簿，不能删除，只能由后续的更正改变。"
    return "同意后转到下一步。您的姓名和时间会记入办理经过。"


def _with_basis(refused: Refused) -> str:
    return f"{refused.message}（{refused.basis}）" if refused.basis else refused.message


def _resubmit() -> dict[str, Any]:
    return {
        "key": "resubmit",
        "title": "改好了，重新提交",
        "main": True,
        "question": "重新提交",
        "effect": "请先按退回的理由改正。重新提交后，从校对开始再办一遍。",
    }


def _retract() -> dict[str, Any]:
    return {
        "key": "retract",
        "title": "撤回申请",
        "danger": True,
        "question": "撤回申请",
        "effect": "撤回后这件申请作废，占用的学籍号放回；需要时可以重新提出。",
    }
