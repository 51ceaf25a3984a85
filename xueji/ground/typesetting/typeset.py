"""A template and its data in, PDF/A-2b out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias

import typst

#: What templates may import from: ``/ground/typesetting/house.typ`` is the house's own.
ROOT = Path(__file__).resolve().parents[2]


class MissingGlyph(Exception):
    """A character of the data is in none of the fonts."""


#: PDF/A-2 for what is read, PDF/A-3 for what carries files (``pdf.attach``).
Standard: TypeAlias = Literal["a-2b", "a-3b"]
PLAIN: Final = "a-2b"
CARRYING: Final = "a-3b"


def typeset(template: Path, data: Mapping[str, Any], *, standard: Standard = PLAIN) -> bytes:
    """The PDF/A of a ``.typ`` file below ``xueji/``; it reads ``json(bytes(sys.inputs.data))``.

    The standard makes a missing glyph an error instead of an empty box, so no pupil's name is ever lost unseen.
    Raises ``MissingGlyph``.
    """
    try:
        pdf = typst.compile(
            str(template),
            root=str(ROOT),
            sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
            pdf_standards=standard,
        )
    except RuntimeError as error:
        if "font" in str(error) or "glyph" in str(error):
            raise MissingGlyph(str(error)) from error
        raise
    if not isinstance(pdf, bytes):
        raise TypeError("a single document was expected")
    return pdf


def chinese_date(day: date) -> str:
    """2008年11月3日."""
    return f"{day.year}年{day.month}月{day.day}日"
