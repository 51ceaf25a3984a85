"""What a return still lacks as its page shows it: by rule, with the way to mend it, the pupil, what was said of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.urls import reverse

from xueji.doors.web.returns.words import SEVERITIES
from xueji.duties.returns.findings import key_of
from xueji.duties.returns.remarks import Said
from xueji.pure.kernel.types import Level, Severity
from xueji.pure.rules.rounds import ROUND_BY_CODE, ROUND_RULES
from xueji.registry.register import selectors as register

_ORDER = {rule.code: at for at, rule in enumerate(ROUND_RULES)}
_RANK = {"error": 0, "query": 1, "note": 2}
#: Where a rule's mending is done: page of a school, page of a bureau.
_PLACES: Mapping[str, tuple[str, str, str]] = {
    "promotion": ("web:promotion", "web:promotion", "去升级"),
    "leaving": ("web:leaving", "web:leaving", "去办毕业"),
    "classes": ("web:class-groups", "", "看班级"),
    "changes": ("web:changes", "web:changes", "看变动"),
    "outside": ("web:outside", "web:outside", "看外地借读"),
    "rollcall": ("web:rollcall", "web:rollcall-ghosts", "看报到注册"),
    "school": ("", "web:organisations", "看学校"),
    "problems": ("web:problems", "web:problems", "报告问题"),
}


def groups(
    findings: Sequence[Mapping[str, Any]],
    level: Level,
    explained: Mapping[str, Said] | None = None,
    noted: Mapping[str, list[Said]] | None = None,
) -> list[dict[str, Any]]:
    """One group a rule, what blocks first; each line with its pupil, as far as the post sees him."""
    pupils = register.student_names(UUID(item["student"]) for item in findings if item.get("student"))
    by_code: dict[str, list[Mapping[str, Any]]] = {}
    for item in findings:
        by_code.setdefault(item["code"], []).append(item)
    ordered = sorted(by_code, key=lambda code: (_RANK[by_code[code][0]["severity"]], _ORDER.get(code, 99)))
    return [_group(code, by_code[code], level, pupils, explained or {}, noted or {}) for code in ordered]


def _group(
    code: str,
    items: Sequence[Mapping[str, Any]],
    level: Level,
    pupils: Mapping[UUID, str],
    explained: Mapping[str, Said],
    noted: Mapping[str, list[Said]],
) -> dict[str, Any]:
    rule = ROUND_BY_CODE.get(code)
    severity = items[0]["severity"]
    colour, words = SEVERITIES.get(severity, ("open", ""))
    lines = [_line(item, pupils, explained, noted) for item in items]
    asked = severity == Severity.QUERY.value
    url, act = _way(rule.at if rule else "", level)
    return {
        "code": code,
        "title": rule.title if rule else code,
        "basis": rule.basis if rule else "",
        "mend": rule.mend if rule else "",
        "mend_url": url,
        "mend_act": act,
        "state": colour,
        "state_text": words,
        "count": len(items),
        "asked": asked,
        "open": sum(1 for one in lines if not one["explanation"]) if asked else 0,
        "lines": lines,
    }


def _line(
    item: Mapping[str, Any],
    pupils: Mapping[UUID, str],
    explained: Mapping[str, Said],
    noted: Mapping[str, list[Said]],
) -> dict[str, Any]:
    student = UUID(item["student"]) if item.get("student") else None
    name = pupils.get(student, "") if student else ""
    key = key_of(item)
    said = explained.get(key)
    return {
        "key": key,
        "text": item["message"],
        "subject": name or item.get("row") or "",
        "url": reverse("web:pupil", args=[student]) if name else "",
        "explanation": said.text if said else "",
        "notes": [one.text for one in noted.get(key, ())],
    }


def _way(at: str, level: Level) -> tuple[str, str]:
    school, bureau, act = _PLACES.get(at, ("", "", ""))
    name = school if level is Level.SCHOOL else bureau
    return (reverse(name), act) if name else ("", "")


def to_explain(shown: Sequence[Mapping[str, Any]]) -> int:
    """How many lines have to be explained before the return is certified."""
    return sum(group["open"] for group in shown)
