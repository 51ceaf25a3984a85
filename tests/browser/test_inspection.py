"""定期审核 at the pages, on a laptop and on a phone: sampled, compared, mended, looked at again, signed off."""

from __future__ import annotations

import pytest

from tests.browser.people import People, Person
from tests.small_city import PRIMARY, QINHUAI, SmallCity
from xueji.duties.inspections.tests.support import school_with_pupils
from xueji.pure.kernel.environment import SeededEnvironment
from xueji.pure.kernel.types import Role

pytestmark = pytest.mark.browser
HOME = "/manage/inspections/"
PHONE, LAPTOP = {"width": 390, "height": 844}, {"width": 1366, "height": 768}


def on_both(person: Person) -> None:
    """The page fits a laptop and a phone."""
    for size in (PHONE, LAPTOP):
        person.page.set_viewport_size(size)  # type: ignore[arg-type]
        person.fits()


def all_right(clerk: Person, wrong: str = "") -> None:
    """Every item of the checklist right, but one."""
    for item in clerk.page.locator(".check-item").all():
        item.get_by_label("有问题" if wrong and wrong in item.inner_text() else "相符").check()
    if wrong:
        clerk.page.locator(".check-item", has_text=wrong).get_by_label("是什么问题").fill("核对表没有监护人签名")
    on_both(clerk)
    clerk.page.locator("#answers").get_by_role("button", name="保存，看下一个").click()


def test_an_inspection_to_its_sign_off(people: People, small_city: SmallCity, environment: SeededEnvironment) -> None:
    school_with_pupils(small_city, environment, count=3)
    clerk = people.at(QINHUAI, Role.CLERK)
    clerk.go(f"{HOME}rounds/new/")
    on_both(clerk)
    clerk.page.get_by_label("指定学校").select_option(str(small_city.id(PRIMARY)))
    clerk.page.get_by_label("每校抽学生").fill("1")
    clerk.page.get_by_role("button", name="抽定名单").click()
    on_both(clerk)
    clerk.page.locator("tbody a").first.click()
    on_both(clerk)
    clerk.page.get_by_role("link", name="填写").click()
    all_right(clerk)
    all_right(clerk, wrong="监护人签名")
    on_both(clerk)
    clerk.page.get_by_role("button", name="发出检查结果").click()
    clerk.page.locator("dialog[open]").get_by_role("button", name="发出检查结果").click()
    clerk.said("有 1 处须更正")

    registrar = people.at(PRIMARY, Role.REGISTRAR)
    registrar.go(HOME)
    on_both(registrar)
    registrar.page.get_by_role("link", name="核对表没有监护人签名").click()
    on_both(registrar)
    registrar.page.get_by_role("button", name="登记更正").click()
    registrar.page.get_by_label("怎样更正的").fill("家长已补签")
    registrar.page.locator("dialog[open]").get_by_role("button", name="登记").click()
    registrar.said("等待复查")

    head = people.at(QINHUAI, Role.HEAD)
    head.go(HOME)
    on_both(head)
    head.page.locator("tbody a", has_text="学籍检查").last.click()
    head.page.get_by_role("link", name="核对表没有监护人签名").click()
    head.page.get_by_role("button", name="复查通过").click()
    head.page.locator("dialog[open]").get_by_role("button", name="复查通过").click()
    head.said("已了结")
    head.page.locator(".crumbs a").last.click()
    head.page.get_by_role("button", name="办结").click()
    head.page.locator("dialog[open]").get_by_role("button", name="办结").click()
    head.said("永久保存")
    on_both(head)
    for place in ("summary/", "retention/"):
        head.go(f"{HOME}{place}")
        on_both(head)
