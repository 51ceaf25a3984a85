"""Files as a whole: columns in any order, doubled values, and what is no roster at all."""

from __future__ import annotations

import io
import os
import time
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
import xlsxwriter

from xueji.pure.kernel import resident_id
from xueji.pure.kernel.types import Refused
from xueji.registry.intake.annotated import write_annotated
from xueji.registry.intake.checking import check_workbook
from xueji.registry.intake.template import write_template
from xueji.registry.intake.tests.invented import SCHOOL_CODE, columns, context, good_row, good_rows, workbook


def _found(data: bytes, **school: Any) -> list[dict[str, Any]]:
    findings: list[dict[str, Any]] = check_workbook(data, context(**school)).as_json()["findings"]
    return findings


def _codes(data: bytes) -> set[str]:
    return {one["code"] for one in _found(data)}


def test_columns_may_stand_in_any_order() -> None:
    codes = [column.code for column in columns()]
    assert _found(workbook(good_rows(3), order=list(reversed(codes)))) == []


def test_a_missing_needed_column_is_one_finding_without_a_row() -> None:
    (found,) = _found(workbook(good_rows(5), leave_out=["ethnic_group"]))
    assert (found["code"], found["row"], found["column"], found["columns"]) == (
        "file.missing_column", None, None, ["民族"],
    )  # fmt: skip
    assert found["severity"] == "error"


def test_a_missing_column_that_a_rows_document_type_needs_is_one_finding_without_a_row() -> None:
    columns = ["guardian_1_id_document_type", "guardian_1_id_number"]
    without = {"id_document_type": "其他", "id_number": ""}
    rows = [row | without if number in (1, 3) else row for number, row in enumerate(good_rows(5))]
    found = _found(workbook(rows, leave_out=columns))
    assert [(one["code"], one["row"], one["columns"]) for one in found] == [
        ("file.missing_column", None, ["监护人1·身份证件类型"]),
        ("file.missing_column", None, ["监护人1·身份证件号"]),
    ]
    assert _found(workbook(good_rows(5), leave_out=columns)) == []


def test_a_missing_optional_column_is_no_finding() -> None:
    assert _found(workbook(good_rows(3), leave_out=["special_talent", "homepage"])) == []


def test_an_unknown_column_is_reported_and_left_out() -> None:
    (found,) = _found(workbook(good_rows(2), extra=[("星座", ["白羊", "金牛"])]))
    assert (found["code"], found["row"], found["column"]) == ("file.unknown_column", None, "星座")


def test_a_column_that_comes_twice_is_an_error() -> None:
    (found,) = _found(workbook(good_rows(2), extra=[("性别", ["男", "女"])]))
    assert (found["code"], found["severity"], found["column"]) == ("file.repeated_column", "error", "性别")


def test_headers_by_alias_are_read_and_noted() -> None:
    data = workbook(good_rows(2), headers={"id_number": "身份证号码", "phone": "手机"})
    assert {(one["code"], one["column"]) for one in _found(data)} == {
        ("file.header_alias", "身份证号码"), ("file.header_alias", "手机"),
    }  # fmt: skip
    rows = good_rows(2)
    rows[1]["id_number"] = rows[1]["id_number"][:17]
    wrong = [one for one in _found(workbook(rows, headers={"id_number": "身份证号码"})) if one["row"]]
    assert [(one["row"], one["column"]) for one in wrong] == [(3, "身份证号码")]


@pytest.mark.parametrize("pattern", ["监护人{}{}", "监护人{}·{}", "监护人{}-{}", "监护人{}：{}", "监护人 {} {}"])
def test_repeated_columns_may_be_qualified_in_several_ways(pattern: str) -> None:
    headers = {
        column.code: pattern.format(column.index, column.field.label)
        for column in columns()
        if column.index is not None
    }
    assert _found(workbook(good_rows(2), headers=headers)) == []


def test_repeated_columns_of_the_official_form_are_told_apart_by_their_order() -> None:
    headers = {column.code: column.field.label for column in columns() if column.index is not None}
    rows = good_rows(2)
    rows[0]["guardian_2_phone"] = "12"
    (found,) = _found(workbook(rows, headers=headers))
    assert (found["code"], found["row"], found["column"]) == ("phone.malformed", 2, "联系电话")


