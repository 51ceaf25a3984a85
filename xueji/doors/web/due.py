"""How near a date is, in the five states of the pages. Only for the eye: what is late is decided by the services."""

from __future__ import annotations

from datetime import date

from xueji.ground.parameters.selectors import rulebook
from xueji.pure.kernel.environment import today


def due_state(due: date | None, done: bool = False) -> str:
    """``done``, ``open`` (no date), ``wrong`` (past), ``soon`` (within the rulebook's days), else ``progress``."""
    if done:
        return "done"
    if due is None:
        return "open"
    left = (due - today()).days
    if left < 0:
        return "wrong"
    return "soon" if left <= int(rulebook(today()).settings["due_soon_days"]) else "progress"


def due_words(due: date | None) -> str:
    """The same in words: 已超期 2 天, 今天到期, 还剩 3 天."""
    if due is None:
        return "没有期限"
    left = (due - today()).days
    if left < 0:
        return f"已超期 {-left} 天"
    return "今天到期" if left == 0 else f"还剩 {left} 天"
