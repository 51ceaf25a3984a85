"""The places of a paper in the words of a form: a bureau reads and writes {姓名}, the rulebook keeps ``{name}``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

PLACE_WORDS: Final[Mapping[str, str]] = {
    "name": "姓名", "gender": "性别", "birth_date": "出生日期", "birth_year": "出生年", "birth_month": "出生月",
    "birth_day": "出生日", "school": "学校", "grade": "年级", "class_name": "班级", "stage": "学段",
    "registration_number": "学籍号", "student_number": "学号", "registered_as": "学籍依据",
    "enrolment_month": "入学年月", "enrolment_year": "入学年", "enrolment_month_no": "入学月",
    "ended_on": "离校日期", "ended_year": "离校年", "ended_month_no": "离校月", "how_ended": "离校方式",
    "status_since": "状态起始日期", "home_school": "学籍所在学校", "former_school": "原就读学校", "keeping": "保管说明",
    "guest": "借读说明", "at_school": "在何校就读",
    "to_region": "转往地区", "to_school": "接收学校", "decided_on": "批准日期", "due_on": "回执期限",
    "bureau": "主管教育局", "year": "毕业年", "of_kind": "证书种类", "first": "起号", "last": "止号", "count": "人数",
    "left_out": "未予验印说明",
    "on": "截至日期", "number": "证书编号", "title": "证书名称", "sentence": "正文", "issued_on": "发证日期",
    "issued_year": "发证年", "issued_month": "发证月", "issued_day": "发证日", "basis": "依据", "footer": "页脚",
}  # fmt: skip
_CODES: Final = {word: code for code, word in PLACE_WORDS.items()}
_PLACE: Final = re.compile(r"\{([^{}]*)\}")


def in_words(text: str) -> str:
    """A text of the rulebook as a bureau reads it."""
    return _PLACE.sub(lambda found: "{" + PLACE_WORDS.get(found[1], found[1]) + "}", text)


def in_codes(text: str) -> str:
    """What a bureau wrote as the rulebook keeps it; a word that names no place stays, and is refused there."""
    return _PLACE.sub(lambda found: "{" + _CODES.get(found[1].strip(), found[1]) + "}", text)
