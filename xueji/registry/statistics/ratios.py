"""The named ratios of a year: how each cohort came, went and stayed, and the formulas of the rulebook over it.

Pure functions over frames. How a ratio is counted, its target and the population it is held against are data
(``statistics.yaml``); the names that its formulas may use are those of the flow and those given here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

import polars as pl

from xueji.pure.kernel.school_year import STAGE_NAMES, Stage, StageSystem, school_year_name
from xueji.pure.kernel.statistics import StatisticsRules, Target, not_entered, ratio_of
from xueji.registry.statistics.tables import Table, stage_figures

#: Ways in that stand for the entrance of a cohort.
_ENTRANCE = ("opening", "enrolment", "admission")
_WAYS_IN = ("transfer_in", "transfer_into_city", "placement", "late_registration")
_WAYS_OUT = ("transfer_out", "transfer_out_of_city", "death")
#: In place of a denominator that a bureau has to enter: nobody has; a school has none.
NOT_ENTERED, NONE_HERE = "未填报", "不适用"
Figures = dict[str, dict[str, int]]


def figures_of(registrations: pl.DataFrame, lines: pl.DataFrame, stages: StageSystem, on: date) -> Figures:
    """The figures of the flow and of the cohorts by stage; ``registrations``: all since the register began, ``lines``:
    the year's flow."""
    return merged(cohort_figures(registrations, lines, stages, on), stage_figures(lines))


def cohort_that_left(lines: pl.DataFrame, stages: StageSystem, stage: Stage, on: date) -> int:
    """The intake year of the cohort that left in the year up to ``on``: that of most of who graduated or completed in
    it; where nobody did, the one whose last school year ended in it."""
    gone = lines.filter(pl.col("stage") == stage.value, pl.col("intake_year").is_not_null()).group_by("intake_year")
    left = gone.agg(left=(pl.col("graduated") + pl.col("completed")).sum()).filter(pl.col("left") > 0)
    if left.height:
        return int(left.sort("left", "intake_year", descending=True)["intake_year"][0])
    return stages.school_year_of(on + timedelta(days=1)) - stages.years_of(stage)


def cohort_figures(registrations: pl.DataFrame, lines: pl.DataFrame, stages: StageSystem, on: date) -> Figures:
    """Of the cohort that left in the year up to ``on`` how it came in over the years and who of it is still here
    (``final_closing``); of the one in its last grade now how many there are (``final_now``), and in the junior stage
    how many of it began grade 1 (``nine_year_entrants``)."""
    found: Figures = {}
    for stage in Stage:
        intake = cohort_that_left(lines, stages, stage, on)
        own = _of_cohort(registrations, stage, intake)
        left = lines.filter(pl.col("stage") == stage.value)
        last = stages.school_year_of(on) - stages.years_of(stage) + 1
        began = last - stages.years_of(Stage.PRIMARY)
        found[stage.value] = {
            "cohort_entrants": _came(own, _ENTRANCE),
            "cohort_in": _came(own, _WAYS_IN),
            "cohort_out": own.filter(pl.col("how_ended").is_in(list(_WAYS_OUT))).height,
            "final_closing": _closing(left, intake),
            "final_now": _closing(left, last),
            "nine_year_entrants": _came(_of_cohort(registrations, Stage.PRIMARY, began), _ENTRANCE)
            if stage is Stage.JUNIOR
            else 0,
        }
    return found


def _of_cohort(registrations: pl.DataFrame, stage: Stage, intake: int) -> pl.DataFrame:
    return registrations.filter(~pl.col("voided"), pl.col("stage") == stage.value, pl.col("intake_year") == intake)


def _came(cohort: pl.DataFrame, ways: tuple[str, ...]) -> int:
    return cohort.filter(pl.col("how_started").is_in(list(ways))).height


def _closing(lines: pl.DataFrame, intake: int) -> int:
    return int(lines.filter(pl.col("intake_year") == intake)["closing"].sum() or 0)


