"""建档情况 at the page: the school's list with what each record lacks, the bureau's schools, the file (clause B3)."""

from __future__ import annotations

import io

import openpyxl
import pytest

from tests.small_city import PRIMARY, QINHUAI, SmallCity
from xueji.doors.web.tests.support import signed_in
from xueji.ground.accounts.context import acting
from xueji.ground.disclosure import selectors as disclosure
from xueji.registry.register.tests.lives import Lives

pytestmark = pytest.mark.django_db


def test_who_is_not_established_is_listed_with_what_is_lacking_and_where_to_mend_it(small_city: SmallCity) -> None:
    lives, city = Lives(small_city), small_city
    lives.open(name="江一")
    lacking = lives.open(name="江二", ethnic_group=None)
    school = signed_in(city.registrar(PRIMARY))
    page = school.get("/pupils/completeness/").content.decode()
    assert "未建档 1 人" in page
    assert "江二" in page
    assert "江一" not in page
    assert f"/changes/new/correction/{lacking.student}/" in page
    file = school.get(f"/pupils/completeness/file/?school={city.id(PRIMARY)}")
    sheet = openpyxl.load_workbook(io.BytesIO(file.content)).active
    assert sheet is not None
    assert {row[0] for row in sheet.iter_rows(min_row=2, values_only=True)} == {"江二"}
    with acting(city.registrar(PRIMARY)):
        assert [line.ground for line in disclosure.lines(kinds=["export"])] == ["下载建档情况"]


def test_the_bureau_sees_its_schools_and_opens_one(small_city: SmallCity) -> None:
    lives, city = Lives(small_city), small_city
    lives.open(name="江二", ethnic_group=None)
    bureau = signed_in(city.clerk(QINHUAI))
    page = bureau.get("/pupils/completeness/").content.decode()
    assert f"?school={city.id(PRIMARY)}" in page
    opened = bureau.get(f"/pupils/completeness/?school={city.id(PRIMARY)}").content.decode()
    assert "江二" in opened
    assert "补充</a>" not in opened
    assert bureau.get("/pupils/completeness/?school=00000000-0000-0000-0000-000000000001").status_code == 404
