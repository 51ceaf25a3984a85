"""Broken, disguised and acting files are refused with the reason; what is only unusual is taken."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from PIL import Image

from xueji.ground.documents.inspection import DEFAULT, inspect, read_codes, render
from xueji.ground.documents.recognise import JPEG, PDF, PNG, media_type
from xueji.ground.documents.tests import hostile
from xueji.ground.typesetting import qr_svg, typeset
from xueji.ground.typesetting.tests.test_typesetting import TEMPLATE
from xueji.pure.kernel.types import Refused

SMALL = replace(DEFAULT, pages=20)


def looked_at(content: bytes, name: str) -> int:
    return inspect(content, media_type(content, name), name, SMALL)


@pytest.mark.parametrize(
    ("content", "name", "code", "words"),
    [
        (hostile.with_script(), "a.pdf", "documents.active", "脚本"),
        (hostile.with_hidden_script(), "a.pdf", "documents.active", "脚本"),
        (hostile.with_attachment(), "a.pdf", "documents.active", "夹带的文件"),
        (hostile.with_action("Launch"), "a.pdf", "documents.active", "启动程序"),
        (hostile.with_action("SubmitForm"), "a.pdf", "documents.active", "向外发送"),
        (hostile.with_action("GoToR"), "a.pdf", "documents.active", "打开其他文件"),
        (hostile.with_form_of_xfa(), "a.pdf", "documents.active", "动态表单"),
        (hostile.of_pages(21), "a.pdf", "documents.too_many_pages", "21 页"),
        (hostile.of_pages(0), "a.pdf", "documents.broken", "页面"),
        (hostile.of_pages(1) + hostile.archive(), "a.pdf", "documents.disguised", "压缩包"),
        (hostile.of_pages(1) + b"<html><script>1</script>", "a.pdf", "documents.disguised", "网页"),
        (b"GIF89a;" + hostile.of_pages(1), "a.pdf", "documents.disguised", "其他内容"),
        (hostile.photo() + hostile.archive(), "a.jpg", "documents.disguised", "压缩包"),
        (hostile.photo() + b"<?php system(1);", "a.jpg", "documents.disguised", "网页"),
        (hostile.photo("PNG") + hostile.of_pages(1), "a.png", "documents.disguised", "PDF"),
        (hostile.photo("PNG") + b"MZ" + b"x" * 40, "a.png", "documents.disguised", "程序"),
        (hostile.bomb(), "a.png", "documents.too_many_pixels", "30000×30000"),
        (hostile.png_with_half_its_rows(), "a.png", "documents.broken", "没有传完"),
        (hostile.jpeg_cut(), "a.jpg", "documents.broken", "图片尾缺失"),
    ],
)
def test_a_file_that_is_more_or_less_than_a_paper_is_refused_with_the_reason(
    content: bytes, name: str, code: str, words: str
) -> None:
    with pytest.raises(Refused) as refusal:
        looked_at(content, name)
    assert (refusal.value.code, name in refusal.value.message) == (code, True)
    assert words in refusal.value.message


@pytest.mark.parametrize("pages", [1, 3, 20])
def test_a_plain_pdf_is_taken_with_its_pages(pages: int) -> None:
    assert looked_at(hostile.of_pages(pages), "户口簿.pdf") == pages


def test_a_link_to_an_address_and_a_phones_own_notes_behind_a_photo_are_taken() -> None:
    assert looked_at(hostile.with_action("URI"), "a.pdf") == 1
    assert looked_at(hostile.photo() + b"SEFT\x00\x00\x01" * 9, "a.jpg") == 1


def test_a_file_that_takes_all_memory_ends_its_own_process_only() -> None:
    tight = replace(DEFAULT, memory_bytes=400 * 1024**2, pixels=10**9)
    with pytest.raises(Refused) as refusal:
        inspect(hostile.bomb(), PNG, "a.png", replace(tight, memory_bytes=250 * 1024**2))
    assert refusal.value.code in {"documents.too_heavy", "documents.broken"}
    assert inspect(hostile.of_pages(2), PDF, "a.pdf") == 2


def test_what_is_shown_is_a_picture_made_anew() -> None:
    secret = b"GPS 32.06 118.79"
    shown = render(hostile.photo(size=(900, 300)) + secret, JPEG, "a.jpg", page=1, width=300)
    assert shown.content.startswith(b"\xff\xd8")
    assert secret not in shown.content
    assert shown.pages == 1
    page = render(hostile.of_pages(3), PDF, "a.pdf", page=2, width=400)
    assert (page.content[:2], page.pages) == (b"\xff\xd8", 3)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_a_white_scan_of_any_depth_is_whole(mode: str) -> None:
    out = io.BytesIO()
    Image.new(mode, (2481, 1217)).save(out, "PNG", optimize=True)
    assert looked_at(out.getvalue(), "a.png") == 1


def test_a_photo_held_sideways_is_shown_upright() -> None:
    exif = Image.Exif()
    exif[274] = 6
    out = io.BytesIO()
    Image.new("RGB", (90, 30), "white").save(out, "JPEG", exif=exif)
    shown = Image.open(io.BytesIO(render(out.getvalue(), JPEG, "a.jpg", page=1, width=300).content))
    assert (shown.width, shown.height) == (30, 90)


def test_the_code_of_a_scanned_paper_is_read_from_pdf_and_photo() -> None:
    pdf = typeset(TEMPLATE, {"title": "休学申请表", "qr": qr_svg("XJF1.abc")})
    assert read_codes(pdf, PDF, "a.pdf") == [("XJF1.abc", 1)]
    photo = render(pdf, PDF, "a.pdf", page=1, width=1200).content
    assert read_codes(photo, JPEG, "a.jpg") == [("XJF1.abc", 1)]
    assert read_codes(hostile.photo(), JPEG, "a.jpg") == []
