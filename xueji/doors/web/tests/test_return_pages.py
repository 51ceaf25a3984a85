"""上报 at the pages: what is asked is answered at its line, a note comes back, figures open down to the pupil."""

from __future__ import annotations

import html
import io
import re
from datetime import date

import openpyxl
import pytest
from django.test import Client
from django.urls import reverse

from tests.small_city import BAIXIA, BAIXIA_PRIMARY, GAOCHUN, PRIMARY, QINHUAI, VILLAGE, SmallCity
from xueji.doors.web.tests.support import signed_in
from xueji.duties.returns import standing
from xueji.duties.returns.tests.support import ROUND, accept, make, on, promote, send_back, send_up
from xueji.pure.kernel.environment import SeededEnvironment
from xueji.registry.register.tests.lives import Lives
from xueji.registry.statistics import yearly

pytestmark = pytest.mark.django_db


@pytest.fixture
def lives(small_city: SmallCity, environment: SeededEnvironment) -> Lives:
    """Three pupils of 2007 at 秦淮's primary school, one without a guardian, one come on 10 September."""
    lives = Lives(small_city)
    lives.open(name="钱一鸣")
    lives.open(name="孙二丽", guardian_1_name=None)
    moved = lives.transfer(lives.open(BAIXIA_PRIMARY, name="李三思"), PRIMARY, date(2008, 9, 10))
    assert moved.school == small_city.id(PRIMARY)
    promote(small_city, [PRIMARY, BAIXIA_PRIMARY], 2007)
    on(environment, 9, 16)
    return lives


