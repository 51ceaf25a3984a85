"""QR codes for papers; ``documents.inspection.read_codes`` reads them back from a scan."""

from __future__ import annotations

import re
from typing import Any

import zxingcpp

_DARK = re.compile(b"\x00+")  # a run of dark pixels, one a module


def qr_svg(text: str) -> str:
    """A QR code of the text as SVG, error correction M (a fold or a stamp may cover a part).

    One path over the runs of dark modules: the library's own SVG, a rectangle a module, takes five times as long.
    """
    barcode = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    pixels: Any = barcode.to_image(scale=1, add_quiet_zones=True)  # of the buffer protocol
    view: Any = memoryview(pixels)
    (high, wide), flat = view.shape, view.tobytes()
    runs = [
        f"M{run.start()} {row}h{run.end() - run.start()}v1h{run.start() - run.end()}z"
        for row in range(high)
        for run in _DARK.finditer(flat[row * wide : (row + 1) * wide])
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{wide}" height="{high}" viewBox="0 0 {wide} {high}">'
        f'<rect width="{wide}" height="{high}" fill="#fff"/><path d="{"".join(runs)}"/></svg>'
    )
