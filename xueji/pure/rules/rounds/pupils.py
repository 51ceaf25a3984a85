"""Rules on single pupils of the state: number, class, grade, record, arrival, age."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import polars as pl

from xueji.pure.kernel.types import Severity
from xueji.pure.rules.model import Scope
from xueji.pure.rules.sentences import CLAUSE_FIELDS, CLAUSE_NUMBER, EDUCATION_LAW

from .model import YEARLY, Failing, RoundFacts, RoundRule, pupils

_HERE = pl.col("presence").is_in(["attending", "guest_elsewhere"])


def _past(facts: RoundFacts) -> pl.Expr:
    """The cohort is beyond the last grade of its stage."""
    years = {stage: facts.stages.years_of(stage) for stage in ("primary", "junior")}
    lasts = pl.col("stage").replace_strict(years, default=0, return_dtype=pl.Int32)
    return (pl.lit(facts.school_year) - pl.col("intake_year") >= lasts).fill_null(False)


def _no_number(facts: RoundFacts) -> Iterable[Failing]:
    return pupils(facts.state.filter(pl.col("number").fill_null("") == ""))


def _no_class(facts: RoundFacts) -> Iterable[Failing]:
    return pupils(facts.state.filter(pl.col("grade").is_null() & ~_past(facts)))


def _leaver_not_closed(facts: RoundFacts) -> Iterable[Failing]:
    return pupils(facts.state.filter(pl.col("grade").is_null() & _past(facts) & _HERE))


def _leaver_stays(facts: RoundFacts) -> Iterable[Failing]:
    return pupils(facts.state.filter(pl.col("grade").is_null() & _past(facts) & ~_HERE))


def _not_established(facts: RoundFacts) -> Iterable[Failing]:
    return pupils(facts.state.filter(~pl.col("established")))


def _not_arrived(facts: RoundFacts) -> Iterable[Failing]:
    return pupils(facts.state.filter(pl.col("presence") == "not_arrived"))


def _suspension_over(facts: RoundFacts) -> Iterable[Failing]:
    """Nobody came back and nothing was extended, or it was never said until when: such pupils are easily forgotten."""
    state = facts.state.filter(pl.col("presence") == "suspended")
    for one in pupils(state):
        until = facts.suspensions.get(one.student or "")
        if until is None or until < facts.on:
            said = "没有登记期满日期" if until is None else f"已于 {until:%Y-%m-%d} 期满"
            yield replace(one, words={**one.words, "said": said})


def _age(facts: RoundFacts) -> Iterable[Failing]:
    """Full years on the first day of the school year; of who is born in its month the birthday is taken as past."""
    start = facts.stages.start_of(facts.school_year)
    year = pl.col("birth_month").str.slice(0, 4).cast(pl.Int32, strict=False)
    month = pl.col("birth_month").str.slice(5, 2).cast(pl.Int32, strict=False)
    age = start.year - year - (month > start.month).cast(pl.Int32)
    low, high = facts.setting("intake_age_over_grade_min"), facts.setting("intake_age_over_grade_max")
    told = ~(age - pl.col("grade")).is_between(low, high) & ~pl.col("school").is_in(list(facts.ungraded))
    return pupils(facts.state.with_columns(age=age).filter(told), "age", "grade")


RULES = (
    RoundRule(
        "return.no_number", "没有学籍号", Severity.ERROR, "{pupil}没有学籍号，请先完成编号", CLAUSE_NUMBER,
        "在学生页面补编学籍号；花名册尚未批准的，先办结花名册。", "pupil", _no_number, Scope.REGISTER,
    ),
    RoundRule(
        "return.no_class", "没有编班", Severity.ERROR, "{pupil}没有编班，或班级的届别与本学年不符，请先编班",
        CLAUSE_FIELDS, "新生在“学籍·分班”中编班；在校生办理调班。", "pupil", _no_class, Scope.REGISTER,
    ),
    RoundRule(
        "return.leaver_not_closed", "毕业生尚未离校", Severity.ERROR,
        "{pupil}已超过本学段最高年级，请先办理毕业离校", "通知四.2（小学、初中学籍衔接）",
        "在“学籍·毕业”中成批办理；不毕业的列为例外并写明理由。", "leaving", _leaver_not_closed, Scope.REGISTER,
    ),
    RoundRule(
        "return.leaver_stays", "超过最高年级而不在校", Severity.QUERY,
        "{pupil}已超过本学段最高年级但不在校（休学、辍学等），仍计在籍，请核实", "通知四.2（控制流生率）",
        "核实去向，办理相应变动；仍应保留学籍的写明原因。", "pupil", _leaver_stays, Scope.REGISTER,
    ),
    RoundRule(
        "return.not_established", "电子档案不全", Severity.QUERY, "{pupil}电子档案尚未建全，请补齐必填项",
        CLAUSE_FIELDS, "在学生页面补齐必填项；确实无法补齐的写明原因。", "pupil", _not_established, Scope.REGISTER,
    ),
    RoundRule(
        "return.arrival_unconfirmed", "转入未到校", Severity.QUERY, "{pupil}转入后尚未确认到校，请核实",
        "通知一.2（变动须即时办理）", "到校的在“变动·到校确认”中确认；没有到校的写明去向。", "changes", _not_arrived,
        Scope.REGISTER,
    ),
    RoundRule(
        "return.suspension_over", "休学期满未复学", Severity.QUERY, "{pupil}休学{said}，没有办理复学或续休，请核实去向",
        "通知一.2（休学、复学管理）、四.2", "办理复学或续休；仍不能到校的写明情况和下一步安排。", "pupil",
        _suspension_over, Scope.REGISTER,
    ),
    RoundRule(
        "return.age_for_grade", "年龄与年级不符", Severity.QUERY,
        "{pupil}在 {grade} 年级，开学时满 {age} 周岁，年龄与年级不符，请核对出生日期和班级", EDUCATION_LAW,
        "与户口簿核对：有误的办理更正，无误的写明原因（晚入学、休学后复学等）。", "pupil", _age, Scope.REGISTER, YEARLY,
    ),
)  # fmt: skip
