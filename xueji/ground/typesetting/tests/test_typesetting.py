"""Papers: what is typed in is what is read back; a character without a glyph is an error, never an empty box."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from pypdf import PdfReader

from xueji.ground.documents.inspection import read_codes
from xueji.ground.typesetting import MissingGlyph, qr_svg, typeset

TEMPLATE = Path(__file__).parent / "sample.typ"


def data(title: str = "休学申请表") -> dict[str, object]:
    return {"title": title, "qr": qr_svg("XJ-A/1b")}


def test_a_paper_bears_its_words_and_its_code() -> None:
    pdf = typeset(TEMPLATE, data())
    text = PdfReader(io.BytesIO(pdf)).pages[0].extract_text().replace(" ", "")
    assert "休学申请表" in text
    assert "第1页，共1页" in text
    assert read_codes(pdf, "application/pdf", "a.pdf") == [("XJ-A/1b", 1)]


def test_a_character_that_no_font_holds_is_an_error() -> None:
    with pytest.raises(MissingGlyph):
        typeset(TEMPLATE, data("\U000e0123\U0010fffd"))
