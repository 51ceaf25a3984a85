"""The rulebook that comes with the program, and how its files are checked (issue 2 "Rulebook")."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from xueji.ground.parameters.build import RulebookSource, rulebook_from_files
from xueji.ground.parameters.loader import RulebookError, default_folder, load_layers

DAY = date(2008, 9, 20)
Edit = Callable[[str, str, str], None]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the rulebook that may be edited."""
    copy = tmp_path / "rulebooks"
    shutil.copytree(default_folder(), copy, ignore=shutil.ignore_patterns("*.py", "division.csv", "nationality.csv"))
    codes = copy / "province" / "jiangsu-2008" / "codes"
    for table in ("division", "nationality"):
        (codes / f"{table}.csv").write_text(
            "code,name_zh,name_en,standard,certainty\n320102,玄武区,,,x\n", encoding="utf-8"
        )
    return copy


@pytest.fixture
def edit(folder: Path) -> Edit:
    """Replace a text in a file of the copy, once."""

    def replace(file: str, old: str, new: str) -> None:
        path = folder / file
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")

    return replace


def faults(folder: Path) -> list[tuple[str, int, str]]:
    """All faults of a folder."""
    with pytest.raises(RulebookError) as caught:
        load_layers(folder)
    return [(fault.file, fault.line, fault.message) for fault in caught.value.faults]


def line_of(folder: Path, file: str, text: str) -> int:
    """The line (1-based) of the first occurrence of a text."""
    for number, line in enumerate((folder / file).read_text(encoding="utf-8").splitlines(), 1):
        if text in line:
            return number
    raise AssertionError(text)


CITY = "city/nanjing-2008"
DISTRICT = "district/320124"
FAULTY = [
    # file, old text, new text, text in the line named, words of the message
    (f"{CITY}/numbers.yaml", "short_width: 8", "short_wide: 8", "short_wide", "不认识的项“short_wide”"),
    (f"{CITY}/numbers.yaml", "source: serial}\n    near", "source: seriel}\n    near", "seriel", "可用"),
    (f"{CITY}/calendar.yaml", '"09-15"', '"15-09"', "15-09", "写法不对"),
    (f"{CITY}/changes.yaml", "arrival_days: 10", "arrival_days: 十", "arrival_days", "应是整数"),
    (
        f"{CITY}/changes.yaml",
        "act: approve, role: head, title: 主管教育局验收",
        "act: approve, role: heads, title: 验收",
        "heads",
        "不能是“heads”",
    ),
    (f"{CITY}/changes.yaml", "    title: 建档（期初）\n", "", "kind: opening", "缺少“title”"),
    (f"{CITY}/changes.yaml", 'kind_no: "01"', "kind_no: 01", "kind_no: 01", "数字开头的请加引号"),
    (f"{CITY}/changes.yaml", "{serial:04d}", "{serail:04d}", "kind: opening", "卷号格式"),
    (f"{CITY}/certificates.yaml", "{name}", "{nmae}", "kind: proof", "占位"),
    (f"{CITY}/certificates.yaml", "    seal_use: registration_seal\n", "", "kind: proof", "要写明是什么印章"),
    (
        f"{CITY}/certificates/student_card.yaml",
        "electronic_seal: false",
        "electronic_seal: true",
        "kind: student_card",
        "要写明是什么印章",
    ),
    (
        f"{CITY}/certificates/transfer_sheet.yaml",
        "electronic_seal: false",
        "electronic_seal: true\n    seal_use: school_seal",
        "kind: transfer_sheet",
        "须加盖实物印章",
    ),
    (f"{CITY}/returns.yaml", "register_since: 2007-09-15", "register_since: 2007-09-35", "register_since", "应是日期"),
    (f"{CITY}/returns.yaml", "register_since: 2007-09-15", "register_since: 九月", "register_since", "应是日期"),
    (f"{CITY}/rulebook.yaml", "above: jiangsu-2008", "above: zhejiang-2008", "above", "没有上一层规则"),
    (f"{CITY}/rulebook.yaml", "code: nanjing-2008", "code: nanjing-2009", "code", "文件夹名"),
    (f"{CITY}/numbers.yaml", "width: 2, source: serial", "width: 3, source: serial", "segments:", "上一层规定 19 位"),
    (f"{CITY}/numbers.yaml", "first: 51, last: 79", "first: 41, last: 79", "nanjing-class2-serial2", "互相重叠"),
    (f"{CITY}/calendar.yaml", "    primary_years: 6", "    primary_years: 5", "from: 2007-09-01", "合计应为 9"),
    (f"{DISTRICT}/changes.yaml", "days: 5 ", "days: 15 ", "days: 15", "不能放宽为 15"),
    (f"{DISTRICT}/calendar.yaml", '"09-25"', '"10-05"', "school_due", "不能放宽为 10-05"),
    (f"{DISTRICT}/numbers.yaml", "width: 4, source: serial", "width: 5, source: serial", "segments:", "共 20 位"),
    (f"{DISTRICT}/numbers.yaml", "width: 11, source: school_code", "width: 11, source: kind", "segments:", "前几段"),
]


