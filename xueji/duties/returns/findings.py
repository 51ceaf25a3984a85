"""What a return still lacks: rules of the round over the frozen state (clause C5; design §2 "round rules").

Pure functions over frames; no database. Each finding names the registration number, or the organisation's code, that
it is about; ``student`` lets a page open the pupil.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import polars as pl

from xueji.pure.kernel.school_year import STAGE_NAMES, Stage
from xueji.pure.kernel.types import Severity

Line = dict[str, Any]

#: Every code, with the severity it bears: the list of the round's rules.
CODES: dict[str, Severity] = {
    "return.no_number": Severity.ERROR,
    "return.no_class": Severity.ERROR,
    "return.leaver_not_closed": Severity.ERROR,
    "return.leaver_stays": Severity.QUERY,
    "return.not_established": Severity.QUERY,
    "return.arrival_unconfirmed": Severity.QUERY,
    "return.promotion_missing": Severity.ERROR,
    "return.flow_identity": Severity.ERROR,
    "return.unexplained": Severity.QUERY,
    "return.roster_pending": Severity.QUERY,
    "return.in_hand": Severity.NOTE,
    "return.left_out": Severity.NOTE,
    "return.school_missing": Severity.ERROR,
    "return.counted_twice": Severity.ERROR,
    "return.counted_nowhere": Severity.ERROR,
    "return.part_differs": Severity.ERROR,
}


def line(code: str, message: str, row: str | None = None, **more: Any) -> Line:
    """A finding as it is stored and printed: ``row`` is a registration number, an organisation's code or None."""
    return {"code": code, "severity": CODES[code].value, "message": message, "row": row, **more}


def of_pupils(state: pl.DataFrame, school_year: int, years: Mapping[str, int]) -> list[Line]:
    """Findings about single pupils.

    ``state`` has a row a pupil registered on the reference date with the columns ``student, number, stage,
    intake_year, grade, presence, established``; ``grade`` is missing where the cohort is not in a grade of its stage,
    which lasts ``years[stage]``.
    """
    lasts = pl.col("stage").replace_strict(dict(years), default=0, return_dtype=pl.Int32)
    past = (pl.lit(school_year) - pl.col("intake_year") >= lasts).fill_null(False)
    gone = pl.col("grade").is_null() & past
    here = pl.col("presence").is_in(["attending", "guest_elsewhere"])
    rules = (
        ("return.no_number", pl.col("number").fill_null("") == "", "没有学籍号，请先完成编号"),
        ("return.no_class", pl.col("grade").is_null() & ~past, "没有编班，或班级的届别与本学年不符，请先编班"),
        ("return.leaver_not_closed", gone & here, "已超过本学段最高年级，请先办理毕业离校"),
        ("return.leaver_stays", gone & ~here, "已超过本学段最高年级但不在校（休学、辍学等），仍计在籍，请核实"),
        ("return.not_established", ~pl.col("established"), "电子档案尚未建全，请补齐必填项"),
        ("return.arrival_unconfirmed", pl.col("presence") == "not_arrived", "转入后尚未确认到校，请核实"),
    )
    return [
        line(code, _pupil(number) + sentence, number or None, student=student)
        for code, condition, sentence in rules
        for number, student in state.filter(condition).select("number", "student").sort("number", "student").rows()
    ]


def _pupil(number: str | None) -> str:
    return f"学籍号 {number} 的学生" if number else "有学生"


def of_cohorts(unpromoted: Iterable[tuple[str, int]]) -> list[Line]:
    """A cohort (stage, intake year) whose yearly promotion the school has not confirmed."""
    return [
        line(
            "return.promotion_missing",
            f"{STAGE_NAMES[Stage(stage)]}{year}级本学年尚未确认升级，请在“学籍·升级”中办理",
        )
        for stage, year in unpromoted
    ]


def of_flow(flow: Iterable[Mapping[str, Any]]) -> list[Line]:
    """A flow line whose balances do not hold (invariant 7), or that has changes of no named kind."""
    found: list[Line] = []
    for item in flow:
        cohort = f"{STAGE_NAMES[Stage(item['stage'])]}{item['intake_year'] or '（未编班）'}级"
        cohort += "男生" if item["gender"] == "1" else "女生"
        if not item["balanced"]:
            found.append(line("return.flow_identity", f"{cohort}的增减变动与期末人数不平，请联系主管教育局核验学籍簿"))
        came, went = item.get("other_in", 0), item.get("other_out", 0)
        if came or went:
            found.append(
                line(
                    "return.unexplained",
                    f"{cohort}有其他增加 {came} 人、其他减少 {went} 人"
                    "（上次上报以后补登或更正的学籍），请核对变动记录并说明",
                )
            )
    return found


def of_rosters(rosters: Iterable[tuple[str, int]]) -> list[Line]:
    """Rosters (day of lodging, rows) that are not decided: their children are in no return."""
    return [
        line("return.roster_pending", f"{day} 提交的花名册（{rows} 人）还没有批准，名单上的学生不计入本次上报")
        for day, rows in rosters
    ]


def of_hand(in_hand: Iterable[Mapping[str, Any]]) -> list[Line]:
    """Transfers in hand on the reference date and what did not count: at the sender, listed on both sides."""
    return [
        line(
            f"return.{'in_hand' if item['state'] == 'pending' else 'left_out'}",
            _hand_sentence(item),
            item["registration_number"] or None,
            student=item["student"],
        )
        for item in in_hand
    ]


def _hand_sentence(item: Mapping[str, Any]) -> str:
    way = item["sending_name"] + (f"转往{item['receiving_name']}" if item["receiving_name"] else "")
    if item["state"] == "pending":
        return f"{item['since']} 提出的转学（{way}）在基准日尚未办结，学生计在转出学校"
    return f"{item['since']} 生效的变动（{way}）登记时对方上报已经确认，本次不计入，按变动之前计数"


def of_parts(
    missing: Iterable[tuple[str, str]],
    doubled: Sequence[tuple[str, str]],
    nowhere: Sequence[tuple[str, str]],
    differing: Iterable[tuple[str, str]],
) -> list[Line]:
    """A bureau's findings.

    ``missing``: organisations not accepted yet (code, name); ``doubled`` and ``nowhere``: pupils (number, student) who
    stand in two returns or in none; ``differing``: schools (code, name) whose figures the journals do not give again.
    """
    return [
        *(line("return.school_missing", f"{name}的数据尚未上报或未审核通过", code) for code, name in missing),
        *(
            line("return.counted_twice", f"{_pupil(number)}在两校同时计入，请核对后退回一方", number, student=student)
            for number, student in doubled
        ),
        *(
            line(
                "return.counted_nowhere",
                f"{_pupil(number)}没有计入任何一校，请退回该校重新生成",
                number,
                student=student,
            )
            for number, student in nowhere
        ),
        *(
            line("return.part_differs", f"{name}上报的数字与学籍簿重算的结果不一致，请退回该校重新生成", code)
            for code, name in differing
        ),
    ]


def blocks(findings: Iterable[Line]) -> bool:
    """Whether any finding is an error: it stands in the way of certifying."""
    return any(item["severity"] == Severity.ERROR.value for item in findings)
