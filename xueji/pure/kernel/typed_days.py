"""Dates as people type them: 20080903, 2008-9-3, 2008/9/3, 2008年9月3日, full-width digits too."""

from __future__ import annotations

import re
import unicodedata
from datetime import date

_TYPED = re.compile(r"^(\d{4})[-/.年]?(\d{1,2})[-/.月]?(\d{1,2})日?$")


def read_day(text: str) -> date | None:
    """The day that was typed, None where it cannot be read or does not exist."""
    found = _TYPED.match("".join(unicodedata.normalize("NFKC", text).split()))
    if found is None:
        return None
    try:
        return date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        return None
