"""The yearly tables: their lines add up to the whole, and each definition and ratio is the one that data names."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import openpyxl
import polars as pl
import pytest

from xueji.ground.parameters.build import rulebook_from_files
from xueji.pure.kernel.school_year import Stage
from xueji.pure.kernel.statistics import Population, Ratio, ratio_of
from xueji.registry.statistics import ratios, tables
from xueji.registry.statistics.workbook import as_csv, workbook
from xueji.registry.statistics.yearly import year_before

DAY = date(2008, 9, 15)
BOOK = rulebook_from_files(DAY)


def _pupil(**changed: Any) -> dict[str, Any]:
    return {
        "school": "a", "registration": "r", "stage": "primary", "grade": 2, "gender": "1", "birth_month": "2001-03",
        "presence": "attending", "class_group": "c1", "migrant_worker_child": "0", "hukou_type": "1",
        "attendance_mode": "1",
    } | changed  # fmt: skip


FRAME = tables.counted(
    pl.DataFrame(
        [
            _pupil(),
            _pupil(gender="2", migrant_worker_child="1", hukou_type="2", attendance_mode="2"),
            _pupil(presence="suspended", birth_month="2001-10"),
            _pupil(stage="junior", grade=7, class_group="c7", migrant_worker_child="true", birth_month="1995-09"),
            _pupil(school="m", gender="2", grade=None, class_group=None, hukou_type=None),
        ],
        infer_schema_length=None,
    ).with_columns(host=pl.lit(None, pl.String))
)


def test_every_stock_table_adds_up_to_the_whole() -> None:
    whole = (3, 2, 5, 2, 2, 4)
    for made in (
        tables.by_grade(FRAME, BOOK.stages),
        tables.by_age(FRAME, DAY),
        tables.stock(FRAME, "hukou", "户口", "？", "户口性质", "hukou_type", {"1": "非农业", "2": "农业"}),
    ):
        assert made.total == whole
        assert tuple(sum(int(values[at] or 0) for _, values in made.rows) for at in range(6)) == whole


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
    more = pl.DataFrame([_pupil(class_group="c9", registered=True, attending=True) for _ in range(66)])
    many = pl.concat([FRAME, more], how="diagonal_relaxed")
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
        ("graduation_cohort", (38, 40, 95.0)),
        ("net_enrolment", (97, 100, 97.0)),
        ("transition", (37, 38, 37 / 38 * 100)),
    ],
)
def test_each_ratio_is_its_formula(ratio: str, expected: tuple[int, int, float]) -> None:
    figures = {
        "primary": {
            "opening": 100, "suspended_begun": 2, "dropped_out_begun": 1, "died": 1, "transferred_out": 4,
            "other_out": 1, "transferred_in": 5, "other_in": 1, "graduated": 38, "completed": 1, "final_closing": 1,
            "cohort_entrants": 40, "cohort_in": 2, "cohort_out": 3, "age_group_at_school": 97, "age_group": 100,
        },
        "junior": {"enrolled": 37},
    }  # fmt: skip
    named = {one.code: one for one in BOOK.statistics.ratios}
    above, below, percent = ratio_of(named[ratio], figures, "primary")
    assert (above, below) == expected[:2]
    assert percent == pytest.approx(expected[2])


def test_a_guest_attends_at_his_host_and_is_registered_at_home() -> None:
    guest = pl.DataFrame([_pupil(presence="guest_elsewhere", host="h", grade=3)])
    made = tables.by_grade(tables.counted(guest), BOOK.stages)
    assert made.rows == (("三年级", (1, 0, 1, 1, 0, 1)),)
    assert tables.by_grade(tables.counted(guest, ["a"]), BOOK.stages).total == (1, 0, 1, 0, 0, 0)
    assert tables.by_grade(tables.counted(guest, ["h"]), BOOK.stages).total == (0, 0, 0, 1, 0, 1)
    by_school = tables.stock(tables.counted(guest), "school", "", "", "", "school", {"a": "甲", "h": "乙"})
    assert by_school.rows == (("甲", (1, 0, 1, 0, 0, 0)), ("乙", (0, 0, 0, 1, 0, 1)))


def test_every_figure_opens_to_as_many_rows_as_it_says() -> None:
    made = tables.by_grade(FRAME, BOOK.stages)
    for key, (_, values) in zip(made.keys, made.rows, strict=True):
        assert tuple(made.behind(key, at).height for at in range(6)) == values
    assert tuple(made.behind(None, at).height for at in range(6)) == made.total


@pytest.mark.parametrize(
    ("on", "first"),
    [
        (date(2009, 8, 31), date(2008, 9, 1)),
        (date(2009, 9, 30), date(2008, 10, 1)),
        (date(2009, 2, 28), date(2008, 2, 29)),
        (date(2012, 2, 29), date(2011, 3, 1)),
    ],
)
def test_the_year_up_to_a_day_begins_the_day_after_the_same_day_a_year_earlier(on: date, first: date) -> None:
    assert year_before(on) + timedelta(days=1) == first


LINES = pl.DataFrame(
    {
        "stage": ["primary"] * 3, "intake_year": [2002, 2003, None], "graduated": [40, 1, 0], "completed": [1, 0, 0],
        "closing": [2, 50, 0],
    }
)  # fmt: skip


@pytest.mark.parametrize("on", [date(2008, 6, 30), date(2008, 8, 31), date(2008, 9, 15), date(2009, 3, 1)])
def test_the_cohort_that_left_in_the_year_is_that_of_most_of_its_graduates(on: date) -> None:
    assert ratios.cohort_that_left(LINES, BOOK.stages, Stage.PRIMARY, on) == 2002


def test_where_nobody_graduated_it_is_the_cohort_whose_last_school_year_ended_in_the_year() -> None:
    none = LINES.with_columns(graduated=pl.lit(0), completed=pl.lit(0))
    for on in (date(2008, 8, 31), date(2008, 9, 1), date(2009, 8, 30)):
        assert ratios.cohort_that_left(none, BOOK.stages, Stage.PRIMARY, on) == 2002


def test_nine_years_later_the_last_junior_class_is_held_against_its_entrants_of_grade_one() -> None:
    came = pl.DataFrame(
        {"stage": ["primary"] * 4, "intake_year": [2008, 2008, 2008, 2009], "voided": [False, False, True, False],
         "how_started": ["enrolment", "enrolment", "enrolment", "enrolment"], "how_ended": [None] * 4}
    )  # fmt: skip
    lines = LINES.with_columns(stage=pl.lit("junior"), intake_year=pl.Series([2014, 2013, 2015]))
    figures = ratios.cohort_figures(came, lines, BOOK.stages, date(2016, 9, 15))["junior"]
    assert (figures["final_now"], figures["nine_year_entrants"]) == (2, 2)


def test_the_age_group_counts_who_is_at_school_in_its_stage_or_higher_but_not_the_suspended() -> None:
    rules, start = BOOK.statistics, date(2008, 9, 15)
    figures = ratios.age_figures(FRAME, rules, BOOK.stages, start)
    # Four primary pupils of seven (one of them suspended), one junior of twelve to thirteen.
    assert figures == {"primary": {"age_group_at_school": 3}, "junior": {"age_group_at_school": 1}}
    some = replace(rules, populations=(Population("320104", 2008, "primary", 4),))
    held = ratios.merged(figures, ratios.population_figures(some, "320104", 2008))
    rows = dict(ratios.ratios(some, held, division="320104", school_year=2008).rows)
    assert rows["小学适龄人口入学率"][:3] == (3, 4, 75.0)


def test_a_denominator_that_nobody_entered_is_said_to_be_missing_and_is_no_nought() -> None:
    rules = replace(BOOK.statistics, populations=(Population("320104", 2008, "primary", 4),))
    figures = ratios.age_figures(FRAME, rules, BOOK.stages, date(2008, 9, 15))
    held = ratios.merged(figures, ratios.population_figures(rules, "320104", 2008))
    made = ratios.ratios(rules, held, division="320104", school_year=2008)
    assert dict(made.rows)["初中适龄人口入学率"][:3] == (1, "未填报", None)
    assert made.missing == "初中的适龄人口（2008-2009 学年）还没有填报，用它作分母的比率不能计算。"
    assert "初中适龄人口入学率,1,未填报,," in as_csv(made).decode("utf-8-sig").splitlines()
    sheet = openpyxl.load_workbook(io.BytesIO(workbook([made], "", ""))).worksheets[0]
    cells = {row[0]: row[1:4] for row in sheet.values}
    assert cells["初中适龄人口入学率"] == (1, "未填报", "—")
    assert any(str(first).startswith(made.missing) for first in cells), "the note below the sheet"
    of_a_school = ratios.ratios(rules, figures)
    assert dict(of_a_school.rows)["初中适龄人口入学率"][:3] == (1, "不适用", None)
    assert "不适用" in of_a_school.missing


def test_a_ratio_says_whether_its_target_is_reached() -> None:
    figures = {"primary": {"opening": 100, "dropped_out_begun": 2}, "junior": {"opening": 100, "dropped_out_begun": 2}}
    rows = dict(ratios.ratios(BOOK.statistics, figures).rows)
    assert rows["小学辍学率（辞典口径）"] == (2, 100, 2.0, "不高于 1（未达到）")
    assert rows["初中辍学率（辞典口径）"] == (2, 100, 2.0, "不高于 3（达到）")


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
