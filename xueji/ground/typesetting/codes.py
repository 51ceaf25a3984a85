"""QR codes: one made for a paper, and read back from it."""

from __future__ import annotations

import subprocess

import zxingcpp


def qr_svg(text: str) -> str:
    """A QR code of the text as SVG, error correction M (a fold or a stamp may cover a part)."""
    barcode = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    return str(barcode.to_svg(add_quiet_zones=True))


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
