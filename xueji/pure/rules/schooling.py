"""Rules on grade, class, site and month of enrolment, against the school and against each other."""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from xueji.pure.kernel.school_year import STAGE_NAMES, Stage
from xueji.pure.kernel.types import Severity

from .model import ENTRANTS, INTO_CITY, LATE, OPENING, PLACED, Check, Rows, Rule
from .sentences import CLAUSE_FIELDS, CLAUSE_NUMBER, EDUCATION_LAW


def stages_shown(rows: Rows) -> str:
    """小学、初中: the stages of the school."""
    return "、".join(STAGE_NAMES[Stage(stage)] for stage in rows.context.school.stages)


def _school_kind(rows: Rows) -> Iterable[Check]:
    if rows.has("grade"):
        wrong = pl.col("_stage").is_not_null() & ~pl.col("_stage").is_in(list(rows.context.school.stages))
        yield Check(("grade",), wrong, pl.lit(stages_shown(rows)))


def _grade_stands(rows: Rows) -> pl.Expr:
    """The grade is one that a row may have; of another the grade alone is told: the cells beside it may be right."""
    schools = pl.col("_stage").is_in(list(rows.context.school.stages))
    if rows.context.kind == ENTRANTS and not rows.context.school.ungraded:
        return schools & pl.col("_grade").is_in(_first_grades(rows))
    return schools


def _age(rows: Rows) -> Iterable[Check]:
    context = rows.context
    if context.school.ungraded or not rows.has("grade", "birth_date"):
        return
    start = context.rulebook.stages.start_of(context.school_year)
    born = pl.col("_birth")
    before_birthday = (born.dt.month() > start.month) | ((born.dt.month() == start.month) & (born.dt.day() > start.day))
    age = start.year - born.dt.year() - before_birthday.cast(pl.Int32)
    above = age - pl.col("_grade")
    plausible = above.is_between(
        context.setting("intake_age_over_grade_min"), context.setting("intake_age_over_grade_max")
    )
    told = ~plausible & (born <= context.today) & _grade_stands(rows)
    told = told & (born.dt.year() >= context.today.year - context.setting("intake_oldest_age"))
    yield Check(("birth_date", "grade"), told, age.cast(pl.String))


def _first_grades(rows: Rows) -> list[int]:
    stages = rows.context.rulebook.stages
    return [stages.first_grade(stage) for stage in rows.context.school.stages]


def _not_first_grade(rows: Rows) -> Iterable[Check]:
    if rows.has("grade") and not rows.context.school.ungraded:
        of_school = pl.col("_stage").is_in(list(rows.context.school.stages))
        shown = " 或 ".join(str(grade) for grade in _first_grades(rows))
        yield Check(("grade",), of_school & ~pl.col("_grade").is_in(_first_grades(rows)), pl.lit(shown))


def _site(rows: Rows) -> pl.Expr:
    return pl.col("site") if rows.has("site") else pl.lit(None, dtype=pl.String)


def _class_range(rows: Rows) -> Iterable[Check]:
    """At most as many classes as the intake's range has (the rulebook's class ranges by stage and site)."""
    if not rows.has("class_no"):
        return
    field = rows.present["class_no"].field
    low, high = field.minimum or 1, field.maximum or 99
    last: pl.Expr = pl.lit(high)
    scheme = rows.context.rulebook.schemes["registration_number"]
    shared = rows.context.school.shared_code
    for item in scheme.class_ranges:
        if item.shared != shared:
            continue
        at = _site(rows).is_null() if item.site == "main" else _site(rows).is_not_null()
        of_range = pl.lit(True) if item.site == "any" else at
        if item.stage != "any":
            of_range = of_range & (pl.col("_stage") == item.stage)
        last = pl.when(of_range).then(pl.lit(item.last - item.first + 1)).otherwise(last)
    value = pl.col("_class")
    top = pl.min_horizontal(last, pl.lit(high))
    yield Check(("class_no",), (value < low) | (value > top), pl.format("{} 至 {}", pl.lit(low), top))


def _site_unknown(rows: Rows) -> Iterable[Check]:
    if rows.has("site"):
        known = [rows.context.school.name, "本部", "校本部", *rows.context.school.sites]
        yield Check(
            ("site",), ~pl.col("site").is_in(known), pl.lit("、".join(rows.context.school.sites) or "没有教学点")
        )


