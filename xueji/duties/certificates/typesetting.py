"""Typesetting of papers: a template and its data in, PDF/A-2b out; and reading a code back from one."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import typst
import zxingcpp

TEMPLATES = Path(__file__).parent / "templates"


class MissingGlyph(Exception):
    """A character of the data is in none of the fonts."""


def qr_svg(text: str) -> str:
    """A QR code of the text as SVG, error correction M (a fold or a stamp may cover a part)."""
    barcode = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    return str(barcode.to_svg(add_quiet_zones=True))


def typeset(template: str, data: dict[str, Any]) -> bytes:
    """The PDF/A-2b of ``templates/<template>.typ``.

    The standard makes a missing glyph an error instead of an empty box, so no pupil's name is ever lost unseen.
    Raises ``MissingGlyph``.
    """
    try:
        pdf = typst.compile(
            str(TEMPLATES / f"{template}.typ"),
            sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
            pdf_standards="a-2b",
        )
    except RuntimeError as error:
        if "font" in str(error) or "glyph" in str(error):
            raise MissingGlyph(str(error)) from error
        raise
    if not isinstance(pdf, bytes):
        raise TypeError("a single document was expected")
    return pdf


def read_code(pdf: bytes) -> str | None:
    """The text of the QR code on a paper's first page, None where none is found.

    Rendered by poppler's ``pdftoppm``; raises ``FileNotFoundError`` where that is not installed.
    """
    made = subprocess.run(
        ["pdftoppm", "-gray", "-r", "200", "-f", "1", "-l", "1", "-"], input=pdf, capture_output=True, check=False
    )
    parts = made.stdout.split(maxsplit=4)
    if made.returncode or len(parts) < 4 or parts[0] != b"P5":
        return None
    width, height = int(parts[1]), int(parts[2])
    pixels = memoryview(made.stdout[-width * height :]).cast("B", shape=[height, width])
    found = zxingcpp.read_barcodes(pixels)
    return str(found[0].text) if found else None
