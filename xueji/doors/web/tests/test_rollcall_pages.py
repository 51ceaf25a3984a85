"""报到注册 at the pages: a registrar's way from the list to the closing, and what a bureau sees of it."""

from __future__ import annotations

import io
import re
from datetime import UTC, date, datetime
from uuid import UUID

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.small_city import BAIXIA_PRIMARY, CITY, PRIMARY, QINHUAI, SmallCity
from xueji.doors.web.tests.support import load, signed_in
from xueji.ground.accounts.context import acting
from xueji.ground.disclosure import selectors as disclosure
from xueji.pure.kernel.environment import SeededEnvironment
from xueji.registry.intake.tests.invented import good_row, name_of
from xueji.registry.rollcall import selectors, services
from xueji.registry.rollcall.types import Called

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(small_city: SmallCity, environment: SeededEnvironment) -> Client:
    load(small_city, PRIMARY, range(6), 3, QINHUAI)
    environment.move_to(datetime(2008, 9, 3, 2, tzinfo=UTC))
    return signed_in(small_city.registrar())


def begun(client: Client) -> tuple[str, UUID]:
    address = client.post("/rollcall/open/", {"term": "2008-autumn"}).headers["Location"]
    return address, UUID(address.rstrip("/").rsplit("/", 1)[1])


def class_page(client: Client, address: str) -> str:
    found = re.search(r'href="(/rollcall/[^"]+/class/\?group=[0-9a-f-]{36})"', client.get(address).content.decode())
    assert found
    return found[1]


def test_a_registrar_begins_calls_a_class_and_the_deputy_head_closes(client: Client, small_city: SmallCity) -> None:
    assert "生成报到名单" in client.get("/rollcall/").content.decode()
    address, roll = begun(client)
    page = client.get("/rollcall/", follow=True).content.decode()
    assert "进行中" in page
    assert "还有 6 人未登记" in page
    where = class_page(client, address)
    with acting(small_city.registrar()):
        ill = selectors.lines([roll])[0]
    saved = client.post(where, {"act": "rest", f"p-{ill.id}": "excused", f"r-{ill.id}": "水痘，月中返校"}, follow=True)
    assert "已保存 1 人，其余 5 人登记为“到”" in saved.content.decode()
    deputy = signed_in(small_city.deputy_head())
    assert "审核办结…" in deputy.get(address).content.decode()
    done = deputy.post(f"{address}act/", {"act": "close"}, follow=True).content.decode()
    assert "已办结" in done
    assert client.post(where, {f"p-{ill.id}": "here"}).status_code == 409


def test_what_was_typed_stays_when_a_row_is_refused(client: Client, small_city: SmallCity) -> None:
    address, roll = begun(client)
    where = class_page(client, address)
    with acting(small_city.registrar()):
        first, second, *_ = selectors.lines([roll])
    answer = client.post(
        where, {"act": "save", f"p-{first.id}": "excused", f"p-{second.id}": "absent", f"r-{second.id}": "搬家"}
    )
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "请写明事由" in page
    assert 'value="搬家"' in page
    with acting(small_city.registrar()):
        assert selectors.counts_of([roll])[roll].uncalled == 6, "nothing was written"


def test_a_contact_attempt_is_logged_and_the_end_is_said_at_the_pupils_page(
    client: Client, small_city: SmallCity, environment: SeededEnvironment
) -> None:
    address, roll = begun(client)
    with acting(small_city.registrar()) as actor:
        line = selectors.lines([roll])[0]
        services.enter(actor=actor, roll=roll, called=[Called(line.id, "absent")])
    where = f"/rollcall/line/{line.id}/"
    values = {"act": "contact", "on": "20080903", "way": "visit", "reached": "0", "who": "班主任", "result": "家中无人"}
    assert "联系记录已保存" in client.post(where, values, follow=True).content.decode()
    page = client.get(where).content.decode()
    assert "家中无人" in page
    assert f"/changes/new/suspension/{line.student}/" in page
    refused = client.post(where, {"act": "settle", "outcome": "suspension", "on": "2008-09-03"})
    assert refused.status_code == 409
    assert "还没有为这名学生提出“休学”的申请" in refused.content.decode()
    environment.move_to(datetime(2008, 9, 8, 2, tzinfo=UTC))
    settled = client.post(where, {"act": "settle", "outcome": "came", "on": "2008-09-05"}, follow=True)
    assert "2008-09-05 到校" in settled.content.decode()
    third = client.get(f"{address}absent/?show=first").content.decode()
    assert line.name in third
    assert "没有学生" in client.get(f"{address}absent/?show=open").content.decode()


