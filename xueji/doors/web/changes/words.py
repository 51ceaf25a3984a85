"""Words of applications: kinds, acts, who holds a step, the title that says the thing and its state."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from xueji.doors.web.due import due_words
from xueji.doors.web.places import ROLE_NAMES
from xueji.pure.kernel.rulebook import Rulebook
from xueji.pure.kernel.types import Role
from xueji.registry.applications.models import ApplicationState
from xueji.registry.applications.types import ApplicationView
from xueji.registry.cases.types import StepView

ACT_WORDS = {"proofread": "校对", "examine": "审查", "decide": "审核", "approve": "审批", "confirm": "确认"}
#: The words on the button of each act.
AGREE_WORDS = {
    "proofread": "已校对，一致",
    "examine": "审查通过",
    "decide": "同意",
    "approve": "批准",
    "confirm": "确认",
}
#: Of files in a list, by the state of their case.
CASE_COLOURS = {"approved": "done", "sent_back": "wrong", "refused": "wrong", "retracted": "open"}
REFUSAL_HINT = {
    "send_back": "写明第几行或哪一项、应当怎样改。",
    "refuse": "写明不符合哪一条规定。这件事到此为止，需要时只能重新申请。",
}


def kind_title(book: Rulebook, kind: str) -> str:
    """转学, 新生入学 …, as the rulebook calls it."""
    return book.changes[kind].title if kind in book.changes else "学籍变动"


def holder_of(step: StepView | None, names: Mapping[UUID, str]) -> str:
    """Who has it now: 玄武区教育局 · 负责人."""
    if step is None:
        return ""
    return f"{names.get(step.organisation, '')} · {ROLE_NAMES[Role(step.role)]}"


def state_words(view: ApplicationView) -> str:
    """The second part of a title: whose turn it is, or how it ended."""
    current = view.case.current if view.case else None
    if current is not None:
        return f"待{current.title}" if current.title else f"待{ACT_WORDS.get(current.act, '办理')}"
    return str(ApplicationState(view.state).label)


def title_of(book: Rulebook, view: ApplicationView) -> str:
    """转学 · 待转出学校核对 · 还剩 3 天."""
    parts = [f"{kind_title(book, view.kind)}申请", state_words(view)]
    current = view.case.current if view.case else None
    if current is not None and current.due_on is not None:
        parts.append(due_words(current.due_on))
    return " · ".join(parts)