def _enrolled_in_future(rows: Rows) -> Iterable[Check]:
    if rows.has("enrolment_month"):
        last = max(rows.context.today, rows.context.effective_on)
        yield Check(("enrolment_month",), pl.col("_enrolled") > last)


def _enrolled_in_another_year(rows: Rows, expected: pl.Expr) -> pl.Expr:
    enrolled = pl.col("_enrolled")
    year = pl.when(enrolled.dt.month() >= _spring(rows)).then(enrolled.dt.year()).otherwise(enrolled.dt.year() - 1)
    last = max(rows.context.today, rows.context.effective_on)
    young = _too_young(rows) if rows.has("birth_date") else pl.lit(False)
    return (year != expected) & (enrolled <= last) & ~young.fill_null(False)


def _enrolled_unlike_grade(rows: Rows) -> Iterable[Check]:
    if rows.has("enrolment_month", "grade"):
        expected = pl.col("_intake_by_grade")
        unlike = _enrolled_in_another_year(rows, expected) & _grade_stands(rows)
        yield Check(("enrolment_month", "grade"), unlike, expected.cast(pl.String))


def _enrolled_not_this_year(rows: Rows) -> Iterable[Check]:
    if rows.has("enrolment_month"):
        this_year = pl.lit(rows.context.school_year)
        yield Check(("enrolment_month",), _enrolled_in_another_year(rows, this_year), this_year.cast(pl.String))


def _spring(rows: Rows) -> int:
    """Month from which an enrolment belongs to the coming school year."""
    return rows.context.rulebook.stages.start_month - rows.context.setting("intake_months_ahead")


def _too_young(rows: Rows) -> pl.Expr:
    youngest = rows.context.setting("intake_youngest_enrolment")
    return pl.col("_enrolled").dt.year() - pl.col("_birth").dt.year() < youngest


def _enrolled_young(rows: Rows) -> Iterable[Check]:
    if rows.has("enrolment_month", "birth_date"):
        born = pl.col("_birth") <= rows.context.today
        yield Check(("enrolment_month", "birth_date"), _too_young(rows) & born)


_E, _Q = Severity.ERROR, Severity.QUERY

RULES = (
    Rule("grade.school_kind", _E, "{place}不是本校的年级：本校只有{detail}。", CLAUSE_FIELDS, find=_school_kind),
    Rule(
        "grade.age",
        _Q,
        "{place}与年级不相称（学年开始时 {detail} 周岁），请核对出生日期和年级；无误的请说明。",
        EDUCATION_LAW,
        find=_age,
    ),
    Rule(
        "grade.entrants",
        _E,
        "{place}不是起始年级。新生入学只填 {detail} 年级；其他年级的学生请用建档或转学办理。",
        CLAUSE_FIELDS,
        find=_not_first_grade,
        kinds=(ENTRANTS,),
    ),
    Rule("class.out_of_range", _E, "{place}应在 {detail} 之间，请核对班级序号。", CLAUSE_NUMBER, find=_class_range),
    Rule(
        "site.unknown",
        _E,
        "{place}不是本校的教学点（本校：{detail}）；在本部就读的请留空。",
        CLAUSE_NUMBER,
        find=_site_unknown,
    ),
    Rule("enrolment.in_future", _E, "{place}晚于今天，请核对。", CLAUSE_FIELDS, find=_enrolled_in_future),
    Rule(
        "enrolment.grade_unlike",
        _Q,
        "{place}与年级不相称：按年级推算应为 {detail} 年秋季入学，请核对两处；确有跳级等情况的请说明。",
        CLAUSE_FIELDS,
        find=_enrolled_unlike_grade,
        kinds=(OPENING, INTO_CITY, LATE, PLACED),
    ),
    Rule(
        "enrolment.not_this_year",
        _E,
        "{place}不是本学年：新生应为 {detail} 年入学。",
        CLAUSE_FIELDS,
        find=_enrolled_not_this_year,
        kinds=(ENTRANTS,),
    ),
    Rule(
        "enrolment.too_young",
        _Q,
        "{place}与出生日期不相称：入学时年龄太小，请核对两处。",
        EDUCATION_LAW,
        find=_enrolled_young,
    ),
)
