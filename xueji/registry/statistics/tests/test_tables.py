"""The yearly tables: their lines add up to the whole, and each definition and ratio is the one that data names."""

from __future__ import annotations

import csv
import io
from datetime import date
from typing import Any

import openpyxl
import polars as pl
import pytest

from xueji.ground.parameters.build import rulebook_from_files
from xueji.pure.kernel.statistics import Ratio, ratio_of
from xueji.registry.statistics import tables
from xueji.registry.statistics.workbook import as_csv, workbook

DAY = date(2008, 9, 15)
BOOK = rulebook_from_files(DAY)


def _pupil(**changed: Any) -> dict[str, Any]:
    return {
        "school": "a", "registration": "r", "stage": "primary", "grade": 2, "gender": "1", "birth_month": "2001-03",
        "presence": "attending", "class_group": "c1", "migrant_worker_child": "0", "hukou_type": "1",
        "attendance_mode": "1",
    } | changed  # fmt: skip


FRAME = pl.DataFrame(
    [
        _pupil(),
        _pupil(gender="2", migrant_worker_child="1", hukou_type="2", attendance_mode="2"),
        _pupil(presence="suspended", birth_month="2001-10"),
        _pupil(stage="junior", grade=7, class_group="c7", migrant_worker_child="true", birth_month="1995-09"),
        _pupil(school="m", gender="2", grade=None, class_group=None, hukou_type=None),
    ],
    infer_schema_length=None,
)


def test_every_stock_table_adds_up_to_the_whole() -> None:
    whole = (3, 2, 5, 2, 2, 4)
    for made in (
        tables.by_grade(FRAME, BOOK.stages),
        tables.by_age(FRAME, DAY),
        tables.stock(FRAME, "hukou", "户口", "？", "户口性质", "hukou_type", {"1": "非农业", "2": "农业"}),
    ):
        assert made.total == whole
        assert tuple(sum(values[at] or 0 for _, values in made.rows) for at in range(6)) == whole


def test_where_the_hukou_is_goes_from_the_city_s_districts_to_other_provinces_and_adds_up() -> None:
    areas = ["340104", "320102", None, "320381", "320104"]
    made = tables.by_hukou_area(FRAME.with_columns(hukou_area=pl.Series(areas)), "320100", BOOK.regions.counties)
    assert [label for label, _ in made.rows] == ["玄武区", "秦淮区", "本省徐州市", "安徽省", "未填"]
    assert made.total == (3, 2, 5, 2, 2, 4)
    unknown = FRAME.with_columns(hukou_area=pl.Series(["320100", "320000", "990000", "320199", None]))
    labels = [label for label, _ in tables.by_hukou_area(unknown, "320100", BOOK.regions.counties).rows]
    assert labels == ["南京市（未分区县）", "其他（320199）", "江苏省", "其他（990000）", "未填"]


def test_grades_and_ages_stand_in_their_order_and_what_is_not_filled_in_comes_last() -> None:
    assert [label for label, _ in tables.by_grade(FRAME, BOOK.stages).rows] == ["二年级", "七年级", "未填"]
    ages = dict(tables.by_age(FRAME, DAY).rows)
    assert {label: values[2] for label, values in ages.items()} == {"6 周岁": 1, "7 周岁": 3, "13 周岁": 1}


def test_migrant_children_are_counted_by_each_named_definition() -> None:
    made = tables.migrants(FRAME, BOOK.statistics.definitions, {"a": "primary", "m": "migrant"}, DAY)
    assert {label: values[2] for label, values in made.rows} == {
        "登记为进城务工人员随迁子女": 2, "登记为随迁子女、农业户口": 1, "在民工子女学校就读": 1,
    }  # fmt: skip
    assert made.total is None
    assert "2008-09-15" in made.note


def test_class_sizes_fall_into_bands() -> None:
    many = pl.concat([FRAME, pl.DataFrame([_pupil(class_group="c9") for _ in range(66)])], how="diagonal_relaxed")
    made = tables.class_sizes(many, BOOK.statistics.bands)
    assert [(label, values) for label, values in made.rows if values[2]] == [
        ("1–25 人", (1, 1, 2)), ("66 人及以上", (1, 0, 1)),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("ratio", "expected"),
    [
        ("dropout_two_basics", (3, 100, 3.0)),
        ("dropout_dictionary", (3, 100, 3.0)),
        ("retention_school", (38, 39, 38 / 39 * 100)),
        ("graduation", (38, 40, 95.0)),
        ("transition", (37, 38, 37 / 38 * 100)),
    ],
)
def test_each_ratio_is_its_formula(ratio: str, expected: tuple[int, int, float]) -> None:
    figures = {
        "primary": {
            "opening": 100, "suspended_begun": 2, "dropped_out_begun": 1, "died": 1, "transferred_out": 4,
            "other_out": 1, "transferred_in": 5, "other_in": 1, "graduated": 38, "completed": 1, "final_closing": 1,
            "cohort_entrants": 40, "cohort_in": 2, "cohort_out": 3,
        },
        "junior": {"enrolled": 37},
    }  # fmt: skip
    named = {one.code: one for one in BOOK.statistics.ratios}
    above, below, percent = ratio_of(named[ratio], figures, "primary")
    assert (above, below) == expected[:2]
    assert percent == pytest.approx(expected[2])


def test_a_ratio_of_nothing_is_none_and_a_capped_one_stays_at_its_cap() -> None:
    plain = Ratio("x", "x", ("a",), ("b",), cap=100)
    assert ratio_of(plain, {"primary": {"a": 3}}, "primary") == (3, 0, None)
    assert ratio_of(plain, {"primary": {"a": 3, "b": 2}}, "primary") == (3, 2, 100.0)


def test_workbook_and_csv_say_what_the_table_says() -> None:
    made = tables.by_grade(FRAME, BOOK.stages)
    sheet = openpyxl.load_workbook(io.BytesIO(workbook([made], "秦淮区教育局", "截至 2008-09-15"))).worksheets[0]
    rows = list(sheet.values)
    assert rows[0][0] == "秦淮区教育局分年级、分性别学生数"
    assert rows[3][:4] == ("二年级", 2, 1, 3)
    assert rows[6][:4] == ("合计", 3, 2, 5)
    read = list(csv.reader(io.StringIO(as_csv(made).decode("utf-8-sig"))))
    assert read[0][0] == "年级"
    assert read[-1][:4] == ["合计", "3", "2", "5"]
