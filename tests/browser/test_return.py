"""集中上报 at the pages: ghost pupils named from the roll-call, a return sent back, a total opened down to a child."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.people import PATIENCE, People, Person
from tests.small_city import PRIMARY, QINHUAI, SmallCity
from xueji.duties.returns.tests.support import ROUND, accept, make, on, promote, send_up
from xueji.ground.accounts.context import acting
from xueji.pure.kernel.environment import SeededEnvironment
from xueji.pure.kernel.types import Role
from xueji.registry.register.tests.lives import Lives

pytestmark = pytest.mark.browser
PHONE, LAPTOP = {"width": 390, "height": 844}, {"width": 1366, "height": 768}


@pytest.fixture
def year(people: People, small_city: SmallCity, environment: SeededEnvironment) -> People:
    """Three pupils of 秦淮's primary school; the roll-call of autumn 2008 found two; it is 16 September."""
    from xueji.registry.rollcall import selectors, services
    from xueji.registry.rollcall.types import Called

    lives = Lives(small_city)
    for name in ("钱一鸣", "孙二丽", "李三思"):
        lives.open(name=name)
    promote(small_city, [PRIMARY], 2007)
    on(environment, 9, 3)
    with acting(small_city.registrar()) as actor:
        roll = services.open_roll(actor=actor, school=small_city.id(PRIMARY), term="2008-autumn")
        called = [
            Called(line.id, "absent" if line.name == "孙二丽" else "here", came_on=None)
            for line in selectors.lines([roll])
        ]
        services.enter(actor=actor, roll=roll, called=called)
    on(environment, 9, 16)
    return people


def _on_both(person: Person) -> None:
    """The page fits a laptop and a phone."""
    for size in (PHONE, LAPTOP):
        person.page.set_viewport_size(size)  # type: ignore[arg-type]
        person.fits()


def test_ghosts_are_named_and_a_return_is_sent_back_made_again_and_accepted(year: People) -> None:
    address = f"/returns/{ROUND}/{year.city.id(PRIMARY)}/"
    registrar, deputy = year.at(PRIMARY, Role.REGISTRAR), year.at(PRIMARY, Role.DEPUTY_HEAD)
    registrar.go(address)
    registrar.act("生成数据")
    ghost = registrar.page.locator("#findings tr[data-row]", has_text="孙二丽")
    expect(ghost).to_be_visible(timeout=PATIENCE)
    expect(registrar.page.locator("#findings")).to_contain_text("在籍而不在班（空挂）")
    expect(registrar.page.locator("#findings")).not_to_contain_text("钱一鸣")
    _on_both(registrar)
    ghost.locator("input").fill("家长称回乡探亲，学校正在追查")
    registrar.page.get_by_role("button", name="保存说明").click()
    registrar.said("说明已保存")

    def send(head: Person) -> None:
        deputy.go(address)
        deputy.act("确认")
        deputy.said("已确认")
        registrar.go(address)
        registrar.act("上报")
        registrar.said("已上报")
        head.go(address)
        expect(head.page.locator("#findings")).to_contain_text("学校正在追查", timeout=PATIENCE)
        _on_both(head)

    head = year.at(QINHUAI, Role.HEAD)
    send(head)
    head.act("退回修改", "请写明追查结果")
    registrar.go(address)
    registrar.said("请写明追查结果")
    registrar.act("重新生成")
    registrar.said("数据已生成")
    send(head)
    head.act("接受")
    head.said("已接受")
    head.page.get_by_role("link", name="与前一次对照").click()
    head.page.wait_for_load_state()
    _on_both(head)
    assert [one for person in (registrar, deputy, head) for one in person.faults] == []


def test_a_total_opens_down_to_a_child_and_its_entries(year: People) -> None:
    city = year.city
    send_up(city)
    accept(city)
    make(city, QINHUAI)
    head = year.at(QINHUAI, Role.HEAD)
    head.go(f"/returns/{ROUND}/{city.id(QINHUAI)}/")
    _on_both(head)
    head.page.locator("tr.total td.num a").first.click()
    head.page.get_by_role("link", name="秦淮云锦小学").click()
    _on_both(head)
    head.page.get_by_role("link", name="李三思").click()
    head.expect_heading("李三思")
    expect(head.page.locator("body")).to_contain_text(re.compile("建立学籍|建档"), timeout=PATIENCE)
    _on_both(head)
    assert head.faults == []
