"""Pictures on papers."""

from __future__ import annotations

import base64


def picture_svg(jpeg: bytes, width: float, height: float) -> str:
    """The picture in text, as a template's data are: it reaches the page byte for byte, and no file is written.

    ``width``, ``height``: its ratio, in any unit.
    """
    told, size = base64.b64encode(jpeg).decode(), f'width="{width:g}" height="{height:g}"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" {size}>'
        f'<image {size} preserveAspectRatio="xMidYMid slice" href="data:image/jpeg;base64,{told}"/>'
        "</svg>"
    )