def _page(client: Client, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status, answer.content.decode()[:400]
    return answer.content.decode()


def _act(client: Client, address: str, **typed: str) -> str:
    return client.post(address, typed, follow=True).content.decode()


def test_a_query_is_answered_at_its_line_and_a_note_comes_back(lives: Lives) -> None:
    city = lives.city
    address = f"/returns/{ROUND}/{city.id(PRIMARY)}/"
    registrar, deputy = signed_in(city.registrar()), signed_in(city.deputy_head())
    _act(registrar, address, act="make")
    page = _page(registrar, address)
    assert "电子档案不全" in page
    assert "怎样" in page or "补齐必填项" in page
    assert "还有 1 处须写明原因" in _page(deputy, address)
    field = re.search(r'name="(text-[0-9a-f]{32})"', page)
    assert field
    assert "孙二丽</a>" in page
    assert "请写明具体情况" in _act(registrar, address, **{"act": "explain", field[1]: "好"})
    assert "材料补办中" in _act(registrar, address, **{"act": "explain", field[1]: "材料补办中"})
    assert "已确认" in _act(deputy, address, act="certify")
    _act(registrar, address, act="submit")
    clerk, head = signed_in(city.clerk()), signed_in(city.head())
    page = _page(clerk, address)
    assert "材料补办中" in page
    assert "人数：二年级（2007 级）" in page
    noted = _act(clerk, address, act="note", line="totals:primary:2007", text="与学校报表核对人数")
    assert "审核意见已保存" in noted
    _act(head, address, act="send_back", reason="请核对人数")
    assert "与学校报表核对人数" in _page(registrar, address)
    lives.open()
    _act(registrar, address, act="make")
    page = _page(registrar, f"{address}compare/")
    assert "个数字不同" in page
    assert "请核对人数" in page
    assert _page(signed_in(city.registrar(BAIXIA_PRIMARY)), address, 404)


def test_a_figure_opens_from_the_bureau_to_the_pupil(lives: Lives, environment: SeededEnvironment) -> None:
    city = lives.city
    for code in (PRIMARY, BAIXIA_PRIMARY):
        send_up(city, code)
        accept(city, code, QINHUAI if code == PRIMARY else BAIXIA)
    make(city, QINHUAI)
    head, address = signed_in(city.head()), f"/returns/{ROUND}/{city.id(QINHUAI)}/"
    page = _page(head, address)
    opened = re.search(r'href="([^"]+pupils/\?[^"]*column=transferred_in)"', page)
    assert opened
    parts = _page(head, html.unescape(opened[1]))
    assert "秦淮云锦小学" in parts
    below = re.search(r'href="([^"]+pupils/\?[^"]*column=transferred_in&amp;version=1)"', parts)
    assert below  # the version that was added up
    pupils = _page(head, html.unescape(below[1]))
    assert "李三思" in pupils
    assert "钱一鸣" not in pupils
    classes = re.search(r'href="([^"]+column=in_class[^"]*)">3<', _page(head, address))
    assert classes
    assert "3 人" in _page(head, html.unescape(classes[1]))
    bridge = _page(head, f"/returns/{ROUND}/{city.id(PRIMARY)}/bridge/")
    assert "2008-09-01" in bridge
    assert "span=bridge" in bridge
    crossed = re.search(r'href="([^"]+column=transferred_in[^"]*span=bridge)"', bridge)
    assert crossed
    assert "李三思" in _page(head, html.unescape(crossed[1]))
    across = re.search(r'href="([^"]+column=transferred_in[^"]*span=bridge)"', _page(head, f"{address}bridge/"))
    assert across
    assert "李三思" in _page(head, html.unescape(across[1]))
    _page(head, f"/returns/{ROUND}/{city.id(PRIMARY)}/pupils/?column=nonsense", 404)
    _page(signed_in(city.head(BAIXIA)), f"/returns/{ROUND}/{city.id(PRIMARY)}/bridge/", 404)


def test_an_earlier_version_is_looked_at_and_opens_as_it_was(lives: Lives) -> None:
    city = lives.city
    send_up(city)
    send_back(city)
    lives.open(name="周四方")
    make(city)
    head, address = signed_in(city.head()), f"/returns/{ROUND}/{city.id(PRIMARY)}/"
    compared = _page(head, f"{address}compare/")
    before = re.search(r'href="([^"]+pupils/[^"]+version=1)"', compared)
    after = re.search(r'href="([^"]+pupils/[^"]+version=2)"', compared)
    assert before
    assert after
    assert "周四方" not in _page(head, html.unescape(before[1]))
    assert "周四方" in _page(head, html.unescape(after[1]))
    old = _page(head, f"{address}?version=1")
    assert "您在看以前的一次" in old
    assert "version=1" in old
    assert "data-dialog" not in old
    _page(head, f"{address}?version=9", 404)


def test_the_standing_list_of_a_school_and_its_bureau_s_overview(lives: Lives) -> None:
    city = lives.city
    registrar, head = signed_in(city.registrar()), signed_in(city.head())
    page = _page(registrar, "/returns/standing/")
    assert "1 处待处理" in page
    assert "孙二丽</a>" in page
    assert "尚未核查" in _page(head, "/returns/standing/")
    standing.recount()
    page = _page(head, "/returns/standing/?rule=return.not_established")
    assert "电子档案不全 1" in page
    assert "秦淮云锦小学" in page
    assert "秦淮致远中学" not in page
    assert "孙二丽" in _page(head, f"/returns/standing/{city.id(PRIMARY)}/")
    lives.open(intake_year=2005)  # a cohort whose promotion nobody confirmed
    standing.recount()
    assert "常年核查 · 必须改正" in _page(registrar, "/")
    _page(head, f"/returns/standing/{city.id(BAIXIA_PRIMARY)}/", 404)


def test_a_township_is_shown_with_its_schools_under_its_central_school(lives: Lives) -> None:
    city = lives.city
    lives.open(VILLAGE)
    promote(city, [VILLAGE], 2007)
    send_up(city, VILLAGE)
    page = _page(signed_in(city.head(GAOCHUN)), f"/returns/{ROUND}/")
    assert "全乡镇 2 所学校，已上报 1 所，在籍共 1" in page
    assert page.index("高淳桠溪中心小学") < page.index("└ ") < page.index("高淳河西小学")


def test_a_return_says_what_the_register_knows_of_the_school_on_its_page_and_in_its_workbook(lives: Lives) -> None:
    city = lives.city
    lives.open(VILLAGE)
    promote(city, [VILLAGE], 2007)
    clerk, head = signed_in(city.clerk(GAOCHUN)), signed_in(city.head(GAOCHUN))
    place = reverse("web:organisation", args=[city.id(VILLAGE)])
    clerk.post(place, {"act": "address", "address": " 东风路  3 号 "})
    assert "东风路 3 号" in _page(clerk, place)
    send_up(city, VILLAGE)
    address = f"/returns/{ROUND}/{city.id(VILLAGE)}/"
    page = _page(head, address)
    for said in ("学校基本情况", "东风路 3 号", "高淳桠溪中心小学代办", "高淳县教育局"):
        assert said in page, said
    assert re.search(r"二年级</td><td class=\"num\">1</td><td class=\"num\"><a [^>]+>1</a></td>", page)
    sheets = openpyxl.load_workbook(io.BytesIO(head.get(f"{address}workbook/").content))
    assert sheets.sheetnames == [
        "学校基本情况",
        "班级",
        "学籍管理岗位",
        "分年级、分性别人数",
        "在籍学生增减",
        "在校学生",
    ]
    assert ("学校地址", "东风路 3 号") in list(sheets.worksheets[0].values)
    assert sheets.worksheets[3]["D4"].value == 1
    assert signed_in(city.head(BAIXIA)).get(f"{address}workbook/").status_code == 404
    accept(city, VILLAGE, GAOCHUN)
    make(city, GAOCHUN)
    page = _page(head, f"/returns/{ROUND}/{city.id(GAOCHUN)}/")
    assert "所属学校情况" in page
    assert "1 所" in page


def test_the_statistics_of_a_day_are_shown_and_taken_away(lives: Lives) -> None:
    city = lives.city
    head, address = signed_in(city.head()), "/returns/statistics/"
    page = _page(head, f"{address}?on=2008-09-15")
    assert "二年级" in page
    assert "哪个年级学生最多？" in page
    assert "日期“昨天”读不出来" in _page(head, f"{address}?on=昨天")
    for table in yearly.TABLES:
        assert "截至" in _page(head, f"{address}?on=2008-09-15&table={table}")
    ratios = _page(head, f"{address}?on=2008-09-15&table=ratios")
    assert "小学、初中的适龄人口（2008-2009 学年）还没有填报" in ratios
    assert '<a class="no-print" href="/guide/administrators/">怎样填报</a>' in ratios
    assert "populations" in _page(head, "/guide/administrators/")
    to_the_clerk = _page(signed_in(city.clerk()), f"{address}?on=2008-09-15&table=ratios")
    assert "由主管教育局的负责人填报" in to_the_clerk
    assert "怎样填报" not in to_the_clerk
    assert "不适用" in _page(signed_in(city.registrar()), f"{address}?on=2008-09-15&table=ratios")
    lives.open(migrant_worker_child=True)
    migrants = _page(head, f"{address}?on=2008-09-15&table=migrant")
    opened = re.search(
        r"登记为进城务工人员随迁子女</td>(?:<td class=\"num\">.*?</td>){2}<td class=\"num\"><a href=\"([^\"]+)\">1</a>",
        migrants,
    )
    assert opened
    assert "张小" in _page(head, html.unescape(opened[1]))
    assert signed_in(city.head(BAIXIA)).get(html.unescape(opened[1])).content.decode().count("张小") == 0
    _page(head, f"{address}pupils/?table=ratios&column=0", 404)
    _page(head, f"{address}?table=nonsense", 404)
    book = head.get(f"{address}xlsx/?on=2008-09-15")
    assert book.content[:2] == b"PK"
    rows = head.get(f"{address}csv/?on=2008-09-15&table=grade").content.decode("utf-8-sig").splitlines()
    assert rows[-1].startswith("合计")
    assert rows[-1].split(",")[3] == "4"
