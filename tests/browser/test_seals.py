"""A school asks for an electronic seal, its bureau approves it, a proof bears it, the bureau withdraws it (issue 5)."""

from __future__ import annotations

import io
from datetime import date
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect
from pypdf import PdfReader

from tests.browser.people import People, Person
from tests.small_city import PRIMARY, QINHUAI
from xueji.duties.certificates.tests.sealed_papers import picture, pictures_in
from xueji.duties.certificates.tests.support import issue, text_of
from xueji.pure.kernel.types import Role
from xueji.registry.register.tests.lives import Lives

pytestmark = pytest.mark.browser

HOME = "/manage/seals/"


def narrow(person: Person, place: str) -> None:
    """The same page on a phone's width."""
    person.page.set_viewport_size({"width": 390, "height": 844})
    person.go(place)
    person.page.set_viewport_size({"width": 1366, "height": 768})


def test_from_the_proposal_to_a_proof_that_bears_the_seal_and_its_withdrawal(people: People, tmp_path: Path) -> None:
    pupil = Lives(people.city).open(name="欧阳𠮷")
    registrar = people.at(PRIMARY, Role.REGISTRAR)
    narrow(registrar, HOME)
    registrar.go("/manage/")
    registrar.follow(registrar.page.locator("a.tile", has_text="电子印章"))
    expect(registrar.page.locator(".empty")).to_contain_text("没有电子印章")
    registrar.follow(registrar.page.get_by_role("link", name="学籍专用章"))
    registrar.expect_heading("申请电子的学籍专用章")
    file = tmp_path / "学籍专用章.png"
    file.write_bytes(picture())
    registrar.page.get_by_label("印章图片").set_input_files(file)
    registrar.page.get_by_label("到（含当天）").fill("20090831")
    registrar.page.get_by_label("申请理由").fill("每天出具的学籍证明很多")
    registrar.page.get_by_role("button", name="提交申请").click()
    registrar.said("等主管教育局批准")
    registrar.fits()
    seal = urlsplit(registrar.page.url).path
    drawn = registrar.page.locator("img.seal-picture")
    assert drawn.evaluate("one => one.complete && one.naturalWidth") == 480
    clerk, head = people.at(QINHUAI, Role.CLERK), people.at(QINHUAI, Role.HEAD)
    clerk.open_matter("电子印章")
    clerk.act("核对通过")
    clerk.said("转负责人批准")
    narrow(head, seal)
    head.open_matter("电子印章")
    place = head.page.get_by_role("link", name="样张：学籍证明").get_attribute("href")
    sample = head.page.context.request.get(f"{people.url}{place}").body()
    assert "样张，不作证明使用" in text_of(sample)
    head.act("批准")
    head.said("已批准")
    made = issue(people.city, pupil.student)
    assert len(pictures_in(made.pdf)) == 1
    assert len(PdfReader(io.BytesIO(made.pdf)).pages) == 1
    registrar.go("/certificates/check/")
    registrar.page.get_by_label("二维码里的文字").fill(made.statement)
    registrar.page.get_by_role("button", name="查验").last.click()
    registrar.said("查验通过")
    expect(registrar.page.locator("dl.pairs")).to_contain_text("有电子印章（学籍专用章）")
    head.go(seal)
    head.act("停用", "印章已经更换")
    head.said("已停用")
    narrow(registrar, HOME)
    registrar.go(seal)
    expect(registrar.page.locator(".story")).to_contain_text("印章已经更换")
    assert pictures_in(issue(people.city, pupil.student).pdf) == []
    assert [one for person in people.everyone() for one in person.faults] == []
    assert date(2009, 8, 31).isoformat() in registrar.page.locator("dl.pairs").inner_text()
