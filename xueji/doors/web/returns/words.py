"""Words and colours of returns."""

from __future__ import annotations

from datetime import date

from xueji.doors.web.due import due_state, due_words
from xueji.duties.returns.models import ReturnState
from xueji.duties.returns.selectors import OPEN, STATE_TITLES, BoardLine

_COLOURS = {
    ReturnState.MADE: "progress", ReturnState.CERTIFIED: "progress", ReturnState.SUBMITTED: "progress",
    ReturnState.SENT_BACK: "wrong", ReturnState.ACCEPTED: "done",
}  # fmt: skip
SEVERITIES = {"error": ("wrong", "必须改正"), "query": ("soon", "须核实"), "note": ("progress", "说明")}
#: Columns of the flow of 在籍, in the order of the identity (invariant 7).
FLOW_COLUMNS: tuple[tuple[str, str], ...] = (
    ("opening", "期初"),
    ("enrolled", "入学"),
    ("transferred_in", "转入"),
    ("restored", "恢复"),
    ("reorganised_in", "学校调整并入"),
    ("other_in", "其他增加"),
    ("moved_in", "调入本届"),
    ("sex_in", "性别更正增"),
    ("graduated", "毕业"),
    ("completed", "结业"),
    ("transferred_out", "转出"),
    ("died", "死亡"),
    ("voided", "作废"),
    ("reorganised_out", "学校调整转出"),
    ("other_out", "其他减少"),
    ("moved_out", "调出本届"),
    ("sex_out", "性别更正减"),
    ("closing", "期末"),
)
#: What is taken off 在籍, and the guests that are added, to get 在校.
ABSENCE_WORDS: tuple[tuple[str, str], ...] = (
    ("suspended", "减：休学"),
    ("dropped_out", "减：辍学"),
    ("abroad", "减：出国（境）"),
    ("guest_elsewhere", "减：外校借读"),
    ("not_arrived", "减：未到校"),
    ("guest_here", "加：来校借读"),
)

_PARTS_OF_FLOW = (("opening", "期初"), ("begun", "开始"), ("ended", "结束"), ("closing", "期末"))
#: Every column of totals and flow, in words.
COLUMNS: dict[str, str] = {
    "registered": "在籍",
    "attending": "在校",
    **dict(FLOW_COLUMNS),
    **{name: words.split("：")[1] for name, words in ABSENCE_WORDS},
    **{
        f"{name}_{part}": f"{words.split('：')[1]}（{said}）"
        for name, words in ABSENCE_WORDS
        for part, said in _PARTS_OF_FLOW
    },
}


def colour_of(state: str, due: date, late: bool) -> str:
    """The state's colour; overdue is red whatever was begun."""
    if state == ReturnState.ACCEPTED:
        return "done"
    if late and state in (OPEN, ReturnState.MADE, ReturnState.CERTIFIED, ReturnState.SENT_BACK):
        return "wrong"
    if state == OPEN:
        return "soon" if due_state(due) == "soon" else "open"
    return _COLOURS[ReturnState(state)]


def words_of(line: BoardLine) -> str:
    """State in words, with lateness."""
    words = STATE_TITLES[line.state]
    waits = line.state in (OPEN, ReturnState.MADE, ReturnState.CERTIFIED, ReturnState.SENT_BACK)
    if line.late and waits:
        return f"{words}，{due_words(line.due)}"
    return f"{words}（迟报）" if line.late else words


def bucket(line: BoardLine) -> str:
    """Which of the chart's parts a line belongs to: done, progress, wrong, open."""
    if line.state == ReturnState.ACCEPTED:
        return "done"
    if line.state == ReturnState.SUBMITTED:
        return "progress"
    return "wrong" if line.late else "open"
