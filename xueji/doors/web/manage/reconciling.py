"""核对结果: a comparison of two nodes, a line a school; below it each pupil and field that is not alike. To be read."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from xueji.doors.web.help import help_for
from xueji.duties.exchange import selectors
from xueji.duties.exchange.models import Reconciliation
from xueji.ground.organisations import selectors as organisations
from xueji.ground.parameters import selectors as parameters
from xueji.pure.kernel.environment import today

WAYS = {"home": "数据目录", "url": "网址", "package": "数据包"}
_SHOWN = 500  # differences on the page; the command prints all
_ENTRY = re.compile(r"entry (\d+)(?:\.(.+))?")
_SEALED = re.compile(r"sensitive(?:\((.*)\))?")
#: Places of state rows and columns of entries in the words of the register; what is not named is 其他内容.
_WORDS = {
    "status": "学籍状态", "class_group": "班级", "arrival": "报到", "attends": "就读学校",
    "earlier_fields": "以前的姓名等信息", "registration.number": "学籍号", "registration.student_number": "学号",
    "registration.stage": "学段", "registration.school": "学籍所在学校", "registration.started_on": "学籍起始日期",
    "registration.ended_on": "学籍终止日期", "registration.voided": "学籍作废", "living": "在世",
    "established": "建档", "id_document_type": "证件类型", "kind": "变动类型", "effective_on": "生效日期",
    "basis": "依据和办理人", "recorded_at": "记载时间", "student": "学生", "commitment": "加密内容的摘要",
    "content_digest": "本条摘要", "operations": "变动内容", "corrects": "更正的是哪一条",
    "hukou_area": "户口所在区县", "organisations_organisation": "单位信息", "organisations_name": "单位名称",
    "organisations_relation": "隶属关系",
    "organisations_site": "校区和教学点", "organisations_classgroup": "班级",
    "organisations_cohortpromotion": "升级确认",
}  # fmt: skip


def reconciliation(request: HttpRequest, run: UUID) -> HttpResponse:
    """One comparison: summary, a line a school, the differences."""
    found = selectors.reconciliation(run)
    if found is None:
        raise Http404
    labels = _labels()
    codes = organisations.by_codes(found.compared)
    context = {
        "run": head(found, selectors.peer_names()),
        "schools": _schools(found, {code: one.name for code, one in codes.items()}, labels),
        "differences": [_difference(one, codes, labels) for one in found.differences[:_SHOWN]],
        "left_out": max(0, found.found - min(len(found.differences), _SHOWN)),
        "help": help_for("reconciliation"),
    }
    return render(request, "manage/reconciliation.html", context)


def head(found: Reconciliation, names: Mapping[str, str]) -> dict[str, Any]:
    """A comparison in one line."""
    return {
        "url": reverse("web:reconciliation", args=[found.id]),
        "other": names.get(found.other, found.other) or "另一数据目录",
        "way": WAYS.get(found.way, found.way),
        "deep": "逐处打开加密内容" if found.deep else "比对摘要",
        "at": found.at,
        "compared": len(found.compared),
        "found": found.found,
        "state": "wrong" if found.found else "done",
        "state_text": f"{found.found} 处不一致" if found.found else "一致",
    }


def _schools(found: Reconciliation, names: Mapping[str, str], labels: Mapping[str, str]) -> list[dict[str, Any]]:
    """A line a school, those that differ first."""
    fields: defaultdict[str, Counter[str]] = defaultdict(Counter)
    pupils: defaultdict[str, set[str]] = defaultdict(set)
    for one in found.differences:
        fields[one["organisation"]][field_words(one["field"], labels)] += 1
        pupils[one["organisation"]].add(one["student"])
    rows = [
        {
            "code": code,
            "name": names.get(code, code),
            "pupils": len(pupils[code] - {""}),
            "count": fields[code].total(),
            "fields": "、".join(word for word, _ in fields[code].most_common(4)),
        }
        for code in sorted({*found.compared, *fields})
    ]
    return sorted(rows, key=lambda row: (not row["count"], row["code"]))


def _difference(one: Mapping[str, str], codes: Mapping[str, Any], labels: Mapping[str, str]) -> dict[str, Any]:
    return {
        "school": codes[one["organisation"]].name if one["organisation"] in codes else one["organisation"],
        "pupil": reverse("web:pupil", args=[one["student"]]) if one["student"] else None,
        "field": field_words(one["field"], labels),
        "here": _side(one["here"]),
        "there": _side(one["there"]),
    }


def _side(digest: str) -> str:
    return {"": "没有", "broken": "打不开", "missing": "文件缺失"}.get(digest, digest[:12])


def field_words(field: str, labels: Mapping[str, str]) -> str:
    """A field of a difference in words: 第 5 条变动记录：性别."""
    entry = _ENTRY.fullmatch(field)
    if entry:
        rest = f"：{_place(entry[2], labels)}" if entry[2] else ""
        return f"第 {entry[1]} 条变动记录{rest}"
    if field.startswith("block "):
        return f"学籍簿第 {field.removeprefix('block ')} 段的摘要"
    return _place(field, labels)


def _place(field: str, labels: Mapping[str, str]) -> str:
    sealed = _SEALED.fullmatch(field)
    if sealed:
        held = [labels[code] for code in (sealed[1] or "").split(",") if code in labels]
        return f"加密内容（{'、'.join(held)}）" if held else "加密内容"
    word = labels.get(field) or _WORDS.get(field) or _WORDS.get(field.partition(".")[0])
    return word or ("学籍记录" if field.startswith("registration.") else "其他内容")


def _labels() -> dict[str, str]:
    return {column.code: column.label for column in parameters.rulebook(today()).fields.columns}
