"""Typesetting of papers: a template and its data in, PDF/A-2b out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import typst
import zxingcpp

TEMPLATES = Path(__file__).parent / "templates"


def qr_svg(text: str) -> str:
    """A QR code of the text as SVG, error correction M (a fold or a stamp may cover a part)."""
    barcode = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    return str(barcode.to_svg(add_quiet_zones=True))


def typeset(template: str, data: dict[str, Any]) -> bytes:
    """The PDF/A-2b of ``templates/<template>.typ``.

    The standard makes a missing glyph an error instead of an empty box, so no pupil's name is ever lost unseen.
    Raises RuntimeError (of typst) when a glyph is missing.
    """
    pdf = typst.compile(
        str(TEMPLATES / f"{template}.typ"),
        sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
        pdf_standards="a-2b",
    )
    if not isinstance(pdf, bytes):
        raise TypeError("a single document was expected")
    return pdf
