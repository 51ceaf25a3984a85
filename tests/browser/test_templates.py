"""A bureau changes a template, a school issues by it, the paper is checked, a record goes out (issue 5, show 7)."""

from __future__ import annotations

import io
from datetime import datetime
from pathlib import Path

import pytest
from playwright.sync_api import expect
from pypdf import PdfReader

from tests.browser.people import People, Person
from tests.small_city import CITY, PRIMARY
from xueji.duties.certificates.tests.support import issue, text_of
from xueji.pure.kernel.environment import LOCAL_ZONE, SeededEnvironment
from xueji.pure.kernel.types import Role
from xueji.registry.register.tests.lives import Lives

pytestmark = pytest.mark.browser

TEMPLATE = "/certificates/templates/proof_of_registration/"


def narrow(person: Person, place: str) -> None:
    """The same page on a phone's width."""
    person.page.set_viewport_size({"width": 390, "height": 844})
    person.go(place)
    person.page.set_viewport_size({"width": 1366, "height": 768})


def test_a_template_is_changed_by_the_bureau_and_the_paper_of_the_school_is_checked(
    people: People, environment: SeededEnvironment, tmp_path: Path
) -> None:
    pupil = Lives(people.city).open(name="欧阳𠮷")
    head = people.at(CITY, Role.HEAD)
    for place in ("/certificates/templates/", "/certificates/templates/graduation_certificate/", TEMPLATE):
        narrow(head, place)
    head.go(TEMPLATE)
    body = head.page.get_by_label("正文")
    body.fill(body.input_value().replace("兹证明", "现证明"))
    head.page.get_by_label("起用日期").fill("20080910")
    head.page.get_by_label("依据").fill("宁教学〔2008〕21号")
    head.page.get_by_role("button", name="决定起用").click()
    head.said("从 2008-09-10 起用")
    environment.move_to(datetime(2008, 9, 10, 9, tzinfo=LOCAL_ZONE))
    made = issue(people.city, pupil.student)
    assert "现证明欧阳𠮷" in text_of(made.pdf)
    registrar = people.at(PRIMARY, Role.REGISTRAR)
    narrow(registrar, "/certificates/check/")
    registrar.go("/certificates/check/")
    file = tmp_path / "证明.pdf"
    file.write_bytes(made.pdf)
    registrar.page.get_by_label("收到的 PDF").set_input_files(file)
    registrar.page.get_by_role("button", name="查验").first.click()
    registrar.said("查验通过")
    expect(registrar.page.locator("dl.pairs")).to_contain_text("欧＊＊")
    registrar.fits()
    narrow(registrar, f"/pupils/{pupil.student}/dossier/")
    registrar.go(f"/pupils/{pupil.student}/")
    registrar.page.get_by_role("link", name="导出学籍档案").click()
    registrar.page.get_by_label("事由").fill("学生转往外地，移交档案")
    with registrar.page.expect_download() as download:
        registrar.page.get_by_role("button", name="导出").click()
    dossier = Path(download.value.path()).read_bytes()
    assert set(PdfReader(io.BytesIO(dossier)).attachments) == {"dossier.json", "dossier.txt", "signature.json"}
    assert [one for person in people.everyone() for one in person.faults] == []
