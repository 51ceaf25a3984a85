"""What a return still lacks: rules of the round over the frozen state (clause C5; design §2 "round rules").

Pure functions over frames; no database. Each finding names the registration number or the class that it is about.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import polars as pl

from xueji.pure.kernel.types import Severity

Line = dict[str, Any]


def line(code: str, severity: Severity, message: str, row: str | None = None) -> Line:
    """A finding as it is stored and printed: ``row`` is a registration number, code or None."""
    return {"code": code, "severity": severity.value, "message": message, "row": row}


def of_pupils(state: pl.DataFrame) -> list[Line]:
    """Findings about single pupils.

    ``state`` has a row a pupil registered on the reference date with the columns ``number, stage, intake_year, grade,
    established, arrival``; a grade is missing where the cohort is past the last grade of its stage.
    """
    rules = (
        ("return.no_number", Severity.ERROR, pl.col("number").fill_null("") == "", "有学生没有学籍号，请先完成编号"),
        ("return.leaver_not_closed", Severity.ERROR, pl.col("grade").is_null(), _say("已超过本学段最高年级，请先办理毕业离校")),
        ("return.not_established", Severity.QUERY, ~pl.col("established"), _say("电子档案尚未建全，请补齐必填项")),
        ("return.arrival_unconfirmed", Severity.QUERY, pl.col("arrival") == "awaited", _say("转入后尚未确认到校，请核实")),
    )  # fmt: skip
    return [
        line(code, severity, sentence.format(number=number), number)
        for code, severity, condition, sentence in rules
        for number in state.filter(condition)["number"].sort().to_list()
    ]


def _say(what: str) -> str:
    return "学籍号 {number} 的学生" + what


def of_cohorts(unpromoted: Iterable[tuple[str, int]]) -> list[Line]:
    """A cohort (stage name, intake year) whose yearly promotion the school has not confirmed."""
    return [
        line("return.promotion_missing", Severity.ERROR, f"{stage}{year}级本学年尚未确认升级，请在“学籍·升级”中办理")
        for stage, year in unpromoted
    ]


def of_flow(flow: Iterable[Mapping[str, Any]]) -> list[Line]:
    """A flow line whose identity does not hold (invariant 7)."""
    return [
        line("return.flow_identity", Severity.ERROR, f"{item['grade']}年级的增减变动与期末人数不平，请核对变动记录")
        for item in flow
        if not item["balanced"]
    ]


def of_hand(in_hand: Iterable[Mapping[str, Any]]) -> list[Line]:
    """Transfers in hand on the reference date: counted at the sender, listed on both sides."""
    return [
        line(
            "return.in_hand",
            Severity.NOTE,
            f"{item['lodged_on']} 提出的转学申请在基准日尚未办结，学生计在转出学校",
            item["application"],
        )
        for item in in_hand
    ]


def of_parts(missing: Iterable[tuple[str, str]], doubled: Iterable[str]) -> list[Line]:
    """A bureau's findings: schools not accepted yet (code, name) and pupils who stand in two returns."""
    found = [
        line("return.school_missing", Severity.ERROR, f"{name}的数据尚未上报或未审核通过", code)
        for code, name in missing
    ]
    found.extend(
        line("return.counted_twice", Severity.ERROR, f"学籍号 {number} 的学生在两校同时计入，请核对后退回一方", number)
        for number in doubled
    )
    return found


def blocks(findings: Iterable[Line]) -> bool:
    """Whether any finding is an error: it stands in the way of certifying."""
    return any(item["severity"] == Severity.ERROR.value for item in findings)
