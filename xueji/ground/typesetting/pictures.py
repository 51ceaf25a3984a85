"""Pictures on papers."""

from __future__ import annotations

import base64


def picture_svg(jpeg: bytes, width: float, height: float) -> str:
    """The picture in text, as a template's data are: it reaches the page byte for byte, and no file is written.

    ``width``, ``height``: its ratio, in any unit.
    """
    return _svg("image/jpeg", jpeg, width, height, "slice")


def seal_svg(png: bytes) -> str:
    """A seal in text: whole, in the middle of a square, what is transparent stays so."""
    return _svg("image/png", png, 1, 1, "meet")


def _svg(media_type: str, content: bytes, width: float, height: float, fits: str) -> str:
    told, size = base64.b64encode(content).decode(), f'width="{width:g}" height="{height:g}"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" {size}>'
        f'<image {size} preserveAspectRatio="xMidYMid {fits}" href="data:{media_type};base64,{told}"/>'
        "</svg>"
    )
