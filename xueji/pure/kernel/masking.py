"""How a sensitive value is shown where nobody asked for the whole (interface: "Masked by default")."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

STAR = "*"


def _middle(value: str, first: int, last: int) -> str:
    """The first and last characters, the length kept; all stars where too little would be hidden."""
    hidden = len(value) - first - last
    if hidden < max(first, last, 2):
        return STAR * len(value)
    return value[:first] + STAR * hidden + (value[-last:] if last else "")


def _address(value: str) -> str:
    """As far as the district or county, at most six characters; the rest is hidden without its length."""
    for end in (value.find(mark) for mark in ("区", "县")):
        if 0 < end < 12:
            return value[: end + 1] + STAR * 6
    return value[: min(2, len(value) // 3)] + STAR * 6


_MASKS: Final[dict[str, Callable[[str], str]]] = {
    "id_number": lambda value: _middle(value, 4, 2),
    "phone": lambda value: _middle(value, 3, 4) if len(value) >= 11 else _middle(value, 0, 2),
    "address": _address,
    # At most two stars: the length of a long name would tell whose it is, and fill the line.
    "name": lambda value: value[:1] + STAR * min(2, max(1, len(value) - 1)),
}


def mask(value: str | None, kind: str) -> str:
    """A value as lists and pages show it: ``3201**********12`` for an ID number.

    ``kind``: id_number, phone, address or name; any other kind is hidden whole. None and '' stay ''.
    """
    if not value:
        return ""
    made = _MASKS.get(kind)
    return STAR * 6 if made is None else made(value)
