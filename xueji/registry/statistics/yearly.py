"""The yearly tables of a day, within the actor's jurisdiction: which there are, and each of them counted."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from uuid import UUID

import polars as pl

from xueji.ground.organisations import selectors as organisations
from xueji.ground.parameters import selectors as parameters
from xueji.pure.kernel.rulebook import Rulebook
from xueji.registry.snapshots.areas import hukou_areas
from xueji.registry.snapshots.movements import movements_at
from xueji.registry.snapshots.state import state_at
from xueji.registry.statistics import tables
from xueji.registry.statistics.flows import flows
from xueji.registry.statistics.tables import Table

#: Titles of the flow's columns, in the words of the return.
FLOW_TITLES = {
    "opening": "期初在籍", "enrolled": "招生（入学）", "transferred_in": "转入", "restored": "恢复学籍",
    "reorganised_in": "学校调整并入", "other_in": "其他增加", "moved_in": "调入本届", "sex_in": "性别更正增",
    "graduated": "毕业", "completed": "结业", "transferred_out": "转出", "died": "死亡", "voided": "作废",
    "reorganised_out": "学校调整转出", "other_out": "其他减少", "moved_out": "调出本届", "sex_out": "性别更正减",
    "closing": "期末在籍", "suspended_begun": "休学", "dropped_out_begun": "辍学", "abroad_begun": "出国（境）",
    "guest_elsewhere_begun": "到外校借读", "not_arrived_begun": "转入未到校",
}  # fmt: skip


@dataclass(frozen=True)
class Year:
    """The state of a day and, asked for only where a table needs it, what happened in the year up to it."""

    on: date
    schools: tuple[UUID, ...] | None

    @cached_property
    def book(self) -> Rulebook:
        return parameters.rulebook(self.on)

    @cached_property
    def frame(self) -> pl.DataFrame:
        """The registered pupils of the schools; a guest from outside the register is at none of them."""
        return state_at(self.on, None, self.schools).registered.filter(pl.col("school").is_not_null())

    @cached_property
    def window(self) -> tuple[date, date]:
        """The year up to the day; it does not reach before the register."""
        begin = date(self.on.year - 1, self.on.month, min(self.on.day, 28)) + timedelta(days=1)
        return max(begin, self.book.register_since + timedelta(days=1)), self.on

    @cached_property
    def lines(self) -> pl.DataFrame:
        """The flow of the window."""
        eve = self.window[0] - timedelta(days=1)
        closing = state_at(self.on, None, self.schools)
        moved = movements_at(eve, self.on, None, self.schools)
        names = None if closing.schools is None else tuple(str(school) for school in closing.schools)
        begin = state_at(eve, None, self.schools)
        return flows(
            begin.frame, closing.frame, moved.registrations, moved.spells,
            window=self.window, schools=names, stages=self.book.stages,
        )  # fmt: skip

    @cached_property
    def kinds(self) -> Mapping[str, str]:
        """The kind of each school."""
        return {str(one.id): one.kind for one in organisations.schools(self.on)}


def _codes(year: Year, table: str) -> dict[str, str]:
    found = year.book.codes.get(table)
    return {row.code: row.name for row in found.rows} if found else {}


def _by_school(year: Year) -> Table:
    places = organisations.by_ids(UUID(one) for one in year.frame["school"].unique())
    names = {str(key): one.name for key, one in sorted(places.items(), key=lambda pair: pair[1].code)}
    return tables.stock(year.frame, "school", "分学校学生数", "哪些学校学生最多？", "学校", "school", names)


def _hukou(year: Year) -> Table:
    note = "户口性质为登记的类别；户口在哪里，见“分户口所在地”。"
    return tables.stock(
        year.frame, "hukou", "分户口性质学生数", "农业户口的学生有多少？", "户口性质", "hukou_type",
        _codes(year, "household_register_type"), note=note,
    )  # fmt: skip


def _hukou_area(year: Year) -> Table:
    areas = hukou_areas(year.on, year.schools)
    frame = year.frame.join(areas, on="student", how="left")
    return tables.by_hukou_area(frame, organisations.city().code, year.book.regions.counties)


def _boarding(year: Year) -> Table:
    return tables.stock(
        year.frame, "boarding", "走读与住校学生数", "有多少学生住校？", "就读方式", "attendance_mode",
        _codes(year, "attendance_mode"),
    )  # fmt: skip


def _ratios(year: Year) -> Table:
    whole = movements_at(year.book.register_since - timedelta(days=1), year.on, None, year.schools).registrations
    year_now = year.book.stages.school_year_of(year.on)
    cohort = tables.cohort_figures(whole, year.lines, year.book.stages, year_now)
    sums = tables.stage_figures(year.lines)
    figures = {stage: {**sums.get(stage, {}), **cohort[stage]} for stage in cohort}
    return tables.ratios(year.book.statistics, figures)


#: Every table by its code: title, and how it is counted.
TABLES: Mapping[str, tuple[str, Callable[[Year], Table]]] = {
    "grade": ("分年级、分性别", lambda year: tables.by_grade(year.frame, year.book.stages)),
    "school": ("分学校", _by_school),
    "age": ("分年龄", lambda year: tables.by_age(year.frame, year.on)),
    "hukou": ("分户口性质", _hukou),
    "hukou_area": ("分户口所在地", _hukou_area),
    "migrant": (
        "随迁子女",
        lambda year: tables.migrants(year.frame, year.book.statistics.definitions, year.kinds, year.on),
    ),
    "boarding": ("走读与住校", _boarding),
    "class_size": ("班额", lambda year: tables.class_sizes(year.frame, year.book.statistics.bands)),
    "flow": ("学生增减", lambda year: tables.flow_by_kind(year.lines, FLOW_TITLES)),
    "ratios": ("各种比率", _ratios),
}


def table(code: str, on: date, schools: Sequence[UUID] | None = None) -> Table:
    """One table as of a day, as known now. Within the actor's jurisdiction; ``Refused`` for other schools."""
    return TABLES[code][1](Year(on, None if schools is None else tuple(schools)))


def every_table(on: date, schools: Sequence[UUID] | None = None) -> list[Table]:
    """All tables over one reading of the state."""
    year = Year(on, None if schools is None else tuple(schools))
    return [make(year) for _, make in TABLES.values()]