@pytest.mark.parametrize(("file", "old", "new", "where", "words"), FAULTY)
def test_a_fault_names_file_and_line(
    folder: Path, edit: Edit, file: str, old: str, new: str, where: str, words: str
) -> None:
    edit(file, old, new)
    found = faults(folder)
    named = [fault for fault in found if fault[0] == file and words in fault[2]]
    assert named, found
    text = (folder / file).read_text(encoding="utf-8").splitlines()[named[0][1] - 1]
    assert where in text, (named, text)


def test_a_file_that_is_no_yaml_and_a_key_written_twice_name_the_line(folder: Path, edit: Edit) -> None:
    edit(f"{CITY}/calendar.yaml", "stages:\n", "stages: [\n")
    edit(f"{CITY}/returns.yaml", "yearly_from: 2008\n", "yearly_from: 2008\nyearly_from: 2009\n")
    found = {(file, line): message for file, line, message in faults(folder)}
    assert any(file == f"{CITY}/calendar.yaml" and "无法读出" in message for (file, _), message in found.items())
    assert "写了两次" in found[f"{CITY}/returns.yaml", line_of(folder, f"{CITY}/returns.yaml", "yearly_from: 2009")]


def test_an_unknown_file_is_named(folder: Path) -> None:
    (folder / CITY / "holiday.yaml").write_text("years: []\n", encoding="utf-8")
    assert any(file == f"{CITY}/holiday.yaml" and "不认识的文件" in message for file, _, message in faults(folder))


def test_overlapping_dates_are_an_error(folder: Path) -> None:
    path = folder / CITY / "calendar.yaml"
    text = path.read_text(encoding="utf-8")
    block = text[text.index("return_days:") :].split("\n", 1)[1]
    path.write_text(text.rstrip() + "\n" + block.replace("from: 2007-09-01", "from: 2009-09-01"), encoding="utf-8")
    line = line_of(folder, f"{CITY}/calendar.yaml", "from: 2009-09-01")
    assert any(found[1] == line and "时间重叠" in found[2] for found in faults(folder))


def test_a_value_that_follows_another_in_time_is_right_and_the_past_keeps_the_old_one(folder: Path) -> None:
    path = folder / CITY / "calendar.yaml"
    text = path.read_text(encoding="utf-8")
    block = text[text.index("return_days:") :].split("\n", 1)[1]
    ended = text.replace("    reference:", "    until: 2009-08-31\n    reference:", 1)
    newer = block.replace("from: 2007-09-01", "from: 2009-09-01").replace('"09-30"', '"10-08"')
    path.write_text(ended.rstrip() + "\n" + newer, encoding="utf-8")
    source = RulebookSource(load_layers(folder))
    assert source.rulebook(date(2008, 9, 20)).calendar.school_due(2008) == date(2008, 9, 30)
    assert source.rulebook(date(2009, 9, 1)).calendar.school_due(2009) == date(2009, 10, 8)
    assert source.rulebook(date(2009, 8, 31)).on(date(2009, 9, 1)).calendar.school_due(2009) == date(2009, 10, 8)
    assert source.rulebook(date(2009, 9, 1), "320124").calendar.school_due(2009) == date(2009, 9, 25)


def test_an_end_before_the_begin_is_an_error(folder: Path, edit: Edit) -> None:
    edit(f"{CITY}/calendar.yaml", "    reference:", "    until: 2006-08-31\n    reference:")
    assert any("止期早于起期" in message for _, _, message in faults(folder))


def test_code_tables_must_be_named_complete_and_without_doubles(folder: Path) -> None:
    codes = folder / "province" / "jiangsu-2008" / "codes"
    (codes / "mood.csv").write_text("code,name_zh,name_en,standard,certainty\n1,好,,,x\n", encoding="utf-8")
    gender = codes / "gender.csv"
    gender.write_text(gender.read_text(encoding="utf-8") + "3,,,,\n1,男二,,,x,\n", encoding="utf-8")
    found = faults(folder)
    assert any(file.endswith("codes/mood.csv") and "没有列出" in message for file, _, message in found)
    lines = [(line, message) for file, line, message in found if file.endswith("gender.csv")]
    assert [line for line, _ in lines] == [6, 7]
    assert "都要填" in lines[0][1]
    assert "重复" in lines[1][1]


def test_every_row_of_every_code_table_says_how_certain_it_is() -> None:
    for path in sorted(default_folder().glob("*/*/codes/*.csv")):
        with path.open(encoding="utf-8", newline="") as handle:
            for row in csv.DictReader(handle):
                assert row["certainty"], (path.name, row)
                assert row["code"], (path.name, row)


def test_every_alias_is_understood_and_means_one_code() -> None:
    book = rulebook_from_files(DAY)
    for table in book.codes.values():
        for row in table.rows:
            assert table.code_of(row.code) == row.code
            if table.table != "division":  # names of divisions repeat (市辖区)
                assert table.code_of(row.name) == row.code, (table.table, row)
            for alias in row.aliases:
                assert table.code_of(alias) == row.code, (table.table, alias)
                assert table.replacements[alias] == row.code


