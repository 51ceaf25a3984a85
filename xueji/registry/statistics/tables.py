"""The yearly tables over a state: stock by school, grade, sex, age, 户口性质, 随迁子女, boarding, class size; ratios.

Pure functions over frames: a table is lines of counts under named columns, whose sums are the whole. Which definition
makes a 随迁子女, which bands a class size has and how a ratio is counted is the rulebook's (``statistics.yaml``).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from xueji.pure.kernel.divisions import city_of, province_of
from xueji.pure.kernel.school_year import STAGE_NAMES, Stage, StageSystem, grade_name
from xueji.pure.kernel.statistics import Definition, StatisticsRules, ratio_of
from xueji.registry.statistics.formulas import ABSENCES, INFLOWS, OUTFLOWS

#: The columns of every stock table: what is counted, of which sex.
STOCK = (
    ("registered", "1", "在籍 男"), ("registered", "2", "在籍 女"), ("registered", "", "在籍 合计"),
    ("attending", "1", "在校 男"), ("attending", "2", "在校 女"), ("attending", "", "在校 合计"),
)  # fmt: skip
_HEADS = tuple(title for _, _, title in STOCK)
#: Ways in that stand for the entrance of a cohort.
_ENTRANCE = ("opening", "enrolment", "admission")
_WAYS_IN = ("transfer_in", "transfer_into_city", "placement", "late_registration")
_WAYS_OUT = ("transfer_out", "transfer_out_of_city", "death")


@dataclass(frozen=True)
class Table:
    """One table: ``question`` is what its chart answers, ``charted`` the column that the chart shows (None: no chart).

    ``rows``: label and a number a column; ``total`` their sum where sums mean something. A number may be missing.
    """

    code: str
    title: str
    question: str
    first: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[float | int | None, ...]], ...]
    total: tuple[float | int | None, ...] | None = None
    charted: int | None = None
    note: str = ""


def _cells(frame: pl.DataFrame) -> tuple[int, ...]:
    """The six figures of a stock table over some rows."""
    found = []
    for column, sex, _ in STOCK:
        part = frame if not sex else frame.filter(pl.col("gender") == sex)
        found.append(part.height if column == "registered" else part.filter(pl.col("presence") == "attending").height)
    return tuple(found)


def stock(
    frame: pl.DataFrame,
    code: str,
    title: str,
    question: str,
    first: str,
    by: str,
    names: Mapping[Any, str],
    *,
    note: str = "",
) -> Table:
    """A stock table of ``frame`` (registered rows) by a column; ``names`` gives labels in their order, others follow.

    在校 counts the school's own pupils who are in its classes; guests of other schools are counted at their own.
    """
    groups = {key[0]: part for key, part in frame.group_by(by)}
    ordered = [key for key in names if key in groups]
    ordered += sorted((key for key in groups if key not in names and key is not None), key=str)
    rows = [(str(names.get(key, key)), _cells(groups[key])) for key in ordered]
    if None in groups:
        rows.append(("未填", _cells(groups[None])))
    return Table(code, title, question, first, _HEADS, tuple(rows), _cells(frame), charted=2, note=note)


def by_grade(frame: pl.DataFrame, stages: StageSystem) -> Table:
    """By grade; those of no grade of their stage last."""
    names = {grade: grade_name(grade) for stage in Stage for grade in stages.grades_of(stage)}
    return stock(frame, "grade", "分年级、分性别学生数", "哪个年级学生最多？", "年级", "grade", names)


def by_hukou_area(frame: pl.DataFrame, home: str, counties: Mapping[str, str]) -> Table:
    """By where the hukou is: the districts of the home city (``home``: its division code), the other cities of its
    province, the other provinces. ``frame`` has ``hukou_area``; ``counties``: names by 6-digit code."""
    places = {code: _place(code, home) for code in frame["hukou_area"].drop_nulls().unique()}
    place = pl.col("hukou_area").replace_strict(places, default=None, return_dtype=pl.String)
    placed = frame.with_columns(place=place)
    names = {code: _area_name(code, home, counties) for code in placed["place"].drop_nulls().unique()}
    order = sorted(names, key=lambda code: (city_of(code) != home, province_of(code) != province_of(home), code))
    note = "按登记的户口所在地（行政区划代码前 6 位）统计：本市分区县，本省其他地方分市，外省分省。"
    return stock(
        placed, "hukou_area", "分户口所在地学生数", "学生的户口在哪里？", "户口所在地", "place",
        {code: names[code] for code in order}, note=note,
    )  # fmt: skip


def _place(code: str, home: str) -> str:
    """The division by which a county is counted, as seen from the home city."""
    if city_of(code) == home:
        return code
    return city_of(code) if province_of(code) == province_of(home) else province_of(code)


def _area_name(code: str, home: str, counties: Mapping[str, str]) -> str:
    if code == home:
        return f"{counties.get(home, '本市')}（未分区县）"
    if city_of(code) != home and province_of(code) == province_of(home) and code != province_of(code):
        return f"本省{counties.get(code, code)}"
    return counties.get(code, f"其他（{code}）")


def by_age(frame: pl.DataFrame, on: date) -> Table:
    """By full years on the day; of who is born in its month the birthday is taken as past (only the month is known)."""
    year = pl.col("birth_month").str.slice(0, 4).cast(pl.Int32, strict=False)
    month = pl.col("birth_month").str.slice(5, 2).cast(pl.Int32, strict=False)
    aged = frame.with_columns(age=on.year - year - (month > on.month).cast(pl.Int32))
    names = {age: f"{age} 周岁" for age in range(3, 26)}
    note = f"周岁按 {on.isoformat()} 计算；快照只有出生年月，当月出生的按已满计算。"
    return stock(aged, "age", "分年龄、分性别学生数", "学生多大年龄？", "年龄", "age", names, note=note)


def migrants(frame: pl.DataFrame, definitions: Sequence[Definition], kinds: Mapping[str, str], on: date) -> Table:
    """随迁子女 by each named definition, as of the day; ``kinds``: kind of each school."""
    rows = [(one.title, _cells(frame.filter(counts_in(one, frame.columns, kinds)))) for one in definitions]
    note = f"口径为 {on.isoformat()} 的登记情况；各行口径不同，不能相加。依据：" + "；".join(
        f"{one.title}——{one.basis}" for one in definitions
    )
    question = "随迁子女有多少，按哪一个口径？"
    return Table("migrant", "随迁子女", question, "口径", _HEADS, tuple(rows), None, charted=2, note=note)


def counts_in(one: Definition, columns: Collection[str], kinds: Mapping[str, str]) -> pl.Expr:
    """Whether a row counts under a definition; a column that the day's catalogue does not have counts nobody."""
    found = pl.lit(True)
    for column, values in one.where.items():
        found = found & (pl.col(column).is_in(list(values)) if column in columns else pl.lit(False))
    if one.school_kinds:
        schools = [school for school, kind in kinds.items() if kind in one.school_kinds]
        found = found & pl.col("school").is_in(schools)
    return found.fill_null(False)


