"""Photos and cards in a real browser: an archive, a crop by keyboard, a card order, the print."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.people import PATIENCE, People
from tests.small_city import PRIMARY, SmallCity
from xueji.pure.kernel.types import Role
from xueji.registry.photos.tests.pictures import archive, portrait
from xueji.registry.register.tests.lives import Lives

pytestmark = pytest.mark.browser
SIZES = {"desk": (1366, 768), "phone": (390, 844)}
LONG = "阿卜杜拉·买买提·吐尔逊江𠮷䶮"


def look(page: Page, folder: Path, name: str) -> None:
    """A picture of the page, for a person to look at."""
    page.screenshot(path=folder / f"{name}.png", full_page=True)


@pytest.mark.parametrize("size", list(SIZES))
def test_from_an_archive_of_photos_to_printed_cards(
    people: People, small_city: SmallCity, run_jobs: Callable[[], None], tmp_path: Path, size: str
) -> None:
    lives = Lives(small_city)
    for name in ("李红", LONG, "张小明", "丁四"):
        lives.open(name=name)
    registrar = people.fresh(*SIZES[size])
    registrar.log_in(people.login_of(PRIMARY, Role.REGISTRAR))
    page = registrar.page
    if "/post/" in page.url:
        page.locator("button.choose").first.click()
        page.wait_for_load_state()
    registrar.go("/pupils/photos/")
    look(page, tmp_path, f"{size}-photos")
    files = [
        ("李红.jpg", portrait(1)),
        (f"{LONG}.jpg", portrait(2)),
        ("张小明.jpg", portrait(3, 900, 600)),
        ("谁.jpg", portrait(4)),
    ]
    page.locator("#photo-files").set_input_files(
        {"name": "照片.zip", "mimeType": "application/zip", "buffer": archive(files)}
    )
    page.get_by_role("button", name="上传并预览").click()
    registrar.expect_heading("正在读取")
    registrar.fits()
    look(page, tmp_path, f"{size}-reading")
    run_jobs()
    registrar.expect_heading("2 张可以采用")
    registrar.fits()
    look(page, tmp_path, f"{size}-preview")
    page.get_by_role("link", name="裁剪", exact=True).click()
    frame = page.locator("[data-crop-frame]")
    expect(frame).to_be_visible(timeout=PATIENCE)
    before = page.locator("[data-crop-left]").input_value(), page.locator("[data-crop-width]").input_value()
    frame.focus()
    for key in ("ArrowRight", "ArrowRight", "-", "ArrowDown"):
        frame.press(key)
    assert page.locator("[data-crop-left]").input_value() != before[0]
    assert int(page.locator("[data-crop-width]").input_value()) < int(before[1])
    registrar.fits()
    look(page, tmp_path, f"{size}-crop")
    page.get_by_role("button", name="只存裁剪").click()
    registrar.expect_heading("3 张可以采用")
    registrar.act("采用 3 张")
    registrar.expect_heading("正在写入档案")
    look(page, tmp_path, f"{size}-taking")
    run_jobs()
    registrar.expect_heading("0 张可以采用")
    registrar.fits()
    look(page, tmp_path, f"{size}-taken")
    registrar.go("/certificates/cards/")
    look(page, tmp_path, f"{size}-batches")
    page.get_by_role("button", name="开始制证").click()
    registrar.expect_heading("学生证")
    run_jobs()
    expect(page.locator("#run", has_text="已办 3 张")).to_be_visible(timeout=PATIENCE)
    expect(page.locator("#run", has_text="丁四")).to_contain_text("还没有照片")
    registrar.fits()
    look(page, tmp_path, f"{size}-batch")
    form = page.locator("form", has=page.get_by_role("button", name="打印拼版")).first
    token = form.locator("[name=csrfmiddlewaretoken]").input_value()
    answer = page.request.post(
        f"{registrar.url}{form.get_attribute('action')}",
        form={"csrfmiddlewaretoken": token},
        headers={"Referer": registrar.url},
    )
    assert answer.status == 200
    assert answer.body().startswith(b"%PDF-")
    (tmp_path / "sheets.pdf").write_bytes(answer.body())
    assert registrar.faults == []
