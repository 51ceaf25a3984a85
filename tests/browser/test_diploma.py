"""A diploma from the school's request to the bureau's seal, a spoilt blank, and its check (issue 5, show 7)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.people import PATIENCE, People, Person
from tests.small_city import JUNIOR, PRIMARY, QINHUAI
from xueji.duties.certificates.tests.attested import attest, attest_at, junior_leaver, leaver, stock
from xueji.duties.certificates.tests.support import code_by_opencv, text_of
from xueji.pure.kernel.types import Role
from xueji.registry.register.tests.lives import Lives

pytestmark = pytest.mark.browser
LONG = "阿卜杜拉·买买提·吐尔逊江𠮷䶮"
NUMBER = "32010421001-毕-2008-0000"
BLANKS = "/certificates/blanks/"


def look(person: Person, folder: Path, name: str) -> None:
    """The page at a desk and on a phone: neither scrolls sideways; pictures for a person to look at."""
    for size, (width, height) in {"phone": (390, 844), "desk": (1366, 768)}.items():
        person.page.set_viewport_size({"width": width, "height": height})
        person.fits()
        person.page.screenshot(path=folder / f"{size}-diploma-{name}.png", full_page=True)


def agree(person: Person, order: str) -> None:
    """The step that waits for this post, by the main button of the request's page."""
    person.go(order)
    with person.page.expect_event("load"):
        person.page.locator("button[form=order-form][data-main]").click()
    assert person.page.locator("button[form=order-form][data-main]").count() == 0


def printed(page: Page, url: str, order: str) -> bytes:
    """The PDF that the form gives for the papers that are ticked (it opens in a tab of its own)."""
    form = page.locator("#print-form")
    answer = page.request.post(
        f"{url}{order}print/",
        form={
            "csrfmiddlewaretoken": form.locator("[name=csrfmiddlewaretoken]").input_value(),
            "printer": "",
            "first_blank": page.get_by_label("放在最上面的空白证书编号").input_value(),
            "paper": page.locator("input[name=paper]").first.get_attribute("value") or "",
        },
        headers={"Referer": url},
    )
    assert answer.status == 200
    return answer.body()


def test_a_diploma_is_asked_for_sealed_printed_on_a_second_blank_and_checked(people: People, tmp_path: Path) -> None:
    lives = Lives(people.city)
    for name in (LONG, "丁一"):
        leaver(lives, name=name)
    registrar = people.at(PRIMARY, Role.REGISTRAR)
    registrar.go("/certificates/attestations/new/graduation_certificate/")
    look(registrar, tmp_path, "new")
    registrar.page.get_by_label("选 丁一").uncheck()
    with registrar.page.expect_event("load"):
        registrar.page.get_by_role("button", name="申请验印").click()
    order = registrar.page.url.removeprefix(registrar.url)
    for code, role in ((PRIMARY, Role.DEPUTY_HEAD), (QINHUAI, Role.CLERK), (QINHUAI, Role.HEAD)):
        agree(people.at(code, role), order)
    head = people.at(QINHUAI, Role.HEAD)
    head.go(order)
    expect(head.page.locator("#order-form")).to_contain_text(f"{NUMBER}1")
    look(head, tmp_path, "sealed")
    registrar.go(BLANKS)
    registrar.page.get_by_label("起号").fill("JS0809001")
    registrar.page.get_by_label("止号").fill("JS0809002")
    with registrar.page.expect_event("load"):
        registrar.page.get_by_role("button", name="登记", exact=True).click()
    registrar.go(order)
    look(registrar, tmp_path, "print")
    printed(registrar.page, registrar.url, order)
    # The printer ate it: the blank is written off with its reason, the same diploma comes out on the next one.
    registrar.go(BLANKS)
    row = registrar.page.locator("tr", has_text="JS0809001").filter(has_text=f"{NUMBER}1")
    row.get_by_role("button", name="作废").click()
    dialog = registrar.page.locator("dialog[open]")
    dialog.get_by_label("原因").fill("卡纸")
    with registrar.page.expect_event("load"):
        dialog.locator("[data-main]").click()
    expect(registrar.page.locator("tr", has_text="JS0809001").filter(has_text="卡纸")).to_be_visible(timeout=PATIENCE)
    look(registrar, tmp_path, "blanks")
    registrar.go(order)
    pdf = printed(registrar.page, registrar.url, order)
    (tmp_path / "diploma.pdf").write_bytes(pdf)
    assert LONG in text_of(pdf)
    clerk = people.at(QINHUAI, Role.CLERK)
    clerk.go("/certificates/check/")
    clerk.page.locator("[name=text]").fill(code_by_opencv(pdf))
    clerk.page.get_by_role("button", name="查验").last.click()
    clerk.said("查验通过")
    expect(clerk.page.locator("dl.pairs")).to_contain_text("阿")
    look(clerk, tmp_path, "checked")
    assert [one for person in people.everyone() for one in person.faults] == []


def test_a_bureau_prints_its_schools_diplomas_in_one_order(
    people: People, tmp_path: Path, run_jobs: Callable[[], None]
) -> None:
    lives, city = Lives(people.city), people.city
    attest(city, [leaver(lives, name=name).student for name in (LONG, "甲一", "乙二")])
    attest_at(city, JUNIOR, [junior_leaver(lives, name="戊五").student])
    leaver(lives, name="丁四")
    stock(city, "JS001", "JS002")
    stock(city, "JS101", "JS102", JUNIOR)
    clerk = people.at(QINHUAI, Role.CLERK)
    clerk.go("/certificates/diplomas/")
    expect(clerk.page.locator("#order-form")).to_contain_text("学校未用的空白证书不够 1 人")
    look(clerk, tmp_path, "bureau-order")
    with clerk.page.expect_event("load"):
        clerk.page.get_by_role("button", name="打印所选学校的毕业证书").click()
    run_jobs()
    expect(clerk.page.locator("#run", has_text="已办 3 份")).to_be_visible(timeout=PATIENCE)
    expect(clerk.page.locator("#run", has_text="丁四")).to_contain_text("请学校申请验印")
    look(clerk, tmp_path, "bureau-printed")
    for name, button in (("diplomas", "打印证书"), ("roll", "打印花名册")):
        form = clerk.page.locator("form", has=clerk.page.get_by_role("button", name=button)).first
        answer = clerk.page.request.post(
            f"{clerk.url}{form.get_attribute('action')}",
            form={"csrfmiddlewaretoken": form.locator("[name=csrfmiddlewaretoken]").input_value()},
            headers={"Referer": clerk.url},
        )
        assert answer.status == 200
        (tmp_path / f"{name}.pdf").write_bytes(answer.body())
        assert LONG in text_of(answer.body())
    assert clerk.faults == []