def test_clerks_may_write_old_and_short_names() -> None:
    codes = rulebook_from_files(DAY).codes
    ethnic = codes["ethnic_group"]
    assert [ethnic.code_of(text) for text in ("汉", "汉族", "01", "毛难", "毛难族", "崩龙", "回")] == [
        "01",
        "01",
        "01",
        "36",
        "36",
        "46",
        "03",
    ]
    assert ethnic.is_alias("毛难")
    assert not ethnic.is_alias("毛南族")
    assert codes["gender"].code_of(" 男 性") == "1"
    assert codes["gender"].name_of("2") == "女"
    assert codes["gender"].code_of("不详") is None


def test_the_local_codes_are_added_to_the_table_of_the_province() -> None:
    table = rulebook_from_files(DAY).codes["change_category"]
    assert table.code_of("借读") == "N1"
    assert table.name_of("21") == "转学（转出）"


def test_every_code_table_that_the_catalogue_names_exists() -> None:
    book = rulebook_from_files(DAY)
    for column in book.fields.columns:
        if column.field.code_table is not None:
            assert column.field.code_table in book.codes, column.code
            default = column.field.default
            assert default is None or book.codes[column.field.code_table].name_of(default), column.code


def test_a_transfer_between_two_bureaus_is_decided_by_nine_people_counting_the_registrar_who_lodges() -> None:
    change = rulebook_from_files(DAY).change("transfer")
    posts = {(step.at, step.role) for step in change.steps_for("two_bureaus")}
    assert len(posts | {("applicant", change.lodged_by)}) == 9
    assert [step.phase for step in change.steps_for("two_bureaus")][::2] == [
        "receiving_school",
        "receiving_bureau",
        "sending_school",
        "sending_bureau",
    ]
    assert [step.completes for step in change.steps_for("same_bureau")] == [False] * 5 + [True]
    assert change.steps_for("same_bureau")[-1].at == "bureau_of_applicant"
    assert {step.days for step in change.steps_for("two_bureaus")} == {10}
    with pytest.raises(ValueError, match="two_bureaus"):
        _ = change.steps


def test_opening_and_enrolment_are_completed_by_one_approve_of_the_bureaus_head() -> None:
    for district in (None, "320124"):
        for kind in ("opening", "enrolment"):
            steps = rulebook_from_files(DAY, district).change(kind).steps
            assert [(step.act, step.role) for step in steps] == [
                ("proofread", "proofreader"),
                ("decide", "deputy_head"),
                ("approve", "head"),
            ]
            assert steps[-1].completes


def test_the_file_number_and_the_rounds_come_from_data() -> None:
    book = rulebook_from_files(DAY)
    assert book.change("transfer").number_of(bureau="320102", year=2008, serial=7) == "320102-2008-03-0007"
    first, yearly = book.round("2007-2008"), book.round("2008")
    assert first.first
    assert first.window is None
    assert yearly.window == (date(2007, 9, 16), date(2008, 9, 15))
    assert (yearly.school_due, yearly.bureau_due, yearly.school_year) == (date(2008, 9, 30), date(2008, 10, 20), 2008)
    assert book.round("2026").reference_date == date(2026, 9, 15)
    assert book.register_since == date(2007, 9, 15)


def test_a_district_adds_and_tightens_only_for_itself() -> None:
    city, district = rulebook_from_files(DAY), rulebook_from_files(DAY, "320124")
    assert district.numbers["registration_number"].code == "lishui-serial4"
    assert city.numbers["registration_number"].code == "nanjing-class2-serial2"
    assert rulebook_from_files(DAY, "320102").numbers == city.numbers
    assert district.scheme("nanjing-class2-serial2") == city.numbers["registration_number"]
    assert [step.days for step in district.change("enrolment").steps] == [10, 10, 5]
    assert [paper.key for paper in district.change("enrolment").evidence] == ["hukou_copies", "vaccination_card"]
    assert district.change("transfer") == city.change("transfer")
    assert district.version == city.version


def test_holidays_of_the_demo_years_are_known_and_other_years_are_provisional() -> None:
    calendar = rulebook_from_files(DAY).calendar
    assert calendar.known_years == {2007, 2008, 2009, 2010, 2024, 2025, 2026}
    assert calendar.due(date(2008, 9, 22), 10).on == date(2008, 10, 9)
    assert calendar.is_working_day(date(2008, 9, 27))
    assert not calendar.is_working_day(date(2008, 9, 29))
    assert calendar.due(date(2015, 9, 1), 3).provisional


def test_region_prefixes_of_any_edition_are_known() -> None:
    regions = rulebook_from_files(DAY).regions
    for prefix in ("320102", "320103", "320124", "440524", "110105", "810000", "830000"):
        assert prefix in regions.counties
    assert "99" not in regions.provinces


def test_before_the_first_rulebook_the_first_one_serves() -> None:
    book = rulebook_from_files(date(2003, 5, 1))
    assert book.register_since == date(2007, 9, 15)
    assert book.day == date(2003, 5, 1)
    assert book.school_year() == 2002
