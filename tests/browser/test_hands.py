"""Trained hands at the pages: a registrar retires in the middle of the return; a training lapses (clauses A3, A5)."""

from __future__ import annotations

import re
from datetime import datetime

import pytest
from playwright.sync_api import expect

from tests.browser.people import PASSWORD, PATIENCE, People
from tests.small_city import PRIMARY, QINHUAI, SmallCity
from xueji.duties.returns.tests.support import ROUND, on, promote
from xueji.ground.accounts.context import acting_system
from xueji.ground.accounts.models import Account
from xueji.ground.accounts.services import activate_many
from xueji.pure.kernel.environment import LOCAL_ZONE, SeededEnvironment
from xueji.pure.kernel.types import Role
from xueji.registry.register.tests.lives import Lives

pytestmark = pytest.mark.browser


def _handed_over(people: People, name: str) -> str:
    """The clerk hands the registrar's post to somebody new, with what waits there; the log-in of the new account."""
    clerk = people.at(QINHUAI, Role.CLERK)
    clerk.go("/manage/posts/")
    row = clerk.page.locator("tr[data-row]", has_text="秦淮云锦小学").filter(has_text="学籍管理员")
    row.get_by_role("link").first.click()
    clerk.page.get_by_role("link", name="办理交接").click()
    expect(clerk.page.locator("section", has=clerk.page.locator("#moves"))).to_contain_text("上报", timeout=PATIENCE)
    clerk.fits()
    clerk.page.get_by_label("由谁接任").or_(clerk.page.locator("#h-to")).first.select_option("new")
    clerk.page.get_by_label("新任人员姓名").fill(name)
    clerk.page.get_by_role("button", name="办理交接").click()
    expect(clerk.page.locator("body")).to_contain_text("激活", timeout=PATIENCE)
    with acting_system():
        account = Account.objects.get(name=name)
        activate_many(passwords=[(account.pk, PASSWORD)])
    return account.login


def test_a_registrar_retires_on_20_september_and_the_return_is_on_time(
    people: People, small_city: SmallCity, environment: SeededEnvironment
) -> None:
    Lives(small_city).open(name="钱一鸣")
    promote(small_city, [PRIMARY], 2007)
    address = f"/returns/{ROUND}/{small_city.id(PRIMARY)}/"
    on(environment, 9, 20)
    registrar = people.fresh()
    registrar.log_in(_handed_over(people, "周新任"))
    registrar.page.get_by_role("button", name=re.compile("秦淮云锦小学")).click()
    registrar.page.wait_for_load_state()
    registrar.go(address)
    registrar.act("生成数据")
    registrar.said("须先参加培训")

    on(environment, 9, 23)
    clerk = people.at(QINHUAI, Role.CLERK)
    clerk.go("/manage/training/courses/new/")
    clerk.page.get_by_label("培训名称").fill("岗前培训")
    clerk.page.get_by_label("培训日期").fill("20080922")
    clerk.page.get_by_role("button", name="登记", exact=True).click()
    clerk.page.get_by_label("周新任的出勤").select_option("present")
    clerk.page.get_by_role("button", name="登记结果").click()
    clerk.page.wait_for_load_state()
    clerk.fits()

    registrar.go(address)
    registrar.act("生成数据")
    registrar.said("数据已生成")
    deputy = people.at(PRIMARY, Role.DEPUTY_HEAD)
    deputy.go(address)
    deputy.act("确认")
    registrar.go(address)
    registrar.act("上报")
    registrar.said("已上报")
    clerk.go(f"/returns/{ROUND}/")
    row = clerk.page.locator("tr", has_text="秦淮云锦小学").first
    expect(row).to_contain_text("已上报", timeout=PATIENCE)
    expect(row).not_to_contain_text("逾期")
    assert [*registrar.faults, *clerk.faults, *deputy.faults] == []


def test_a_lapse_warns_and_the_head_locks_only_after_the_return(people: People, environment: SeededEnvironment) -> None:
    environment.move_to(datetime(2010, 9, 2, 9, tzinfo=LOCAL_ZONE))
    registrar, head = people.at(PRIMARY, Role.REGISTRAR), people.at(QINHUAI, Role.HEAD)
    registrar.go("/manage/training/")
    expect(registrar.page.locator("tr[data-row]").first).to_contain_text("已过期", timeout=PATIENCE)

    def at_the_post() -> None:
        head.go("/manage/training/?state=lapsed")
        row = head.page.locator("tr[data-row]", has_text="秦淮云锦小学").filter(has_text="学籍管理员")
        expect(row).to_contain_text("已过期", timeout=PATIENCE)
        row.get_by_role("link").first.click()
        head.page.wait_for_load_state()
        head.fits()

    at_the_post()
    expect(head.page.get_by_role("button", name="暂停办理")).to_be_disabled(timeout=PATIENCE)
    environment.move_to(datetime(2010, 10, 21, 9, tzinfo=LOCAL_ZONE))
    at_the_post()
    head.page.get_by_role("button", name="暂停办理").click()
    head.said("已登记")
    registrar.go("/manage/training/")
    expect(registrar.page.locator("tr[data-row]").first).to_contain_text("已暂停办理", timeout=PATIENCE)
    assert [*registrar.faults, *head.faults] == []