def class_sizes(frame: pl.DataFrame, bands: Sequence[int]) -> Table:
    """Classes by how many of its pupils are in it, by stage."""
    here = frame.filter(pl.col("class_group").is_not_null(), pl.col("presence") == "attending")
    sizes = here.group_by("class_group", "stage").agg(size=pl.len())
    lows = [1, *(bound + 1 for bound in bands)]
    rows = []
    for at, low in enumerate(lows):
        high = bands[at] if at < len(bands) else None
        label = f"{low}–{high} 人" if high is not None else f"{low} 人及以上"
        within = (
            sizes.filter(pl.col("size") >= low) if high is None else sizes.filter(pl.col("size").is_between(low, high))
        )
        of_stage = [within.filter(pl.col("stage") == stage.value).height for stage in Stage]
        rows.append((label, (*of_stage, within.height)))
    total = tuple(sum(values[at] for _, values in rows) for at in range(3))
    columns = (*(f"{STAGE_NAMES[stage]}班数" for stage in Stage), "合计")
    question = "有多少大班额？"
    return Table("class_size", "班额", question, "班额", columns, tuple(rows), total, charted=2)


def flow_by_kind(lines: pl.DataFrame, titles: Mapping[str, str]) -> Table:
    """What came and went in the window, by kind and stage; ``lines`` of ``flows``."""
    sums = stage_figures(lines)
    names = ["opening", *INFLOWS, *OUTFLOWS, "closing", *(f"{name}_begun" for name in ABSENCES)]
    rows = [
        (titles.get(name, name), tuple(_of(sums, name)))
        for name in names
        if name in ("opening", "closing") or any(_of(sums, name))
    ]
    columns = (*(STAGE_NAMES[stage] for stage in Stage), "合计")
    return Table("flow", "学生增减", "学生从哪里来、到哪里去？", "项目", columns, tuple(rows), None, charted=2)


def _of(sums: Mapping[str, Mapping[str, int]], name: str) -> list[int]:
    found = [sums.get(stage.value, {}).get(name, 0) for stage in Stage]
    return [*found, sum(found)]


def stage_figures(lines: pl.DataFrame) -> dict[str, dict[str, int]]:
    """The flow's figures added up by stage."""
    counts = [name for name, kind in lines.schema.items() if kind == pl.Int64]
    summed = lines.group_by("stage").agg(pl.col(counts).sum())
    return {row["stage"]: {name: int(row[name] or 0) for name in counts} for row in summed.iter_rows(named=True)}


def cohort_figures(
    registrations: pl.DataFrame, lines: pl.DataFrame, stages: StageSystem, school_year: int
) -> dict[str, dict[str, int]]:
    """Of the cohort that left in the window: how it came in over the years, and who of it is still here.

    ``registrations``: all since the register began (``snapshots.movements``); ``school_year`` the one that begins
    within the window: its final cohort has left.
    """
    found: dict[str, dict[str, int]] = {}
    for stage in Stage:
        intake = school_year - stages.years_of(stage)
        own = registrations.filter(~pl.col("voided"), pl.col("stage") == stage.value, pl.col("intake_year") == intake)
        left = lines.filter(pl.col("stage") == stage.value, pl.col("intake_year") == intake)
        found[stage.value] = {
            "cohort_entrants": own.filter(pl.col("how_started").is_in(list(_ENTRANCE))).height,
            "cohort_in": own.filter(pl.col("how_started").is_in(list(_WAYS_IN))).height,
            "cohort_out": own.filter(pl.col("how_ended").is_in(list(_WAYS_OUT))).height,
            "final_closing": int(left["closing"].sum() or 0),
        }
    return found


def ratios(rules: StatisticsRules, figures: Mapping[str, Mapping[str, int]]) -> Table:
    """Every named ratio by stage with numerator and denominator, so that it can be counted again by hand."""
    rows = []
    for one in rules.ratios:
        for stage in one.stages:
            above, below, percent = ratio_of(one, figures, stage)
            shown = None if percent is None else round(percent, 2)
            rows.append((f"{STAGE_NAMES[Stage(stage)]}{one.title}", (above, below, shown)))
    note = "；".join(f"{one.title}：{one.words}" for one in rules.ratios)
    columns = ("分子", "分母", "比率（%）")
    return Table(
        "ratios", "各种比率", "流失、巩固和升学怎么样？", "比率", columns, tuple(rows), None, charted=2, note=note
    )