def test_marks_and_remarks_in_headers_do_not_matter() -> None:
    headers = {"name": "★姓 名（必填）", "birth_date": "出生日期\n（格式2001-09-03）", "nationality": "国籍地区"}
    assert {one["code"] for one in _found(workbook(good_rows(2), headers=headers))} <= {"file.header_alias"}


def test_a_doubled_document_is_found_at_every_row_that_bears_it() -> None:
    rows = good_rows(4)
    for code in ("id_number", "birth_date", "gender"):
        rows[3][code] = rows[1][code]
    found = [one for one in _found(workbook(rows)) if one["code"] == "duplicate.document"]
    assert [(one["row"], one["column"], one["severity"]) for one in found] == [
        (3, "身份证件号", "error"), (5, "身份证件号", "error"),
    ]  # fmt: skip
    assert "第 5 行" in found[0]["message"]


def test_a_doubled_registration_number_is_found_at_every_row_that_bears_it() -> None:
    rows = good_rows(8)
    rows[1]["registration_number"] = rows[7]["registration_number"] = f"{SCHOOL_CODE}20060107"
    found = _found(workbook(rows))
    assert [(one["code"], one["row"]) for one in found] == [("regno.doubled", 3), ("regno.doubled", 9)]


def test_the_same_name_and_birth_date_is_a_query_at_both_rows() -> None:
    rows = [good_row(0), {**good_row(0), "class_serial": "9"}]
    rows[1]["id_number"] = resident_id.compose(
        "320105", _date(rows[1]["birth_date"]), int(rows[1]["id_number"][14:17]) + 2
    )
    found = _found(workbook(rows))
    assert [(one["code"], one["row"], one["severity"]) for one in found] == [
        ("duplicate.person", 2, "query"), ("duplicate.person", 3, "query"),
    ]  # fmt: skip


def _date(text: str) -> Any:
    from datetime import date

    return date.fromisoformat(text)


def test_twins_bear_no_finding() -> None:
    first, second = good_row(0), {**good_row(0), "name": "试甲丑春", "class_serial": "2"}
    second["id_number"] = resident_id.compose(
        "320104", _date(second["birth_date"]), int(second["id_number"][14:17]) + 2
    )
    assert _found(workbook([first, second])) == []


def test_blank_rows_are_passed_over_and_said() -> None:
    rows = [good_row(0), {}, good_row(1)]
    (found,) = _found(workbook(rows))
    assert (found["code"], found["severity"]) == ("file.blank_rows", "note")
    assert "第 3 行" in found["message"]


def test_the_row_of_a_finding_is_the_row_of_the_sheet() -> None:
    rows = [good_row(0), {}, {**good_row(1), "gender": "x"}]
    found = [one for one in _found(workbook(rows)) if one["code"] == "code.unknown"]
    assert [one["row"] for one in found] == [4]


def test_the_template_of_another_school_or_kind_is_noticed() -> None:
    other = context(code="32010421002", name="秦淮另一小学")
    assert "file.other_school" in _codes(write_template(other, good_rows(1)))
    assert "file.other_kind" in _codes(write_template(context("entrants"), good_rows(1, kind="entrants")))


def test_a_filled_template_bears_no_finding() -> None:
    data = write_template(context(), good_rows(30))
    result = check_workbook(data, context())
    assert (result.rows, result.clean, result.as_json()["findings"]) == (30, 30, [])


def test_an_empty_template_says_that_there_is_no_pupil() -> None:
    assert _codes(write_template(context())) == {"file.no_rows"}


def test_the_workbook_with_findings_can_be_corrected_and_read_again() -> None:
    rows = good_rows(3)
    rows[1]["gender"] = "不知"
    result = check_workbook(workbook(rows), context())
    again = check_workbook(write_annotated(result), context())
    assert [(one.code, one.row) for one in again.found()] == [("code.unknown", 3)]


def _made(fill: Callable[[xlsxwriter.Workbook], None]) -> bytes:
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True})
    fill(book)
    book.close()
    return target.getvalue()


def _heads(book: xlsxwriter.Workbook, name: str) -> Any:
    sheet = book.add_worksheet(name)
    for place, column in enumerate(columns()):
        sheet.write_string(0, place, column.label)
    return sheet


