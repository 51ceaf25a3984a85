"""Dates as people type them on the pages, and as lists write them."""

from __future__ import annotations

from xueji.pure.kernel.typed_days import read_day

__all__ = ["listed_day", "read_day"]


def listed_day(text: str) -> str:
    """A day in the words of a paper (2008年7月1日) as lists write it (2008-07-01); what is no whole day as it is."""
    day = read_day(text)
    return day.isoformat() if day else text
