"""The yearly tables of a day, within the actor's jurisdiction: which there are, and each of them counted."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any
from uuid import UUID

import polars as pl

from xueji.ground.organisations import selectors as organisations
from xueji.ground.parameters import selectors as parameters
from xueji.pure.kernel.divisions import city_of
from xueji.pure.kernel.rulebook import Rulebook
from xueji.pure.kernel.types import Refused
from xueji.registry.snapshots.areas import hukou_areas, hukou_areas_of
from xueji.registry.snapshots.movements import movements_at
from xueji.registry.snapshots.persons import rows_of
from xueji.registry.snapshots.state import State, state_at
from xueji.registry.statistics import ratios, tables
from xueji.registry.statistics.flows import flows, movements
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
    """The state of a day and, asked for only where a table needs it, what happened in the year up to it. ``division``:
    the code whose population the schools are held against, '' where they are no whole division's."""

    on: date
    schools: tuple[UUID, ...] | None
    division: str = ""

    @cached_property
    def book(self) -> Rulebook:
        return parameters.rulebook(self.on)

    @cached_property
    def closing(self) -> State:
        """The state of the day."""
        return state_at(self.on, None, self.schools, digests=False)

    @cached_property
    def frame(self) -> pl.DataFrame:
        """Whom the schools count, a guest at his host."""
        return tables.counted(self.closing.frame, _names(self.closing))

    @cached_property
    def window(self) -> tuple[date, date]:
        """The year up to the day; it does not reach before the register."""
        return max(year_before(self.on), self.book.register_since) + timedelta(days=1), self.on

    @cached_property
    def lines(self) -> pl.DataFrame:
        """The flow of the window."""
        return flows(**self.span, stages=self.book.stages)

    @cached_property
    def span(self) -> dict[str, Any]:
        """What ``flows`` and ``movements`` ask for."""
        eve = self.window[0] - timedelta(days=1)
        moved = movements_at(eve, self.on, None, self.schools)
        return {
            "opening": state_at(eve, None, self.schools, digests=False).frame,
            "closing": self.closing.frame,
            "registrations": moved.registrations,
            "spells": moved.spells,
            "window": self.window,
            "schools": _names(self.closing),
        }

    @cached_property
    def registrations(self) -> pl.DataFrame:
        """All registrations since the register began."""
        eve = self.book.register_since - timedelta(days=1)
        return movements_at(eve, self.on, None, self.schools).registrations

    @cached_property
    def kinds(self) -> Mapping[str, str]:
        """The kind of each school."""
        return {str(one.id): one.kind for one in organisations.schools(self.on)}


def year_before(day: date) -> date:
    """The same day a year earlier; of 29 February the last one of that month."""
    return day.replace(year=day.year - 1, day=28 if (day.month, day.day) == (2, 29) else day.day)


def _names(state: State) -> tuple[str, ...] | None:
    return None if state.schools is None else tuple(str(school) for school in state.schools)


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
    # A district may have entered its own population in its own layer.
    book, rules = year.book, parameters.rulebook(year.on, year.division or None).statistics
    school_year = book.stages.school_year_of(year.on)
    figures = ratios.merged(
        ratios.figures_of(year.registrations, year.lines, book.stages, year.on),
        ratios.age_figures(year.frame, rules, book.stages, year.on),
        ratios.population_figures(rules, year.division, school_year),
    )
    return ratios.ratios(rules, figures, division=year.division, school_year=school_year)


def _ratios_by_hukou(year: Year) -> Table:
    frames = {name: one for name, one in year.span.items() if isinstance(one, pl.DataFrame)}
    everyone = pl.concat([one["registration"] for one in (*frames.values(), year.registrations)])
    areas = hukou_areas_of(everyone).drop_nulls()
    own = areas["hukou_area"].map_elements(city_of, return_dtype=pl.String) == organisations.city().code
    groups = {}
    for title, of_it in (("本市户籍", areas.filter(own)), ("外地户籍", areas.filter(~own))):
        part = {name: one.join(of_it, on="registration", how="semi") for name, one in frames.items()}
        lines = flows(**{**year.span, **part}, stages=year.book.stages)
        since = year.registrations.join(of_it, on="registration", how="semi")
        groups[title] = ratios.figures_of(since, lines, year.book.stages, year.on)
    return ratios.by_group(year.book.statistics, groups)


def _flow(year: Year) -> Table:
    return tables.flow_by_kind(year.lines, FLOW_TITLES, movements(**year.span))


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
    "flow": ("学生增减", _flow),
    "ratios": ("各种比率", _ratios),
    "ratios_hukou": ("分户籍的比率", _ratios_by_hukou),
}


def table(code: str, on: date, schools: Sequence[UUID] | None = None, division: str = "") -> Table:
    """One table as of a day, as known now. Within the actor's jurisdiction; ``Refused`` for other schools."""
    return TABLES[code][1](Year(on, None if schools is None else tuple(schools), division))


def every_table(on: date, schools: Sequence[UUID] | None = None, division: str = "") -> list[Table]:
    """All tables over one reading of the state."""
    year = Year(on, None if schools is None else tuple(schools), division)
    return [make(year) for _, make in TABLES.values()]


@dataclass(frozen=True, slots=True)
class Opened:
    """A figure opened: its table, the label of its row ('' for the total), and the rows of whom it counts."""

    table: Table
    label: str
    rows: pl.DataFrame


def opened(code: str, on: date, schools: Sequence[UUID] | None, key: str | None, column: int) -> Opened:
    """The rows behind a figure (``key`` None: of the table's total), in the order of schools and classes. ``Refused``
    for other schools and for a figure that is no count of pupils."""
    year = Year(on, None if schools is None else tuple(schools))
    found = TABLES[code][1](year)
    labels = dict(zip(found.keys, (label for label, _ in found.rows), strict=True)) if found.picks else {}
    if not 0 <= column < len(found.picks) or (key is not None and key not in labels):
        raise Refused("statistics.no_figure", "这个数字不能展开到学生，请从统计表进入。", "通知三.5")
    rows = found.behind(key, column)
    if "student" not in rows.columns:
        rows = rows_of(rows["registration"], year.closing.frame)
    order = [name for name in ("school", "grade", "class_group", "student") if name in rows.columns]
    return Opened(found, labels.get(key or "", "") if key is not None else "", rows.sort(order, nulls_last=True))
