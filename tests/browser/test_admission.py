"""From the junior school's list of admitted leavers to their classes and numbers, in the browser."""

from __future__ import annotations

import os

from playwright.sync_api import FilePayload, expect

from tests.browser.people import People, Person
from tests.small_city import NINE_YEAR, QINHUAI, SmallCity
from xueji.doors.web.tests.test_year_turn_pages import table
from xueji.pure.kernel.environment import SeededEnvironment
from xueji.pure.kernel.types import Role
from xueji.registry.applications.tests.test_dividing import leave

SHOTS = os.environ.get("XUEJI_SHOTS", "")
NAMES = ("石青禾", "石云帆", "阿卜杜热合曼·买买提", "𠮷䶮")


def _look(person: Person, name: str) -> None:
    for width, height in ((390, 844), (1366, 768)):
        person.page.set_viewport_size({"width": width, "height": height})
        person.fits()
        if SHOTS:
            person.page.screenshot(path=f"{SHOTS}/{name}-{width}.png", full_page=True)


def _upload(registrar: Person, field: str, rows: list[tuple[str, ...]]) -> None:
    file: FilePayload = {"name": "名单.xlsx", "mimeType": "application/octet-stream", "buffer": table(rows)}
    registrar.page.set_input_files(f"#{field}", file)
    form = registrar.page.locator("form", has=registrar.page.locator(f"#{field}"))
    form.locator("button[type=submit]").click()
    registrar.page.wait_for_load_state()


def test_a_list_of_admitted_leavers_becomes_classes_with_new_numbers(
    people: People, small_city: SmallCity, environment: SeededEnvironment
) -> None:
    listed = leave(small_city, NINE_YEAR, range(1, 5), environment, NAMES)
    heads = ("原学籍号", "姓名")
    registrar = people.at(NINE_YEAR, Role.REGISTRAR)
    registrar.go("/pupils/division/")
    _look(registrar, "division")
    _upload(registrar, "admission", [heads, *listed[:3], (listed[3][0], "别的人")])
    _look(registrar, "admission-wrong")
    expect(registrar.page.locator("main")).to_contain_text("第 5 行")
    _upload(registrar, "admission", [heads, *listed])
    registrar.expect_heading("升学")
    _look(registrar, "admission-lodged")
    people.at(NINE_YEAR, Role.DEPUTY_HEAD).open_matter("升学")
    people.at(NINE_YEAR, Role.DEPUTY_HEAD).act("同意")
    head = people.at(QINHUAI, Role.HEAD)
    head.open_matter("升学")
    expect(head.page.locator("[aria-labelledby=listed] tbody tr")).to_have_count(4)
    expect(head.page.locator("[aria-labelledby=listed]")).to_contain_text(NAMES[2])
    _look(head, "admission-head")
    head.act("批准")
    head.expect_heading("已批准")
    _look(head, "admission-approved")
    registrar.go("/pupils/division/")
    _look(registrar, "to-divide")
    divided = [(name, str(1 + place % 2)) for place, name in enumerate(NAMES)]
    _upload(registrar, "divided", [("姓名", "班级"), *divided])
    _look(registrar, "division-preview")
    registrar.follow(registrar.page.get_by_role("button", name="提交分班"))
    registrar.expect_heading("分班")
    _look(registrar, "division-lodged")
    deputy = people.at(NINE_YEAR, Role.DEPUTY_HEAD)
    deputy.open_matter("分班")
    expect(deputy.page.locator("[aria-labelledby=listed]")).to_contain_text("七（2）班")
    deputy.act("同意")
    deputy.expect_heading("已批准")
    _look(deputy, "division-approved")
    registrar.go("/pupils/")
    expect(registrar.page.locator("#pupils tbody tr")).to_have_count(4)
    _look(registrar, "divided-pupils")
    assert [fault for person in people.everyone() for fault in person.faults] == []
