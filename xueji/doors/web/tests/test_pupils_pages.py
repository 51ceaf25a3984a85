"""Pupils at the pages: masked by default, revealed and exported on a ground, found by what is typed."""

from __future__ import annotations

import io
import re
from uuid import UUID

import openpyxl
import pytest
from django.test import Client

from tests.small_city import PRIMARY, QINHUAI, SmallCity
from xueji.doors.web.tests.support import load, signed_in
from xueji.ground.accounts.context import acting
from xueji.ground.disclosure import selectors as disclosure
from xueji.registry.intake.tests.invented import good_row, name_of
from xueji.registry.register import selectors as register
from xueji.registry.register.models import Export
from xueji.registry.register.services.exporting import make_export

pytestmark = pytest.mark.django_db
SECRETS = ("id_number", "phone", "current_address", "guardian_1_phone", "guardian_1_id_number")


@pytest.fixture
def client(small_city: SmallCity) -> Client:
    load(small_city, PRIMARY, range(6), 3, QINHUAI)
    return signed_in(small_city.registrar(PRIMARY))


def _student(city: SmallCity, number: int = 0) -> UUID:
    actor = city.registrar(PRIMARY)
    with acting(actor):
        found = register.find_students(schools=[actor.organisation], query=name_of(number))
    return found.pupils[0].student


def test_a_pupils_page_shows_no_full_number_phone_or_address(client: Client, small_city: SmallCity) -> None:
    page = client.get(f"/pupils/{_student(small_city)}/").content.decode()
    row = good_row(0, grade=3)
    assert row["name"] in page
    assert re.search(r"3201\*{12}\w\w", page)
    for code in SECRETS:
        assert row[code] not in page, code


def test_the_timeline_names_a_class_as_it_was_called_on_that_day(client: Client, small_city: SmallCity) -> None:
    """Opened in grade 3 on 2007-09-15; a year later the same class group is a fourth grade."""
    page = client.get(f"/pupils/{_student(small_city)}/").content.decode()
    assert "编入三（1）班" in page
    assert "四（1）班" in page


def test_revealing_asks_for_a_ground_and_logs_it(client: Client, small_city: SmallCity) -> None:
    student, actor = _student(small_city), small_city.registrar(PRIMARY)
    asked = client.post(f"/pupils/{student}/reveal/", {"ground": "看"}).content.decode()
    assert "请写明" in asked
    page = client.post(f"/pupils/{student}/reveal/", {"ground": "核对户口簿"}).content.decode()
    row = good_row(0, grade=3)
    for code in SECRETS:
        assert row[code] in page, code
    other = client.post(f"/pupils/{_student(small_city, 1)}/reveal/", {"ground": ""}).content.decode()
    assert good_row(1, grade=3)["id_number"] in other, "the ground holds for the same piece of work"
    with acting(actor):
        lines = list(disclosure.lines(kinds=["reveal"]))
    assert [line.ground for line in lines] == ["核对户口簿", "核对户口簿"]
    assert len({line.work for line in lines}) == 1
    assert lines[-1].subjects == [student]


@pytest.mark.parametrize(
    "typed", [name_of(2), name_of(2)[:2], "20050103", f"{PRIMARY}20050103", good_row(2, grade=3)["id_number"]]
)
def test_the_search_box_finds_by_name_and_every_number(client: Client, small_city: SmallCity, typed: str) -> None:
    answer = client.post("/search/", {"q": typed}, follow=True)
    assert name_of(2) in answer.content.decode()
    assert typed not in str(answer.redirect_chain)


def test_what_was_typed_never_stands_in_an_address(client: Client) -> None:
    assert client.get("/search/?q=20050103").status_code == 405


def test_the_list_says_how_many_and_can_be_narrowed(client: Client) -> None:
    page = client.get("/pupils/").content.decode()
    assert re.search(r"在籍 <b>6</b> 人", page)
    narrowed = client.get("/pupils/?grade=4").content.decode()
    assert "年级：四年级" in narrowed
    assert narrowed.count("data-row") == 6
    assert "没有符合条件的学生" in client.get("/pupils/?status=suspended").content.decode()


def test_an_export_is_made_by_a_job_logged_with_its_ground_and_fetched_by_who_asked(
    client: Client, small_city: SmallCity
) -> None:
    actor = small_city.registrar(PRIMARY)
    assert client.post("/pupils/export/", {"ground": "x"}).status_code == 403
    answer = client.post("/pupils/export/", {"ground": "编排秋季座位表", "grade": "4", "full": "1"})
    address = answer.headers["Location"]
    assert "正在准备" in client.get(address).content.decode()
    export = UUID(address.rstrip("/").rsplit("/", 1)[1])
    make_export(actor=actor, export=export)
    assert "下载文件" in client.get(address).content.decode()
    book = openpyxl.load_workbook(io.BytesIO(client.get(f"{address}file/").content))
    rows = list(book["学生名单"].iter_rows(values_only=True))
    assert rows[0][:2] == ("姓名", "性别")
    assert len(rows) == 7
    assert good_row(0, grade=3)["id_number"] in {row[8] for row in rows}
    with acting(actor):
        line = disclosure.lines(kinds=["export"])[0]
        assert (line.ground, line.count) == ("编排秋季座位表", 6)
        content = bytes(Export.objects.get(pk=export).content or b"")
    assert b"PK" not in content[:4], "the file is sealed in the database"
    other = signed_in(small_city.proofreader(PRIMARY))
    assert other.get(address).status_code == 404
    assert other.get(f"{address}file/").status_code == 404


def test_the_accountability_sheet_names_everyone_of_each_step(client: Client, small_city: SmallCity) -> None:
    head = signed_in(small_city.head(QINHUAI))
    page = head.post("/manage/accountability/", {"number": f"{PRIMARY}20050101"}).content.decode()
    for actor in (
        small_city.registrar(PRIMARY),
        small_city.proofreader(PRIMARY),
        small_city.deputy_head(PRIMARY),
        small_city.head(QINHUAI),
    ):
        assert actor.name in page
    assert "320104-2007-01-0001" in page or "卷号" in page
