"""Invented pupils for tests of the intake: good rows, and the workbook that holds them. Every name is generated."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import xlsxwriter

from xueji.ground.parameters.build import rulebook_from_files
from xueji.pure.kernel import resident_id
from xueji.pure.kernel.catalogue import Column
from xueji.pure.rules import OPENING, RuleContext, SchoolFacts
from xueji.registry.intake.headers import columns_of

SCHOOL_CODE = "32010421001"
TODAY = date(2008, 11, 3)
BASE_DATE = date(2007, 9, 15)
_GIVEN = ("甲乙丙丁戊己庚辛壬癸", "子丑寅卯辰巳午未申酉戌亥", "春夏秋冬晨曦雨雪江河湖海")


def context(kind: str = OPENING, **school: Any) -> RuleContext:
    """The rulebook of 秦淮 from the files, an invented primary school, the base date or the autumn of 2008."""
    book = rulebook_from_files(TODAY, "320104")
    facts = {"code": SCHOOL_CODE, "name": "秦淮云锦小学", "stages": ("primary",)} | school
    on = BASE_DATE if kind == OPENING else date(2008, 9, 1)
    return RuleContext(book, kind, TODAY, on, SchoolFacts(**facts))


def name_of(number: int) -> str:
    """An invented name, another one for each of 1,440 numbers."""
    return "试" + _GIVEN[0][number % 10] + _GIVEN[1][number // 10 % 12] + _GIVEN[2][number // 120 % 12]


def good_row(number: int = 0, *, kind: str = OPENING, grade: int | None = None) -> dict[str, str]:
    """A row without a finding: field code → text as a registrar types it."""
    year = 2007 if kind == OPENING else 2008
    grade = grade if grade is not None else (number % 6 + 1 if kind == OPENING else 1)
    born = date(year - grade - 6 + 1 - 1 + 0, 3 + number % 5, 1 + number // 5 % 27)
    male = number % 2 == 0
    order = (number * 2 + (1 if male else 2)) % 998 + 1
    order += (order % 2 == 1) != male
    parent = resident_id.compose("320104", date(born.year - 28, 5, 1 + number % 28), 101 + number % 400 * 2)
    mother = resident_id.compose("320104", date(born.year - 26, 6, 1 + number % 28), 102 + number % 400 * 2)
    address = f"南京市秦淮区示例路{number + 1}号2幢301室"
    return {
        "name": name_of(number),
        "gender": "男" if male else "女",
        "birth_date": born.isoformat(),
        "birthplace": "320104000000",
        "native_place": "320100",
        "ethnic_group": "汉族",
        "nationality": "中国",
        "id_document_type": "居民身份证",
        "id_number": resident_id.compose("320104", born, order),
        "overseas_status": "否",
        "health_status": "健康或良好",
        "hukou_place": "320104000000",
        "hukou_type": "非农业家庭户口",
        "class_serial": str(number // 6 % 99 + 1) if number < 594 else "",
        "grade": str(grade),
        "class_no": "1",
        "enrolment_month": f"{year - grade + 1 if grade < 7 else year - grade + 7}-09",
        "entry_mode": "就近入学",
        "attendance_mode": "走读",
        "current_address": address,
        "mailing_address": address,
        "home_address": address,
        "phone": f"025-8{3000000 + number}",
        "postcode": "210001",
        "only_child": "是",
        "preschool_education": "是",
        "left_behind_child": "非留守儿童",
        "migrant_worker_child": "否",
        "orphan": "否",
        "martyr_or_special_care_child": "否",
        "inclusion_status": "非随班就读",
        "aid_application": "否",
        "boarding_subsidy": "否",
        "commute_distance": "1",
        "commute_mode": "步行",
        "school_bus": "否",
        "guardian_1_name": name_of(number) + "父",
        "guardian_1_relation": "父亲",
        "guardian_1_ethnic_group": "汉族",
        "guardian_1_current_address": address,
        "guardian_1_phone": f"139{number:08d}",
        "guardian_1_is_guardian": "是",
        "guardian_1_id_document_type": "居民身份证",
        "guardian_1_id_number": parent,
        "guardian_2_name": name_of(number) + "母",
        "guardian_2_relation": "母亲",
        "guardian_2_phone": f"138{number:08d}",
        "guardian_2_is_guardian": "是",
        "guardian_2_id_document_type": "居民身份证",
        "guardian_2_id_number": mother,
    }


def good_rows(count: int, *, kind: str = OPENING) -> list[dict[str, str]]:
    """Many good rows."""
    return [good_row(number, kind=kind) for number in range(count)]


def columns(kind: str = OPENING, *, with_sites: bool = False) -> tuple[Column, ...]:
    """The columns of a workbook."""
    return columns_of(context(kind).catalogue, kind, with_sites=with_sites)


def workbook(
    rows: Sequence[Mapping[str, Any]],
    *,
    kind: str = OPENING,
    headers: Mapping[str, str] | None = None,
    leave_out: Sequence[str] = (),
    extra: Sequence[tuple[str, Sequence[Any]]] = (),
    order: Sequence[str] | None = None,
    with_sites: bool = False,
) -> bytes:
    """A workbook with every column of the kind: text as text, numbers, booleans and dates as such.

    ``headers``: field code → another header; ``extra``: further columns at the right (header, cells).
    """
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True})
    sheet = book.add_worksheet("学生名册")
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    codes = [column.code for column in columns(kind, with_sites=with_sites) if column.code not in leave_out]
    labels = {column.code: column.label for column in columns(kind, with_sites=with_sites)} | dict(headers or {})
    for place, code in enumerate(order or codes):
        sheet.write_string(0, place, labels[code])
        for line, row in enumerate(rows, start=1):
            value = row.get(code, "")
            if isinstance(value, str):
                if value.startswith("="):
                    sheet.write_formula(line, place, value, None, "公式的值")
                elif value:
                    sheet.write_string(line, place, value)
            elif isinstance(value, date):
                sheet.write_datetime(line, place, value, day)
            elif value is not None:
                sheet.write(line, place, value)
    for offset, (header, cells) in enumerate(extra, start=len(order or codes)):
        sheet.write_string(0, offset, header)
        for line, cell in enumerate(cells, start=1):
            sheet.write(line, offset, cell)
    book.close()
    return target.getvalue()
