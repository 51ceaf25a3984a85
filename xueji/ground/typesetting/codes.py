"""QR codes for papers; ``documents.inspection.read_codes`` reads them back from a scan."""

from __future__ import annotations

import zxingcpp


def qr_svg(text: str) -> str:
    """A QR code of the text as SVG, error correction M (a fold or a stamp may cover a part)."""
    barcode = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    return str(barcode.to_svg(add_quiet_zones=True))