def age_figures(frame: pl.DataFrame, rules: StatisticsRules, stages: StageSystem, on: date) -> Figures:
    """By stage how many of its age group are at school in it or higher (``age_group_at_school``), as of the first day
    of the school year; the suspended are not counted. Of who is born in its month the birthday is taken as past."""
    start = stages.start_of(stages.school_year_of(on))
    year = pl.col("birth_month").str.slice(0, 4).cast(pl.Int32, strict=False)
    month = pl.col("birth_month").str.slice(5, 2).cast(pl.Int32, strict=False)
    aged = frame.filter(pl.col("registered"), pl.col("presence") != "suspended").with_columns(
        age=start.year - year - (month > start.month).cast(pl.Int32)
    )
    ranks = {stage.value: at for at, stage in enumerate(Stage)}
    rank = pl.col("stage").replace_strict(ranks, default=0, return_dtype=pl.Int32)
    return {
        one.stage: {
            "age_group_at_school": aged.filter(
                pl.col("age").is_between(one.youngest, one.oldest), rank >= ranks[one.stage]
            ).height
        }
        for one in rules.age_groups
    }


def population_figures(rules: StatisticsRules, division: str, school_year: int) -> Figures:
    """By stage the age group's population (``age_group``) of a division, where the rulebook has it."""
    return {
        one.stage: {"age_group": one.people}
        for one in rules.populations
        if one.division == division and one.school_year == school_year
    }


def merged(*parts: Mapping[str, Mapping[str, int]]) -> Figures:
    """The figures of several as one."""
    found: Figures = {stage.value: {} for stage in Stage}
    for part in parts:
        for stage, figures in part.items():
            found[stage] |= figures
    return found


def ratios(
    rules: StatisticsRules, figures: Mapping[str, Mapping[str, int]], *, division: str = "", school_year: int = 0
) -> Table:
    """Every named ratio by stage with numerator and denominator, so that it can be counted again by hand, and its
    target. A denominator that nobody entered is no nought: it says so, and so does the table (``missing``); where the
    schools are no whole ``division`` there is none."""
    rows, missing = [], dict[str, list[str]]()
    for one in rules.ratios:
        for stage in one.stages:
            above, below, percent = ratio_of(one, figures, stage)
            shown = None if percent is None else round(percent, 2)
            absent = not_entered(one, figures, stage)
            for words in absent:
                missing.setdefault(words, []).append(STAGE_NAMES[Stage(stage)])
            under = below if not absent else NOT_ENTERED if division else NONE_HERE
            target = next((target for target in one.targets if target.stage == stage), None)
            rows.append((f"{STAGE_NAMES[Stage(stage)]}{one.title}", (above, under, shown, _held(target, percent))))
    note = "；".join(f"{one.title}：{one.words}" for one in rules.ratios)
    return Table(
        "ratios", "各种比率", "流失、巩固和升学怎么样？", "比率", ("分子", "分母", "比率（%）", "目标"), tuple(rows),
        charted=2, note=note, missing=_missing(missing, division, school_year),
    )  # fmt: skip


def _missing(missing: Mapping[str, Sequence[str]], division: str, school_year: int) -> str:
    """小学、初中的适龄人口（2008-2009 学年）还没有填报，用它作分母的比率不能计算。"""
    if not missing:
        return ""
    if not division:
        return f"{'、'.join(missing)}按区县和全市统计，这里没有，用它作分母的比率不适用。"
    what = "；".join(f"{'、'.join(stages)}的{words}" for words, stages in missing.items())
    return f"{what}（{school_year_name(school_year)} 学年）还没有填报，用它作分母的比率不能计算。"


def _held(target: Target | None, percent: float | None) -> str | None:
    """The target in words, and whether it is reached."""
    if target is None:
        return None
    if percent is None:
        return target.words
    return f"{target.words}（{'达到' if target.reached(percent) else '未达到'}）"


def by_group(rules: StatisticsRules, groups: Mapping[str, Mapping[str, Mapping[str, int]]]) -> Table:
    """The ratios that the rulebook tells by hukou, a column a group; ``groups``: the figures of each by its title."""
    told = [(one, stage) for one in rules.ratios if one.by_hukou for stage in one.stages]
    rows = []
    for one, stage in told:
        found = [ratio_of(one, figures, stage) for figures in groups.values()]
        cells = [
            cell
            for above, below, percent in found
            for cell in (above, below, None if percent is None else round(percent, 2))
        ]
        rows.append((f"{STAGE_NAMES[Stage(stage)]}{one.title}", tuple(cells)))
    columns = tuple(f"{title} {what}" for title in groups for what in ("分子", "分母", "比率（%）"))
    return Table(
        "ratios_hukou", "分户籍的比率", "本市和外地户籍的学生有什么不同？", "比率", columns, tuple(rows), charted=2,
        note="按学生登记的户口所在地分组，公式与“各种比率”相同；没有登记户口所在地的不在其中。",
    )  # fmt: skip
