"""The turn of the year at the pages: graduation with a completion, then the promotion with one who stays."""

from __future__ import annotations

import os
from datetime import date, datetime

from playwright.sync_api import expect

from tests.browser.people import People, Person
from tests.small_city import PRIMARY, QINHUAI, SmallCity
from xueji.doors.web.tests.support import load
from xueji.pure.kernel.environment import LOCAL_ZONE, SeededEnvironment
from xueji.pure.kernel.types import Role
from xueji.registry.applications.tests.test_year_turn import set_status
from xueji.registry.intake.tests.invented import name_of

SHOTS = os.environ.get("XUEJI_SHOTS", "")


def _on(environment: SeededEnvironment, year: int, month: int, day: int) -> None:
    environment.move_to(datetime(year, month, day, 9, tzinfo=LOCAL_ZONE))


def _look(person: Person, name: str) -> None:
    """The page at both widths; kept as a picture where somebody wants to look."""
    person.fits()
    person.page.set_viewport_size({"width": 390, "height": 844})
    person.fits()
    if SHOTS:
        person.page.screenshot(path=f"{SHOTS}/{name}-390.png", full_page=True)
    person.page.set_viewport_size({"width": 1366, "height": 768})
    if SHOTS:
        person.page.screenshot(path=f"{SHOTS}/{name}.png", full_page=True)


def _graduation(people: People, environment: SeededEnvironment) -> None:
    registrar = people.at(PRIMARY, Role.REGISTRAR)
    registrar.go("/pupils/leaving/")
    _look(registrar, "leaving")
    registrar.page.get_by_role("link", name="登记结果…").click()
    registrar.page.get_by_label(f"{name_of(20)} 学科成绩").select_option(label="不合格")
    registrar.page.get_by_label("没有逐人填写毕业去向的，都算").select_option(label="升入本区县初中")
    expect(registrar.page.locator("#staying")).to_be_visible()
    _look(registrar, "leaving-list")
    registrar.page.get_by_role("button", name="提交审批").click()
    registrar.expect_heading("待分管校长审核")
    _look(registrar, "leaving-application")
    deputy = people.at(PRIMARY, Role.DEPUTY_HEAD)
    deputy.open_matter("毕业")
    deputy.act("同意")
    deputy.expect_heading("待主管教育局审批")
    _on(environment, 2008, 7, 2)
    head = people.at(QINHUAI, Role.HEAD)
    head.go("/pupils/leaving/?which=primary:2007")
    _look(head, "leaving-bureau")
    head.act("成批批准")
    expect(head.page.locator("#run")).to_contain_text("已办完", timeout=60_000)
    _look(head, "run")
    registrar.go("/pupils/leavers/")
    expect(registrar.page.locator("tbody tr")).to_have_count(3)
    expect(registrar.page.locator("tbody")).to_contain_text("结业")
    _look(registrar, "leavers")
    head.go("/pupils/leavers/")
    head.page.get_by_label(f"选择{name_of(20)}").check()
    head.page.get_by_role("button", name="毕业回退…").click()
    head.page.get_by_label("原因").fill("补考成绩登记有误")
    _look(head, "undo")
    head.page.locator("dialog[open] [data-main]").click()
    head.said("已回退 1 名学生")
    _look(head, "leavers-bureau")


def _promotion(people: People, environment: SeededEnvironment) -> None:
    _on(environment, 2008, 9, 1)
    head = people.at(QINHUAI, Role.HEAD)
    head.go("/pupils/promotion/")
    _look(head, "promotion-bureau")
    registrar = people.at(PRIMARY, Role.REGISTRAR)
    registrar.go("/pupils/promotion/")
    expect(registrar.page.locator("#staying")).to_be_visible()
    expect(registrar.page.locator("table").last).to_contain_text(name_of(10))
    _look(registrar, "promotion")
    registrar.act("提出升级")
    registrar.expect_heading("待分管校长确认")
    deputy = people.at(PRIMARY, Role.DEPUTY_HEAD)
    deputy.open_matter("升级")
    expect(deputy.page.locator("[aria-labelledby=cohorts]")).to_contain_text("二年级")
    expect(deputy.page.locator("[aria-labelledby=staying]")).to_contain_text(name_of(10))
    _look(deputy, "promotion-application")
    deputy.act("同意")
    deputy.expect_heading("已批准")
    registrar.go("/pupils/promotion/")
    expect(registrar.page.locator("tbody").first).to_contain_text("已确认")


def test_the_final_grade_graduates_and_the_others_go_up(
    people: People, small_city: SmallCity, worker: None, environment: SeededEnvironment
) -> None:
    _on(environment, 2008, 3, 24)
    for grade, numbers in ((2, range(8, 10)), (3, range(10, 12)), (6, range(20, 24))):
        load(small_city, PRIMARY, numbers, grade, QINHUAI)
    for number in (10, 23):
        set_status(small_city, name_of(number), "suspended", date(2008, 4, 1))
    _on(environment, 2008, 6, 20)
    _graduation(people, environment)
    _promotion(people, environment)
    assert [fault for person in people.everyone() for fault in person.faults] == []