def test_the_class_lists_are_handed_out_as_a_workbook_and_come_back(client: Client, small_city: SmallCity) -> None:
    address, roll = begun(client)
    book = openpyxl.load_workbook(io.BytesIO(client.post(f"{address}workbook/", {"group": ""}).content))
    sheet = book["报到名单"]
    assert [cell.value for cell in sheet[1]][:4] == ["编号", "班级", "学号", "姓名"]
    assert sheet.max_row == 7
    for row in range(2, 7):
        sheet.cell(row, 6).value = "到"
    sheet.cell(7, 6).value, sheet.cell(7, 8).value = "未到，有事由", "骨折"
    sheet.cell(8, 2).value, sheet.cell(8, 4).value = "四（1）班", "试外来"
    buffer = io.BytesIO()
    book.save(buffer)
    page = client.post(f"{address}upload/", {"file": SimpleUploadedFile("a.xlsx", buffer.getvalue())}, follow=True)
    words = page.content.decode()
    assert "已登记 6 人的到校情况" in words
    assert "试外来（四（1）班）" in words
    with acting(small_city.registrar()) as actor:
        counts = selectors.counts_of([roll])[roll]
        line = disclosure.lines(kinds=["export"])[0]
        assert (line.count, line.person) == (6, actor.person)
    assert (counts.here, counts.excused, counts.uncalled) == (5, 1, 0)


def test_a_row_that_cannot_be_read_refuses_the_whole_workbook(client: Client, small_city: SmallCity) -> None:
    address, roll = begun(client)
    book = openpyxl.load_workbook(io.BytesIO(client.post(f"{address}workbook/", {}).content))
    sheet = book["报到名单"]
    sheet.cell(2, 6).value = "到"
    sheet.cell(3, 6).value = "大概到了"
    buffer = io.BytesIO()
    book.save(buffer)
    answer = client.post(f"{address}upload/", {"file": SimpleUploadedFile("a.xlsx", buffer.getvalue())})
    assert answer.status_code == 409
    assert "第 3 行" in answer.content.decode()
    for wrong in (b"nonsense", b""):
        assert client.post(f"{address}upload/", {"file": SimpleUploadedFile("a.xlsx", wrong)}).status_code == 409
    with acting(small_city.registrar()):
        assert selectors.counts_of([roll])[roll].uncalled == 6


def test_the_paper_lists_are_logged_as_a_print(client: Client, small_city: SmallCity) -> None:
    address, _ = begun(client)
    page = client.post(f"{address}paper/", {"group": ""}).content.decode()
    assert name_of(0) in page
    assert "班主任（签字）" in page
    with acting(small_city.registrar()):
        assert [line.ground for line in disclosure.lines(kinds=["print"])] == ["打印2008-2009 学年第一学期报到名单"]


def test_a_pupil_without_a_record_here_is_found_where_the_record_is(client: Client, small_city: SmallCity) -> None:
    load(small_city, BAIXIA_PRIMARY, range(20, 21), 3, "320103")
    address, _ = begun(client)
    values = {"act": "add", "name": name_of(20), "found_by": good_row(20, grade=3)["id_number"], "document_type": "1"}
    page = client.post(f"{address}separated/", values, follow=True).content.decode()
    assert "学籍在“白下月华小学”" in page
    assert "1 人待处理" in page
    assert good_row(20, grade=3)["id_number"] not in page
    row = re.search(r'name="row" value="([0-9a-f-]{36})"', page)
    assert row
    done = client.post(f"{address}separated/", {"act": "settle", "row": row[1], "outcome": "left"}, follow=True)
    assert "没有待处理的" in done.content.decode()


