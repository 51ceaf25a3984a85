"""How a registration begins and ends, and what a pupil's entries are called, in the words that people read."""

from __future__ import annotations

STATUS_WORDS = {"in_school": "在校", "suspended": "休学", "dropped_out": "辍学", "abroad": "出国（境）"}
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
#: Entries that are no kind of change of the rulebook.
KIND_WORDS = {
    "not_promoted": "未随班升级",
    "graduation_undo": "毕业回退",
    "transfer_out": "转出",
    "transfer_in": "转入",
    "repetition": "留级",
    "photo": "采集照片",
    "photo_removed": "撤下照片",
    "record_item": "登记档案项目",
    "record_item_corrected": "更正档案项目",
    "record_item_removed": "撤下档案项目",
}
