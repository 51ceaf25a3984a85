"""A pupil's standing in words and colour: 在籍 and 在校 are two facts."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

STATUS_WORDS = {"in_school": "在校", "suspended": "休学", "dropped_out": "辍学", "abroad": "出国（境）"}
LIST_STATUSES: tuple[tuple[str, str], ...] = (
    ("awaited", "尚未到校"),
    ("departing", "转出待回执"),
    ("suspended", "休学"),
    ("dropped_out", "辍学"),
    ("abroad", "出国（境）"),
    ("guest_elsewhere", "在外校借读"),
    ("guest_here", "在本校借读"),
    ("left", "已离校"),
)
HOW_STARTED = {
    "opening": "建档", "enrolment": "新生入学", "transfer_in": "转入", "transfer_into_city": "外地转入",
    "late_registration": "补建学籍", "placement": "教育局安置",
    "merger": "学校合并，学籍并入", "split": "学校拆分，学籍转入", "closure": "学校撤销，学籍转入",
}  # fmt: skip
HOW_ENDED = {
    "transfer_out": "转出", "transfer_out_of_city": "转往外地", "graduation": "毕业",
    "leaving": "毕业年级离校", "completion": "结业",
    "death": "死亡", "merger": "学校合并，学籍并入他校", "split": "学校拆分，学籍转往他校",
    "closure": "学校撤销，学籍转往他校",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Standing:
    """Colour and words."""

    state: str
    text: str


def standing(
    *, ended: bool, how_ended: str | None, status: str | None, arrival: str | None, attends: UUID | str | None
) -> Standing:
    """What a list shows of one registration."""
    if ended:
        return Standing("open", HOW_ENDED.get(how_ended or "", "已离校"))
    if arrival == "awaited":
        return Standing("soon", "尚未到校")
    if arrival == "departing":
        return Standing("soon", "转出待回执")
    if status == "dropped_out":
        return Standing("wrong", "辍学")
    if status in ("suspended", "abroad"):
        return Standing("soon", STATUS_WORDS[status])
    if attends:
        return Standing("progress", "在外校借读")
    return Standing("done", "在籍在校")
