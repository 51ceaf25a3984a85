"""The steps of a kind of change as the rulebook has them, for the side of a form."""

from __future__ import annotations

from xueji.doors.web.places import ROLE_NAMES
from xueji.pure.kernel.rulebook import ChangeKind


def route_lines(change: ChangeKind) -> list[dict[str, str]]:
    """One line a step, of the longer way where there are two."""
    steps = change.steps_for("two_bureaus") if "two_bureaus" in change.variants else change.steps_for()
    lines, phase = [], ""
    for step in steps:
        days = f"{step.days} 个工作日内" if step.days and step.phase != phase else ""
        phase = step.phase
        lines.append(
            {"state": "open", "when": days, "what": step.title, "who": ROLE_NAMES[step.role], "text": "", "basis": ""}
        )
    return lines
