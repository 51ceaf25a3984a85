"""The keyboard, the phone, and what a page looks like to someone in a hurry."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.people import PATIENCE, People, Person
from tests.small_city import CITY, PRIMARY, QINHUAI, SmallCity
from xueji.doors.web.tests.support import load, lodged, school_acts
from xueji.pure.kernel.types import Role
from xueji.registry.intake.tests.invented import name_of

SCHOOL_PAGES = (
    "/", "/pupils/", "/pupils/intake/", "/pupils/intake/one/", "/pupils/promotion/", "/pupils/leaving/", "/changes/",
    "/changes/?tab=all", "/changes/transfer/", "/changes/arrivals/", "/returns/", "/certificates/", "/manage/",
    "/manage/organisations/", "/manage/classes/", "/manage/posts/", "/manage/disclosures/", "/guide/",
)  # fmt: skip
CITY_PAGES = (
    "/", "/pupils/", "/changes/?tab=late", "/changes/duplicates/", "/returns/", "/certificates/",
    "/manage/organisations/", "/manage/organisations/new/", "/manage/posts/", "/manage/accountability/",
)  # fmt: skip


@pytest.fixture
def full(people: People, small_city: SmallCity) -> People:
    """The primary school has pupils, and a second roster waits at the bureau."""
    load(small_city, PRIMARY, range(6), 3, QINHUAI)
    school_acts(small_city, PRIMARY, lodged(small_city, PRIMARY, range(10, 12), 4))
    return people


def test_everything_is_reached_without_a_mouse(full: People) -> None:
    registrar = full.at(PRIMARY, Role.REGISTRAR)
    registrar.go("/pupils/")
    keys = registrar.page.keyboard
    keys.press("/")
    expect(registrar.page.locator("#find")).to_be_focused()
    keys.press("Tab")
    keys.press("j")
    keys.press("j")
    second = registrar.page.locator("#pupils tbody tr").nth(1)
    expect(second).to_have_class(re.compile(r"\bat\b"))
    keys.press("k")
    expect(registrar.page.locator("#pupils tbody tr").nth(0)).to_have_class(re.compile(r"\bat\b"))
    name = registrar.page.locator("#pupils tbody tr a").nth(0).inner_text()
    keys.press("Enter")
    registrar.expect_heading(name)


def test_ctrl_enter_does_the_main_act_of_page_and_dialog(full: People) -> None:
    head = full.at(QINHUAI, Role.HEAD)
    head.go("/changes/")
    head.page.keyboard.press("j")  # rows that can be ticked are walked and opened like all others
    head.page.keyboard.press("Enter")
    head.expect_heading("建档")
    head.page.keyboard.press("Control+Enter")
    expect(head.page.locator("dialog[open]")).to_be_visible()
    head.page.keyboard.type("同意")
    head.page.keyboard.press("Control+Enter")
    head.expect_heading("已批准")


def test_focus_is_always_seen_and_begins_at_what_is_missing(full: People) -> None:
    registrar = full.at(PRIMARY, Role.REGISTRAR)
    registrar.go("/pupils/intake/")
    for _ in range(14):
        registrar.page.keyboard.press("Tab")
        seen = registrar.page.evaluate(
            """() => { const at = document.activeElement; const box = at.type === 'file' ? at.nextElementSibling : at;
            return at === document.body || getComputedStyle(box).outlineStyle !== 'none'; }"""
        )
        assert seen, registrar.page.evaluate("document.activeElement.outerHTML")
    registrar.go("/changes/new/class_number_correction/")
    registrar.page.locator("form[data-once]").get_by_role("button", name="提交申请").click()
    said = registrar.page.locator(".field .error")
    expect(said).to_have_text(["请填写。", "请选择文件。"])  # all at once, at the fields, nothing sent
    expect(registrar.page.locator("[name=reason]")).to_be_focused()


def _walk(person: Person, pages: tuple[str, ...]) -> None:
    for place in pages:
        person.go(place)
        assert person.page.locator("h1").count() >= 1, place
        assert person.faults == [], place


@pytest.mark.parametrize(("width", "height"), [(1366, 768), (390, 844)])
def test_no_page_scrolls_sideways_or_breaks(full: People, width: int, height: int) -> None:
    for code, role, pages in ((PRIMARY, Role.REGISTRAR, SCHOOL_PAGES), (CITY, Role.HEAD, CITY_PAGES)):
        person = full.fresh(width, height)
        person.log_in(full.login_of(code, role))
        if "/post/" in person.page.url:
            person.page.locator("button.choose").first.click()
            person.page.wait_for_load_state()
        _walk(person, pages)


def test_the_later_of_two_at_one_cell_is_shown_the_others_change(full: People, worker: None) -> None:
    first, second = full.at(PRIMARY, Role.REGISTRAR), full.fresh()
    second.log_in(full.login_of(PRIMARY, Role.REGISTRAR))
    second.page.get_by_role("button", name=re.compile("秦淮云锦小学")).click()
    from xueji.registry.intake.tests.invented import good_row, workbook

    rows = [{**good_row(number, grade=2), "class_serial": str(number)} for number in range(20, 23)]
    rows[1]["gender"] = "男女"
    first.go("/pupils/intake/")
    first.page.set_input_files(
        "#file-opening", {"name": "二年级.xlsx", "mimeType": "application/octet-stream", "buffer": workbook(rows)}
    )
    first.page.locator("form", has=first.page.locator("#file-opening")).get_by_role("button", name="上传并校验").click()
    expect(first.page.locator("#batch")).to_be_visible(timeout=PATIENCE)
    second.page.goto(first.page.url)
    for person in (first, second):
        person.page.locator("#row-3 .cell.error .cell-open").first.click()
        expect(person.page.locator("#row-3 form.cell-form")).to_be_visible()
    for person, chosen in ((first, "女"), (second, "男")):
        person.page.locator("#row-3 form.cell-form select").select_option(label=chosen)
        person.page.locator("#row-3 form.cell-form [data-main]").click()
    expect(second.page.locator("#row-3")).to_contain_text("改为“女”", timeout=PATIENCE)
    expect(second.page.locator("#row-3")).to_contain_text("您刚才输入的是“男”")
    assert name_of(21)
