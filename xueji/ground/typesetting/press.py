"""A template kept ready: fonts are found once, many documents are printed with it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import typst

from xueji.ground.typesetting.typeset import ROOT, MissingGlyph


@cache
def _fonts() -> typst.Fonts:
    """The machine's fonts: looking through them takes longer than most documents."""
    return typst.Fonts()


class Press:
    """One template, compiled again with other data; its PDF/A-2b is the same as ``typeset`` gives."""

    def __init__(self, template: Path) -> None:
        """``template``: a ``.typ`` file below ``xueji/``."""
        self._compiler = typst.Compiler(str(template), root=str(ROOT), font_paths=_fonts())

    def print(self, data: Mapping[str, Any]) -> bytes:
        """The PDF/A-2b of the data. Raises ``MissingGlyph``."""
        try:
            pdf = self._compiler.compile(
                sys_inputs={"data": json.dumps(data, ensure_ascii=False)}, pdf_standards="a-2b"
            )
        except RuntimeError as error:
            if "font" in str(error) or "glyph" in str(error):
                raise MissingGlyph(str(error)) from error
            raise
        if not isinstance(pdf, bytes):
            raise TypeError("a single document was expected")
        return pdf
