"""核对结果: a comparison of two nodes, a line a school; below it each pupil and field that is not alike. To be read."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
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
from xueji.pure.kernel.record_items import is_item
from xueji.registry.register.selectors import Brief, briefs
from xueji.registry.register.words import KIND_WORDS

WAYS = {"home": "数据目录", "url": "网址", "package": "数据包"}
_SHOWN = 500  # differences on the page; the command prints all
#: What is called by no field of the catalogue: an item of the record, of whatever kind.
_ITEM = "档案项目"
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
        "differences": _differences(found.differences[:_SHOWN], codes, labels),
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


def _differences(
    found: Sequence[Mapping[str, Any]], codes: Mapping[str, Any], labels: Mapping[str, str]
) -> list[dict[str, Any]]:
    """Each with its pupil by number and name, and what entry of each side it comes from."""
    known = briefs([UUID(one["student"]) for one in found if one["student"]])
    entries = [one[key] for one in found for key in ("here_entry", "there_entry") if one.get(key)]
    units = {
        **organisations.by_codes({code for one in entries for code in (one["organisation"], one["author"])}),
        **codes,
    }
    titles = {kind: change.title for kind, change in parameters.rulebook(today()).changes.items()}
    return [
        {
            "school": units[one["organisation"]].name if one["organisation"] in units else one["organisation"],
            **_pupil(one, known),
            "field": field_words(one["field"], labels),
            "here": _side(one["here"], one.get("here_entry"), units, titles),
            "there": _side(one["there"], one.get("there_entry"), units, titles),
        }
        for one in found
    ]


def _pupil(one: Mapping[str, Any], known: Mapping[UUID, Brief]) -> dict[str, Any]:
    student = UUID(one["student"]) if one["student"] else None
    brief = known.get(student) if student else None
    return {
        "pupil": reverse("web:pupil", args=[student]) if student else None,
        "name": brief.name if brief else "",
        "number": one.get("number") or (brief.number if brief else ""),
    }


def _side(
    digest: str, entry: Mapping[str, Any] | None, units: Mapping[str, Any], titles: Mapping[str, str]
) -> dict[str, str]:
    """What stands on one side: that it lacks, or the entry that it comes from, and the digest to compare by."""
    found = {"": "没有", "broken": "打不开", "missing": "文件缺失"}.get(digest, "")
    words = ""
    if entry:
        title = titles.get(entry["kind"], KIND_WORDS.get(entry["kind"], "学籍变动"))
        where, who = (units[code].name if code in units else code for code in (entry["organisation"], entry["author"]))
        by = f"，{who}记" if who and who != where else ""
        words = f"{title}，{entry['effective_on']}；{where}第 {entry['sequence']} 条{by}，记于 {entry['recorded_on']}"
    return {"state": found, "entry": words, "digest": "" if found else digest}


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
        codes = (sealed[1] or "").split(",")
        held = [labels[code] for code in codes if code in labels] + [_ITEM] * any(map(is_item, codes))
        return f"加密内容（{'、'.join(held)}）" if held else "加密内容"
    if is_item(field):
        return _ITEM
    word = labels.get(field) or _WORDS.get(field) or _WORDS.get(field.partition(".")[0])
    return word or ("学籍记录" if field.startswith("registration.") else "其他内容")


def _labels() -> dict[str, str]:
    return {column.code: column.label for column in parameters.rulebook(today()).fields.columns}
