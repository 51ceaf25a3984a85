"""Record items in a real browser: one of a pupil, then a class's workbook from download to its entry."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.people import PATIENCE, People
from tests.small_city import PRIMARY, SmallCity
from xueji.pure.kernel.environment import SeededEnvironment
from xueji.pure.kernel.types import Role
from xueji.registry.record_items.tests.support import move
from xueji.registry.record_items.tests.test_class_workbook import filled
from xueji.registry.register.tests.lives import Lives

pytestmark = pytest.mark.browser
SIZES = {"desk": (1366, 768), "phone": (390, 844)}
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pytest.mark.parametrize("size", list(SIZES))
def test_an_item_is_added_and_a_class_comes_from_its_workbook(
    people: People, small_city: SmallCity, environment: SeededEnvironment, tmp_path: Path, size: str
) -> None:
    move(environment, 2008, 11, 3)
    lives = Lives(small_city)
    child = lives.open(name="阿卜杜拉·买买提·吐尔逊江𠮷䶮")
    lives.open(name="李红")
    registrar = people.fresh(*SIZES[size])
    registrar.log_in(people.login_of(PRIMARY, Role.REGISTRAR))
    page = registrar.page
    if "/post/" in page.url:
        page.locator("button.choose").first.click()
        page.wait_for_load_state()

    def look(name: str) -> None:
        registrar.fits()
        page.screenshot(path=tmp_path / f"{size}-{name}.png", full_page=True)

    registrar.go(f"/pupils/{child.student}/")
    look("empty")
    registrar.follow(page.get_by_role("link", name="体质健康测试"))
    page.get_by_label("身高").fill("132.5")
    page.get_by_label("体重").fill("31.25")
    page.get_by_label("等级").select_option("良好")
    page.get_by_role("button", name="登记", exact=True).click()
    expect(page.locator("#part-weight-error")).to_contain_text("小数位太多", timeout=PATIENCE)
    look("fault")
    page.get_by_label("体重").fill("31.2")
    page.get_by_role("button", name="登记", exact=True).click()
    expect(page.get_by_text("（内容已隐去）")).to_be_visible(timeout=PATIENCE)

    registrar.follow(page.get_by_role("link", name="全班登记").first)
    look("class")
    registrar.follow(page.get_by_role("link", name="奖励"))
    look("day")
    page.locator("#item-on").fill("20080506")
    page.get_by_role("button", name="选定").click()
    expect(page.get_by_role("heading", name="2008-05-06 · 奖励")).to_be_visible(timeout=PATIENCE)
    look("day-chosen")
    registrar.follow(page.get_by_role("link", name="成绩", exact=True))
    page.locator("#item-on").select_option("2007-autumn")
    expect(page.get_by_role("heading", name="2007-2008 学年第一学期 · 成绩")).to_be_visible(timeout=PATIENCE)
    with page.expect_download() as got:
        page.get_by_role("button", name="下载成绩登记表").click()
    template = got.value.path().read_bytes()
    for words, rows in (
        ("1 处要改", {2: {"语文": "九十"}, 3: {"语文": "88"}}),
        ("2 人可以登记", {2: {"语文": "90", "数学": "优秀"}, 3: {"语文": "90"}}),
    ):
        sheet = filled(template, rows)
        page.locator("#up-file").set_input_files({"name": "成绩.xlsx", "mimeType": XLSX, "buffer": sheet})
        page.get_by_role("button", name="上传并检查").click()
        registrar.expect_heading(words)
        look(f"preview-{words[:1]}")
        if "要改" in words:
            registrar.follow(page.get_by_role("link", name="重新上传"))
            expect(page.locator("#item-on")).to_have_value("2007-autumn")
    registrar.act("登记 2 人")
    registrar.expect_heading("档案项目")
    registrar.go(f"/pupils/{child.student}/")
    expect(page.locator("section", has=page.get_by_role("heading", name="成绩与综合素质"))).to_contain_text("语文 90")
    expect(page.locator(".story")).to_contain_text("已登记：2007-2008 学年第一学期成绩")
    look("held")
    assert registrar.faults == []
