"""The yearly tables over a state: stock by school, grade, sex, age, 户口性质, 随迁子女, boarding, class size, flow.

Pure functions over frames: a table is lines of counts under named columns, whose sums are the whole. Which definition
makes a 随迁子女 and which bands a class size has is the rulebook's (``statistics.yaml``).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import polars as pl

from xueji.pure.kernel.divisions import city_of, province_of
from xueji.pure.kernel.school_year import STAGE_NAMES, Stage, StageSystem, grade_name
from xueji.pure.kernel.statistics import Definition
from xueji.registry.statistics.formulas import ABSENCES, INFLOWS, OUTFLOWS

#: The columns of every stock table: what is counted, of which sex.
STOCK = (
    ("registered", "1", "在籍 男"), ("registered", "2", "在籍 女"), ("registered", "", "在籍 合计"),
    ("attending", "1", "在校 男"), ("attending", "2", "在校 女"), ("attending", "", "在校 合计"),
)  # fmt: skip
_HEADS = tuple(title for _, _, title in STOCK)
Cell = float | int | str | None


@dataclass(frozen=True)
class Table:
    """One table: ``question`` is what its chart answers, ``charted`` the column that the chart shows (None: no chart).

    ``rows``: label and a cell a column; ``total`` their sum where sums mean something. A cell may be missing.
    ``missing``: what nobody has entered, so that a figure cannot be told. ``keys``: one a row, by which a figure
    opens; ``frame``: the rows that were counted, each with its ``key``; ``picks``: which of them each column counts.
    Without ``picks`` the figures are no counts of pupils.
    """

    code: str
    title: str
    question: str
    first: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Cell, ...]], ...]
    total: tuple[Cell, ...] | None = None
    charted: int | None = None
    note: str = ""
    missing: str = ""
    keys: tuple[str, ...] = ()
    frame: pl.DataFrame = field(default_factory=pl.DataFrame, compare=False, repr=False)
    picks: tuple[pl.Expr, ...] = field(default=(), compare=False, repr=False)

    def behind(self, key: str | None, column: int) -> pl.DataFrame:
        """The rows behind a figure; ``key`` None: of the total."""
        rows = self.frame.filter(self.picks[column])
        return rows if key is None else rows.filter(pl.col("key") == key)


def counted(frame: pl.DataFrame, schools: Collection[str] | None = None) -> pl.DataFrame:
    """Canonical present rows as the tables count them: ``registered`` where the pupil is on the roll of the school
    (of ``schools``, None: any), ``attending`` where he is in lessons there. As in a return a guest counts at his host,
    in a row of his own with no class; at home he is registered and not attending."""
    of_these = pl.col("school").is_not_null() if schools is None else pl.col("school").is_in(list(schools))
    own = frame.filter(of_these).with_columns(registered=pl.lit(True), attending=pl.col("presence") == "attending")
    guests = frame.filter(pl.col("presence") == "guest_elsewhere").with_columns(
        school=pl.col("host"), class_group=pl.lit(None, pl.String), registered=pl.lit(False), attending=pl.lit(True)
    )
    return pl.concat([own, guests.filter(of_these)])


#: Which rows of :func:`counted` each column of a stock table counts.
_PICKS = tuple(pl.col(column) & (pl.col("gender") == sex if sex else pl.lit(True)) for column, sex, _ in STOCK)


def _cells(frame: pl.DataFrame) -> tuple[int, ...]:
    """The six figures of a stock table over some rows of :func:`counted`."""
    return tuple(frame.filter(pick).height for pick in _PICKS)


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
    """A stock table of ``frame`` (:func:`counted`) by a column; ``names``: labels in their order, others follow."""
    keyed = frame.with_columns(key=pl.col(by).cast(pl.String).fill_null(""))
    groups = {str(key[0]): part for key, part in keyed.group_by("key")}
    labels = {str(key): label for key, label in names.items()}
    keys = [key for key in labels if key in groups]
    keys += sorted(key for key in groups if key not in labels and key)
    keys += [""] if "" in groups else []
    rows = tuple((labels.get(key, key) or "未填", _cells(groups[key])) for key in keys)
    return Table(
        code, title, question, first, _HEADS, rows, _cells(keyed), charted=2, note=note,
        keys=tuple(keys), frame=keyed, picks=_PICKS,
    )  # fmt: skip


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
    parts = {
        one.code: frame.filter(counts_in(one, frame.columns, kinds)).with_columns(key=pl.lit(one.code))
        for one in definitions
    }
    rows = [(one.title, _cells(parts[one.code])) for one in definitions]
    note = f"口径为 {on.isoformat()} 的登记情况；各行口径不同，不能相加。依据：" + "；".join(
        f"{one.title}——{one.basis}" for one in definitions
    )
    question = "随迁子女有多少，按哪一个口径？"
    return Table(
        "migrant", "随迁子女", question, "口径", _HEADS, tuple(rows), None, charted=2, note=note,
        keys=tuple(parts), frame=pl.concat(parts.values()) if parts else frame, picks=_PICKS,
    )  # fmt: skip


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
    """Classes by how many of its pupils are in it, by stage; a figure opens to the pupils of its classes."""
    here = frame.filter(pl.col("class_group").is_not_null(), pl.col("attending"))
    sizes = here.group_by("class_group", "stage").agg(size=pl.len())
    lows = [1, *(bound + 1 for bound in bands)]
    keyed = sizes.with_columns(key=pl.lit(""))
    rows = []
    for at, low in enumerate(lows):
        high = bands[at] if at < len(bands) else None
        label = f"{low}–{high} 人" if high is not None else f"{low} 人及以上"
        within = pl.col("size") >= low if high is None else pl.col("size").is_between(low, high)
        keyed = keyed.with_columns(key=pl.when(within).then(pl.lit(str(low))).otherwise("key"))
        found = sizes.filter(within)
        of_stage = [found.filter(pl.col("stage") == stage.value).height for stage in Stage]
        rows.append((label, (*of_stage, found.height)))
    total = tuple(sum(values[at] for _, values in rows) for at in range(3))
    columns = (*(f"{STAGE_NAMES[stage]}班数" for stage in Stage), "合计")
    question = "有多少大班额？"
    return Table(
        "class_size", "班额", question, "班额", columns, tuple(rows), total, charted=2, note="点班数看这些班里的学生。",
        keys=tuple(map(str, lows)), frame=here.join(keyed, on=["class_group", "stage"]), picks=_BY_STAGE,
    )  # fmt: skip


def flow_by_kind(lines: pl.DataFrame, titles: Mapping[str, str], moves: pl.DataFrame | None = None) -> Table:
    """What came and went in the window, by kind and stage; ``lines`` of ``flows``, ``moves`` of ``movements``."""
    sums = stage_figures(lines)
    names = ["opening", *INFLOWS, *OUTFLOWS, "closing", *(f"{name}_begun" for name in ABSENCES)]
    shown = [name for name in names if name in ("opening", "closing") or any(_of(sums, name))]
    rows = tuple((titles.get(name, name), tuple(_of(sums, name))) for name in shown)
    columns = (*(STAGE_NAMES[stage] for stage in Stage), "合计")
    return Table(
        "flow", "学生增减", "学生从哪里来、到哪里去？", "项目", columns, rows, None, charted=2, keys=tuple(shown),
        frame=pl.DataFrame() if moves is None else moves.with_columns(key=pl.col("column")),
        picks=() if moves is None else _BY_STAGE,
    )  # fmt: skip


#: Columns by stage, then together.
_BY_STAGE = (*(pl.col("stage") == stage.value for stage in Stage), pl.lit(True))


def _of(sums: Mapping[str, Mapping[str, int]], name: str) -> list[int]:
    found = [sums.get(stage.value, {}).get(name, 0) for stage in Stage]
    return [*found, sum(found)]


def stage_figures(lines: pl.DataFrame) -> dict[str, dict[str, int]]:
    """The flow's figures added up by stage."""
    counts = [name for name, kind in lines.schema.items() if kind == pl.Int64]
    summed = lines.group_by("stage").agg(pl.col(counts).sum())
    return {row["stage"]: {name: int(row[name] or 0) for name in counts} for row in summed.iter_rows(named=True)}
