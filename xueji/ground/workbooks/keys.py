"""How two headers are compared. Light on purpose: the child process imports it."""

from __future__ import annotations

import re
import unicodedata

_DROPPED = re.compile(r"[\s·•・\-_.:：/、，,*★☆#＊]+")
_OPEN, _CLOSE = r"[(（【\[]", r"[)）】\]]"
_REMARK = re.compile(rf"{_OPEN}(?:必填项?|选填项?|可空|文本|(?:格式|下拉|填写){_CLOSE[:1]}^{_CLOSE[1:]}*){_CLOSE}")


def header_key(text: str) -> str:
    """A header as it is compared: no blanks, signs or remarks like （必填）; full-width forms folded."""
    folded = unicodedata.normalize("NFKC", _REMARK.sub("", text))
    return _DROPPED.sub("", folded).replace("(", "").replace(")", "").lower()
