"""An official's day at the inbox, at a desk and on a phone (issue 3, Shows 8): bulk, one sent back, leave."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.people import PATIENCE, People, Person
from tests.small_city import JUNIOR, PRIMARY, QINHUAI, SmallCity
from xueji.doors.web.tests.support import lodged, school_acts
from xueji.pure.kernel.environment import LOCAL_ZONE, SeededEnvironment
from xueji.pure.kernel.types import Role

pytestmark = pytest.mark.browser
SIZES = {"desk": (1366, 768), "phone": (390, 844)}


def at(people: People, size: str, code: str, role: Role) -> Person:
    person = people.fresh(*SIZES[size])
    person.log_in(people.login_of(code, role))
    return person


def look(page: Page, folder: Path, name: str) -> None:
    """A picture of the page, for a person to look at."""
    page.screenshot(path=folder / f"{name}.png", full_page=True)


@pytest.mark.parametrize("size", list(SIZES))
def test_an_official_clears_the_inbox_sends_one_back_and_goes_on_leave(
    people: People, small_city: SmallCity, environment: SeededEnvironment, tmp_path: Path, size: str
) -> None:
    first = lodged(small_city, PRIMARY, range(3), 3)
    school_acts(small_city, PRIMARY, first)
    environment.move_to(datetime(2008, 9, 10, 9, tzinfo=LOCAL_ZONE))
    for code, numbers, grade in ((PRIMARY, range(10, 13), 4), (JUNIOR, range(20, 22), 8)):
        school_acts(small_city, code, lodged(small_city, code, numbers, grade))
    lodged(small_city, PRIMARY, range(30, 32), 5)
    environment.move_to(datetime(2008, 9, 18, 9, tzinfo=LOCAL_ZONE))

    head = at(people, size, QINHUAI, Role.HEAD)
    head.go("/changes/")
    expect(head.page.locator(".sub")).to_contain_text("等我办理 3 件，其中逾期 1 件")
    expect(head.page.locator("tr[data-row]").first).to_contain_text("已超期")
    look(head.page, tmp_path, f"{size}-inbox")
    head.go("/changes/?tab=elsewhere")
    expect(head.page.locator("tr[data-row]")).to_have_count(1)
    look(head.page, tmp_path, f"{size}-elsewhere")

    head.go("/changes/")
    own = head.page.locator("tr[data-row]").filter(has_text="秦淮云锦小学")
    picks = own.locator("input[name=pick]")  # the junior school's stays: equal days stand in no order of their own
    picks.nth(0).check()
    picks.nth(1).check()
    head.page.get_by_role("button", name="核对并办理所选").click()
    head.expect_heading("逐件核对比对结果")
    expect(head.page.get_by_text("逐项比对一致")).to_have_count(2, timeout=PATIENCE)
    head.fits()
    look(head.page, tmp_path, f"{size}-bulk")
    head.page.get_by_role("button", name="同意以下 2 件").click()
    head.said("全部办理完毕")
    head.fits()
    look(head.page, tmp_path, f"{size}-bulk-done")

    head.go("/changes/")
    head.follow(head.page.locator("tr[data-row] a").first)
    look(head.page, tmp_path, f"{size}-file")
    head.fits()
    head.page.get_by_role("button", name="退回修改").first.click()
    look(head.page, tmp_path, f"{size}-send-back")
    dialog = head.page.locator("dialog[open]")
    dialog.locator("select[name=reason_code]").select_option(label="材料不齐")
    dialog.locator("textarea").fill("缺两名学生的户口簿复印件")
    dialog.locator("[data-main]").click()
    head.said("已退回修改")

    registrar = at(people, size, JUNIOR, Role.REGISTRAR)
    registrar.go("/changes/notices/")
    expect(registrar.page.get_by_text("已退回修改").first).to_be_visible()
    look(registrar.page, tmp_path, f"{size}-notices")
    registrar.page.locator("tr[data-row] a").first.click()
    expect(registrar.page.get_by_text("材料不齐：缺两名学生的户口簿复印件").first).to_be_visible()
    look(registrar.page, tmp_path, f"{size}-sent-back")

    head.go("/manage/standing-in/")
    look(head.page, tmp_path, f"{size}-standing-in-empty")
    head.page.locator("#d-account").select_option(index=1)
    head.page.locator("#d-to").fill("20080930")
    head.page.get_by_role("button", name="委托", exact=True).click()
    head.said("已委托")
    head.fits()
    look(head.page, tmp_path, f"{size}-standing-in")
    clerk = at(people, size, QINHUAI, Role.CLERK)
    clerk.page.get_by_role("button", name="负责人（受委托）").click()
    clerk.go("/changes/")
    expect(clerk.page.locator(".who")).to_contain_text("负责人（受委托）")
    look(clerk.page, tmp_path, f"{size}-delegate")
    assert not [fault for person in (head, registrar, clerk) for fault in person.faults]
