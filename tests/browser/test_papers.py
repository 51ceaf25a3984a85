"""Papers in a real browser, at a desk and on a phone: looked at by keyboard, replaced, printed, scanned, filed."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from uuid import UUID

import pytest
from playwright.sync_api import FilePayload, Page, expect

from tests.browser.people import PATIENCE, People, Person
from tests.small_city import PRIMARY, QINHUAI, SmallCity
from xueji.ground.accounts.context import acting
from xueji.ground.documents.tests import hostile
from xueji.ground.typesetting import qr_svg, typeset
from xueji.pure.kernel.environment import LOCAL_ZONE, SeededEnvironment
from xueji.pure.kernel.types import Role
from xueji.registry.applications import services
from xueji.registry.applications.papers.codes import PaperCode
from xueji.registry.applications.tests.support import child, enrol
from xueji.registry.applications.tests.ways import student_of

pytestmark = pytest.mark.browser
SIZES = {"desk": (1366, 768), "phone": (390, 844)}
SAMPLE = Path(__file__).resolve().parents[2] / "xueji/ground/typesetting/tests/sample.typ"


def at(people: People, size: str, code: str, role: Role) -> Person:
    person = people.fresh(*SIZES[size])
    person.log_in(people.login_of(code, role))
    if "/post/" in person.page.url:
        person.page.locator("button.choose").first.click()
        person.page.wait_for_load_state()
    return person


def look(page: Page, folder: Path, name: str) -> None:
    """A picture of the page, for a person to look at."""
    page.screenshot(path=folder / f"{name}.png", full_page=True)


@pytest.fixture
def pupil(small_city: SmallCity, environment: SeededEnvironment) -> UUID:
    enrol(small_city, [child(1), child(2)])
    environment.move_to(datetime(2008, 9, 22, 9, tzinfo=LOCAL_ZONE))
    return student_of(small_city, str(child(1)["name"]))


@pytest.fixture
def suspension(small_city: SmallCity, pupil: UUID) -> UUID:
    form = typeset(SAMPLE, {"title": "休学申请表", "qr": qr_svg("1")})
    with acting(small_city.registrar()) as actor:
        papers = [
            ("application_form", services.keep_paper(actor=actor, name="休学申请表.pdf", content=form).id),
            (
                "medical_proof",
                services.keep_paper(actor=actor, name="诊断证明.pdf", content=hostile.of_pages(2)).id,
            ),
        ]
        return services.lodge_change(
            actor=actor,
            kind="suspension",
            school=small_city.id(PRIMARY),
            student=pupil,
            claim={"effective_on": "2008-09-22", "until": "2009-08-31", "reason_code": "illness"},
            evidence=papers,
        ).application


@pytest.mark.parametrize("size", list(SIZES))
def test_a_clerk_looks_at_the_papers_inside_the_application(
    people: People, suspension: UUID, tmp_path: Path, size: str
) -> None:
    clerk = at(people, size, QINHUAI, Role.CLERK)
    clerk.go(f"/changes/{suspension}/")
    look(clerk.page, tmp_path, f"{size}-application")
    clerk.page.get_by_role("link", name="休学申请表.pdf").click()
    shown = clerk.page.locator("[data-viewer] img")
    expect(shown).to_be_visible(timeout=PATIENCE)
    expect(shown).to_have_js_property("complete", True, timeout=PATIENCE)
    assert shown.evaluate("img => img.naturalWidth") > 600
    clerk.fits()
    look(clerk.page, tmp_path, f"{size}-viewer")
    for key, words in (("ArrowRight", "第 1 / 2 页，第 2 / 2 份"), ("ArrowRight", "第 2 / 2 页，第 2 / 2 份")):
        clerk.page.keyboard.press(key)
        expect(clerk.page.locator("[data-viewer]")).to_contain_text(words, timeout=PATIENCE)
    clerk.page.keyboard.press("ArrowLeft")
    expect(clerk.page.locator("[data-viewer]")).to_contain_text("第 1 / 2 页", timeout=PATIENCE)
    clerk.page.keyboard.press("+")
    expect(clerk.page.locator(".viewer-zoom")).to_have_text("150%", timeout=PATIENCE)
    clerk.fits()
    clerk.page.keyboard.press("Escape")
    expect(clerk.page.locator("[data-viewer]")).to_have_count(0)
    assert clerk.faults == []


@pytest.mark.parametrize("size", list(SIZES))
def test_a_registrar_prints_scans_and_files_a_form_and_replaces_a_paper(
    people: People, suspension: UUID, pupil: UUID, tmp_path: Path, size: str
) -> None:
    registrar = at(people, size, PRIMARY, Role.REGISTRAR)
    registrar.go(f"/changes/new/suspension/{pupil}/")
    look(registrar.page, tmp_path, f"{size}-lodging")
    registrar.go("/changes/scan/")
    look(registrar.page, tmp_path, f"{size}-scan")
    scanned = typeset(SAMPLE, {"title": "休学申请表", "qr": qr_svg(PaperCode(application=suspension).text())})
    files: list[FilePayload] = [
        {"name": "扫描001.pdf", "mimeType": "application/pdf", "buffer": scanned},
        {"name": "照片.jpg", "mimeType": "image/jpeg", "buffer": hostile.photo()},
    ]
    registrar.page.locator("#files").set_input_files(files)
    registrar.page.get_by_role("button", name="识别").click()
    registrar.expect_heading("核对后归档")
    registrar.fits()
    look(registrar.page, tmp_path, f"{size}-proposed")
    registrar.page.get_by_role("button", name="归档所选").click()
    registrar.said("已归档 1 份扫描件")
    registrar.page.get_by_text("添加或替换材料").click()
    registrar.page.locator("#ev-place").select_option(index=2)
    registrar.page.locator("#ev-file").set_input_files(
        {"name": "诊断证明（盖章）.pdf", "mimeType": "application/pdf", "buffer": hostile.of_pages(3)}
    )
    registrar.page.get_by_role("button", name="上传").click()
    registrar.said("已替换")
    registrar.fits()
    look(registrar.page, tmp_path, f"{size}-replaced")
    registrar.go(f"/changes/{suspension}/")
    registrar.page.get_by_text("添加或替换材料").click()
    registrar.page.locator("#ev-file").set_input_files(
        {"name": "带脚本.pdf", "mimeType": "application/pdf", "buffer": hostile.with_script()}
    )
    registrar.page.get_by_role("button", name="上传").click()
    registrar.said("没有办成")
    look(registrar.page, tmp_path, f"{size}-refused")
    assert registrar.faults == []
