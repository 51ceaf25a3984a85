"""The pages of the ledgers, the forms for the parents, and the school year's calendar."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from datetime import datetime

import openpyxl
import pytest
from django.test import Client

from tests.small_city import BAIXIA_PRIMARY, CITY, PRIMARY, QINHUAI, Beginning, SmallCity
from tests.test_access_doors import signed_in
from xueji.pure.kernel.environment import LOCAL_ZONE, SeededEnvironment
from xueji.pure.kernel.types import Role
from xueji.registry.applications.tests.support import child, enrol, step
from xueji.registry.applications.tests.ways import lodge_transfer, people

pytestmark = pytest.mark.usefixtures("fresh_database")


def begin_with_a_transfer(city: SmallCity, environment: SeededEnvironment) -> str:
    """A child who moved from 秦淮 to 白下 in September 2008: the name."""
    rows = [child(1), child(2)]
    enrol(city, rows)
    enrol(city, [child(3)], school=BAIXIA_PRIMARY, bureau="320103", file="b")
    environment.move_to(datetime(2008, 9, 22, 9, tzinfo=LOCAL_ZONE))
    made = lodge_transfer(city, rows[0])
    for actor, act in people(city):
        step(actor, made.application, act)
    return str(rows[0]["name"])


@pytest.fixture
def beginning() -> Beginning:
    return begin_with_a_transfer


@pytest.fixture
def moved(begun: str) -> str:
    return begun


def _client(city: SmallCity, code: str, role: Role = Role.REGISTRAR) -> Client:
    return signed_in(city.actor(code, role))


def test_both_schools_and_the_city_find_the_transfer_in_their_ledgers(small_city: SmallCity, moved: str) -> None:
    for code, role, ledger in (
        (PRIMARY, Role.REGISTRAR, "transfers_out"),
        (BAIXIA_PRIMARY, Role.REGISTRAR, "transfers_in"),
        (CITY, Role.CLERK, "transfers_in"),
        (QINHUAI, Role.HEAD, "transfers_out"),
    ):
        page = _client(small_city, code, role).get(f"/manage/ledgers/{ledger}/").content.decode()
        assert moved in page, (code, ledger)
        assert "举家迁居" in page
        assert "2008-09-22" in page
        number = re.search(
            r'data-label="卷号"[^>]*><a href="(/changes/[0-9a-f-]{36}/)">(\d{6}-2008-03-[^<]+)</a>', page
        )
        assert number, "the line leads to its file"
        assert f"卷号 {number[2]}" in _client(small_city, code, role).get(number[1]).content.decode().replace(
            "</dt><dd>", " "
        )


def test_the_printed_ledger_has_title_file_number_and_lines_to_sign(small_city: SmallCity, moved: str) -> None:
    page = _client(small_city, PRIMARY).post("/manage/ledgers/transfers_out/print/").content.decode()
    assert "2008-2009 学年转出学生台账" in page
    assert "320103-2008-03-" in page or "320104-2008-03-" in page
    for who in ("制表人", "校对人", "分管校长"):
        assert who in page


def test_a_ledger_is_exported_in_the_background_with_a_ground(
    small_city: SmallCity, moved: str, run_jobs: Callable[[], None]
) -> None:
    client = _client(small_city, PRIMARY)
    refused = client.post("/manage/ledgers/export/", {"ledger": "transfers_out", "ground": ""})
    assert refused.status_code == 403
    asked = client.post("/manage/ledgers/export/", {"ledger": "transfers_out", "ground": "2008 年度台账归档"})
    run_jobs()
    where = asked["Location"]
    assert "下载文件" in client.get(where).content.decode()
    made = client.get(f"{where}file/")
    sheet = openpyxl.load_workbook(io.BytesIO(made.content)).active
    assert sheet is not None
    assert moved in [cell.value for cell in sheet[4]]
    assert _client(small_city, BAIXIA_PRIMARY).get(where).status_code == 404


def test_the_summary_is_exported_as_a_workbook_of_its_own(
    small_city: SmallCity, moved: str, run_jobs: Callable[[], None]
) -> None:
    client = _client(small_city, CITY, Role.CLERK)
    asked = client.post("/manage/ledgers/export/", {"ledger": "summary", "ground": "2008 年度变动汇总"})
    run_jobs()
    book = openpyxl.load_workbook(io.BytesIO(client.get(f"{asked['Location']}file/").content))
    assert book.sheetnames == ["在籍增减", "变动件数", "按区县"]
    page = client.get("/manage/ledgers/summary/").content.decode()
    assert "秦淮区教育局" in page


def test_a_ledger_or_year_that_is_not_there_is_not_found_and_a_strange_school_counts_as_none(
    small_city: SmallCity, moved: str
) -> None:
    client = _client(small_city, QINHUAI, Role.CLERK)
    assert client.get("/manage/ledgers/nothing/").status_code == 404
    page = client.get(f"/manage/ledgers/transfers_in/?school={small_city.id(BAIXIA_PRIMARY)}")
    assert moved not in page.content.decode()


def test_the_forms_of_a_class_come_as_one_pdf(small_city: SmallCity, moved: str) -> None:
    client = _client(small_city, PRIMARY)
    page = client.get("/pupils/forms/").content.decode()
    group = page.split('name="class"')[1].split('option value="')[2].split('"')[0]
    made = client.post("/pupils/forms/", {"form": "checking", "class": group})
    assert made["Content-Type"] == "application/pdf"
    assert made.content.startswith(b"%PDF")
    missing = client.post("/pupils/forms/", {"form": "checking", "class": group, "full": "1", "ground": ""})
    assert missing.status_code == 409
    assert "事由" in missing.content.decode()
    assert _client(small_city, QINHUAI, Role.CLERK).get("/pupils/forms/").status_code == 404


def test_the_calendar_marks_today_and_leads_each_post_to_its_page(small_city: SmallCity, moved: str) -> None:
    page = _client(small_city, PRIMARY).get("/calendar/").content.decode()
    assert "2008-2009 学年" in page
    assert "今天　2008 年 9 月 22 日" in page
    assert "学校上报截止" in page
    assert "已结束" in page, "the roll-call of September is over"
    assert 'href="/returns/"' in page
    assert _client(small_city, PRIMARY).get("/calendar/?year=1066").status_code == 200
    research = _client(small_city, CITY, Role.RESEARCH).get("/calendar/").content.decode()
    assert 'href="/returns/">' not in research


def test_the_calendar_file_has_whole_days_lines_of_75_octets_and_no_name(small_city: SmallCity, moved: str) -> None:
    made = _client(small_city, PRIMARY).get("/calendar/2008.ics")
    lines = made.content.split(b"\r\n")
    assert made["Content-Type"].startswith("text/calendar")
    assert lines[0] == b"BEGIN:VCALENDAR"
    assert b"DTSTART;VALUE=DATE:20080915" in lines
    assert all(len(line) <= 75 for line in lines)
    assert lines.count(b"BEGIN:VEVENT") == lines.count(b"END:VEVENT") > 10
    assert moved.encode() not in made.content
    assert _client(small_city, PRIMARY).get("/calendar/1999.ics").status_code == 404


def test_the_first_page_says_nanjings_day_also_before_eight_in_the_morning(
    small_city: SmallCity, moved: str, environment: SeededEnvironment
) -> None:
    environment.move_to(datetime(2008, 9, 23, 7, 30, tzinfo=LOCAL_ZONE))  # in UTC it is still the 22nd, at night
    page = _client(small_city, PRIMARY).get("/").content.decode()
    assert "2008 年 9 月 23 日　星期二" in page
    assert "早上好" in page
    assert "截至 2008-09-23" in page