def test_a_bureau_sees_its_schools_the_city_the_sums_and_both_may_open_the_list(
    client: Client, small_city: SmallCity, environment: SeededEnvironment
) -> None:
    address, roll = begun(client)
    with acting(small_city.registrar()) as actor:
        line = selectors.lines([roll])[0]
        services.enter(actor=actor, roll=roll, called=[Called(line.id, "absent", reason="")])
    clerk = signed_in(small_city.clerk(QINHUAI))
    page = clerk.get("/rollcall/").content.decode()
    assert "秦淮云锦小学" in page
    assert "未开始" in page
    assert line.name in clerk.get(f"{address}absent/?show=absent").content.decode()
    assert clerk.post(f"/rollcall/line/{line.id}/", {"act": "contact"}).status_code == 409
    environment.move_to(datetime(2008, 9, 16, 2, tzinfo=UTC))
    page = clerk.get("/rollcall/?bucket=late").content.decode()
    assert "进行中，逾期" in page
    city = signed_in(small_city.head(CITY)).get("/rollcall/").content.decode()
    assert "秦淮区教育局" in city
    assert "市直属学校" in city
    assert "逾期" in city
    assert signed_in(small_city.head(CITY)).get(f"/rollcall/?bureau={small_city.id(QINHUAI)}").status_code == 200


def test_the_term_of_another_day_shows_what_was_done_then(client: Client, environment: SeededEnvironment) -> None:
    begun(client)
    environment.move_to(datetime(2009, 2, 20, 2, tzinfo=UTC))
    assert "还没有生成报到名单" in client.get("/rollcall/").content.decode()
    old = client.get("/rollcall/?term=2008-autumn", follow=True).content.decode()
    assert date(2008, 9, 15).isoformat() in old


def test_a_bureaus_list_of_ghosts_says_in_which_class_the_child_was_found(
    client: Client, small_city: SmallCity
) -> None:
    _, roll = begun(client)
    with acting(small_city.registrar()) as actor:
        line = selectors.lines([roll])[0]
        services.enter(actor=actor, roll=roll, called=[Called(line.id, "absent")])
    other = signed_in(small_city.registrar(BAIXIA_PRIMARY))
    address, _ = begun(other)
    row = next(good_row(n, grade=3) for n in range(6) if name_of(n) == line.name)
    other.post(
        f"{address}separated/",
        {"act": "add", "name": line.name, "found_by": row["id_number"], "document_type": "1"},
    )
    page = signed_in(small_city.head(CITY)).get("/rollcall/ghosts/").content.decode()
    assert "空挂 1 人" in page
    assert "在白下月华小学上课" in page


def test_the_first_page_says_what_of_the_roll_call_waits(client: Client, small_city: SmallCity) -> None:
    assert "报到注册 · 生成名单" in client.get("/").content.decode()
    address, _ = begun(client)
    assert "未登记 6 人" in client.get("/").content.decode()
    client.post(class_page(client, address), {"act": "rest"})
    assert "未登记" not in client.get("/").content.decode()
    assert "报到注册 · 审核办结" in signed_in(small_city.deputy_head()).get("/").content.decode()


def test_a_closed_list_is_put_right_beside_it_on_page_and_paper(client: Client, small_city: SmallCity) -> None:
    address, roll = begun(client)
    where = class_page(client, address)
    client.post(where, {"act": "rest"})
    deputy, bureau = signed_in(small_city.deputy_head()), signed_in(small_city.head(QINHUAI))
    deputy.post(f"{address}act/", {"act": "close"})
    with acting(small_city.registrar()):
        line = selectors.lines([roll])[0]
    page = f"/rollcall/line/{line.id}/"
    assert page in client.get(where).content.decode()
    values = {"act": "supplement", "presence": "absent", "why": "班主任误登为到"}
    assert client.post(page, {**values, "why": ""}).status_code == 409
    assert "更正已提出" in client.post(page, values, follow=True).content.decode()
    assert "报到注册 · 审核更正" in deputy.get("/").content.decode()
    found = re.search(r'name="supplement" value="([0-9a-f-]{36})"', deputy.get(page).content.decode())
    assert found
    agreed = deputy.post(page, {"act": "agree", "supplement": found[1]}, follow=True).content.decode()
    assert "第 1 号更正已记入学校的学籍簿" in agreed
    rolled = bureau.get(address).content.decode()
    for words in ("办结时", "更正后", "含 1 件更正", "班主任误登为到"):
        assert words in rolled
    assert "第 1 号更正：未到，无事由" in client.get(where).content.decode()
    paper = client.post(f"{address}paper/", {"group": ""}).content.decode()
    assert "第 1 号更正：未到，无事由" in paper
    assert "名单摘要" in paper
    assert f'href="{address}"' in bureau.get("/changes/notices/").content.decode()
