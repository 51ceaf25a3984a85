"""The first weeks of term at the pages: a registrar calls the classes, traces a no-show, the deputy head closes."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from playwright.sync_api import expect

from tests.browser.people import PATIENCE, People, Person
from tests.small_city import BAIXIA, BAIXIA_PRIMARY, CITY, PRIMARY, QINHUAI, SmallCity
from xueji.doors.web.tests.support import load
from xueji.pure.kernel.environment import SeededEnvironment
from xueji.pure.kernel.types import Role
from xueji.registry.intake.tests.invented import good_row, name_of

pytestmark = pytest.mark.browser


@pytest.fixture
def full(people: People, small_city: SmallCity, environment: SeededEnvironment) -> People:
    """Two classes at 秦淮's primary school, one child at 白下's; it is 3 September."""
    load(small_city, PRIMARY, range(6), 3, QINHUAI)
    load(small_city, PRIMARY, range(40, 44), 5, QINHUAI)
    load(small_city, BAIXIA_PRIMARY, range(20, 21), 3, BAIXIA)
    environment.move_to(datetime(2008, 9, 3, 2, tzinfo=UTC))
    return people


def _call(registrar: Person, class_name: str, absent: str = "", excused: str = "") -> None:
    registrar.page.get_by_role("link", name=class_name, exact=True).click()
    for name, value, reason in ((absent, "absent", ""), (excused, "excused", "水痘，9月15日返校")):
        if name:
            row = registrar.page.locator("tr[data-row]", has_text=name)
            row.locator("select").select_option(value)
            row.locator("input[name^=r-]").fill(reason)
    registrar.page.get_by_role("button", name="人都到").click()
    registrar.said("登记为“到”")
    registrar.fits()
    registrar.page.get_by_role("link", name="报到注册", exact=True).last.click()


def test_from_the_list_to_the_closing(full: People, environment: SeededEnvironment) -> None:
    registrar = full.at(PRIMARY, Role.REGISTRAR)
    registrar.go("/rollcall/")
    registrar.page.get_by_role("button", name="生成报到名单").click()
    registrar.expect_heading("进行中")
    registrar.fits()
    _call(registrar, "四（1）班", absent=name_of(1), excused=name_of(3))
    registrar.go("/rollcall/")
    _call(registrar, "六（1）班")
    registrar.go("/rollcall/")
    registrar.page.get_by_role("link", name="现在未到", exact=True).click()
    registrar.page.get_by_role("link", name=name_of(1)).click()
    registrar.act("记一次联系", "电话三次无人接听")
    registrar.said("联系记录已保存")
    environment.move_to(datetime(2008, 9, 8, 2, tzinfo=UTC))
    registrar.page.locator("tr", has_text="学生已到校上课").get_by_role("button", name="登记").click()
    registrar.expect_heading("到校")
    deputy = full.at(PRIMARY, Role.DEPUTY_HEAD)
    deputy.go("/rollcall/")
    deputy.act("审核办结")
    deputy.expect_heading("已办结")
    clerk = full.at(QINHUAI, Role.CLERK)
    clerk.go("/rollcall/")
    expect(clerk.page.locator("tr[data-row]", has_text="秦淮云锦小学")).to_contain_text("已办结", timeout=PATIENCE)


def test_the_pages_fit_a_laptop_and_a_phone(full: People) -> None:
    registrar = full.at(PRIMARY, Role.REGISTRAR)
    registrar.go("/rollcall/")
    registrar.page.get_by_role("button", name="生成报到名单").click()
    registrar.expect_heading("进行中")
    roll = registrar.page.url.removeprefix(registrar.url)
    _call(registrar, "四（1）班", absent=name_of(1), excused=name_of(3))
    registrar.go(f"{roll}separated/")
    registrar.page.get_by_role("button", name="登记一名学生").click()
    registrar.page.get_by_label("姓名").fill(name_of(20))
    registrar.page.get_by_label("19 位学籍号").fill(good_row(20, grade=3)["id_number"] or "")
    registrar.page.locator("dialog[open] [data-main]").click()
    registrar.said("学籍在“白下月华小学”")
    line = registrar.page.request.get(f"{registrar.url}{roll}absent/?show=open").text().split("/rollcall/line/")[1]
    places = [roll, f"{roll}absent/?show=first", f"{roll}separated/", f"/rollcall/line/{line.split('/')[0]}/"]
    seen: list[tuple[Person, str]] = [(registrar, place) for place in places]
    seen += [(full.at(QINHUAI, Role.CLERK), "/rollcall/"), (full.at(CITY, Role.HEAD), "/rollcall/")]
    for person, place in seen:
        for width, height in ((1366, 768), (390, 844)):
            person.page.set_viewport_size({"width": width, "height": height})
            person.go(place)
    assert registrar.faults == []