def _several_sheets(book: xlsxwriter.Workbook) -> None:
    _heads(book, "一年级")
    _heads(book, "二年级")


def _far_cell(book: xlsxwriter.Workbook) -> None:
    _heads(book, "名册").write_string(1048575, 3, "x")


def _wide(book: xlsxwriter.Workbook) -> None:
    _heads(book, "名册").write_string(0, 900, "x")


def _no_header(book: xlsxwriter.Workbook) -> None:
    book.add_worksheet("x").write_string(0, 0, "你好")


def _zip(parts: dict[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as package:
        for name, data in parts.items():
            package.writestr(name, data)
    return target.getvalue()


HOSTILE: tuple[tuple[str, Callable[[], bytes]], ...] = (
    ("workbook.empty_file", bytes),
    ("workbook.not_a_workbook", "姓名,性别\n".encode),
    ("workbook.not_a_workbook", lambda: b"%PDF-1.4"),
    ("workbook.not_a_workbook", lambda: _zip({"word/document.xml": b"<a/>"})),
    ("workbook.not_a_workbook", lambda: workbook(good_rows(5))[:5000]),
    ("workbook.old_format", lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600),
    ("workbook.encrypted", lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le")),
    ("workbook.too_large", lambda: _zip({"xl/workbook.xml": b"<a/>", "xl/big.xml": b"0" * 400 * 1024 * 1024})),
    ("workbook.too_large", lambda: b"PK\x03\x04" + os.urandom(21 * 1024 * 1024)),
    ("workbook.too_many_rows", lambda: _made(_far_cell)),
    ("workbook.too_many_columns", lambda: _made(_wide)),
    ("workbook.several_sheets", lambda: _made(_several_sheets)),
    ("workbook.no_header", lambda: _made(_no_header)),
    ("workbook.damaged", lambda: _zip({"xl/workbook.xml": b"<sheets/>", "xl/_rels/workbook.xml.rels": b"<<<"})),
)


@pytest.mark.parametrize(("code", "make"), HOSTILE, ids=[f"{code}-{i}" for i, (code, _) in enumerate(HOSTILE)])
def test_what_is_no_roster_gets_one_clear_answer(code: str, make: Callable[[], bytes]) -> None:
    with pytest.raises(Refused) as refused:
        check_workbook(make(), context())
    assert refused.value.code == code
    assert "。" in refused.value.message
    assert check_workbook(workbook(good_rows(1)), context()).clean == 1  # the reader goes on


def test_a_million_empty_rows_are_passed_over() -> None:
    """Cells that bear a look and no value, down to the end of the sheet."""
    blank = "".join(f'<row r="{row}"><c r="A{row}"/></row>' for row in range(3, 1_000_001)).encode()
    target = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(workbook(good_rows(1)))) as made,
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as longer,
    ):
        for name in made.namelist():
            part = made.read(name)
            if name.endswith("sheet1.xml"):
                assert part.count(b"</sheetData>") == 1
                part = part.replace(b"</sheetData>", blank + b"</sheetData>")
            longer.writestr(name, part)
    (found,) = _found(target.getvalue())
    assert found["code"] == "file.blank_rows"


def test_another_sheet_without_a_roster_is_passed_over_with_a_note() -> None:
    def fill(book: xlsxwriter.Workbook) -> None:
        sheet = _heads(book, "名册")
        for place, column in enumerate(columns()):
            sheet.write_string(1, place, good_row(0).get(column.code, ""))
        book.add_worksheet("备注").write_string(0, 0, "本表由教务处保存")

    assert [(one["code"], one["severity"]) for one in _found(_made(fill))] == [("file.other_sheet", "note")]


def test_a_thousand_rows_are_read_and_checked_within_a_quarter_second_of_processor_time() -> None:
    data, where = workbook([{**row, "class_serial": ""} for row in good_rows(1000)]), context()
    check_workbook(data, where)
    best = min(_processor_time(data, where) for _ in range(3))
    assert best <= 0.25


def _processor_time(data: bytes, where: Any) -> float:
    begun = time.process_time()
    assert check_workbook(data, where).clean == 1000
    return time.process_time() - begun
