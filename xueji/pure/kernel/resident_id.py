"""The resident identity number (GB 11643-1999): 18 characters, MOD 11-2.

6 digits of the region at first registration (GB/T 2260, old codes stay valid
for life) + 8 birth date + 3 order (odd male, even female) + 1 check character.
Source: domain.md §2; test vectors of the standard in the tests.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECK_CHARACTERS = "10X98765432"
_SHAPE = re.compile(r"[0-9]{17}[0-9X]\Z", re.ASCII)
_OLD_SHAPE = re.compile(r"[0-9]{15}\Z", re.ASCII)
_FIRST_BIRTH = date(1850, 1, 1)

#: Kinds of fault, in the order in which :func:`faults` reports them.
FAULTS = ("shape", "old_15_digits", "check_character", "birth_date", "region_province", "region_county")


@dataclass(frozen=True, slots=True)
class Regions:
    """Region prefixes of any edition: 2-digit provinces, 6-digit counties.

    ``counties`` maps 6-digit codes to names; ``complete_provinces`` are those
    for which every county of every edition is in the table. ``source`` names the table.
    """

    provinces: Mapping[str, str]
    counties: Mapping[str, str]
    complete_provinces: frozenset[str] = frozenset()
    source: str = ""

    def name_of(self, prefix: str) -> str | None:
        """The name of a 6-digit prefix, None where the table has none."""
        return self.counties.get(prefix)


@dataclass(frozen=True, slots=True)
class ResidentId:
    """The parts of a well-formed number."""

    number: str
    region: str
    birth_date: date
    order: int

    @property
    def gender(self) -> str:
        """GB/T 2261.1: "1" male, "2" female."""
        return "1" if self.order % 2 else "2"


def check_character(body: str) -> str:
    """The 18th character for 17 digits (ISO 7064 MOD 11-2)."""
    if len(body) != 17 or not body.isdecimal() or not body.isascii():
        raise ValueError("the body has 17 digits")
    return CHECK_CHARACTERS[sum(weight * int(digit) for weight, digit in zip(WEIGHTS, body, strict=True)) % 11]


def compose(region: str, birth_date: date, order: int) -> str:
    """A number of a region, a birth date and an order 0..999."""
    if len(region) != 6 or not region.isdecimal() or not 0 <= order <= 999:
        raise ValueError("region has 6 digits, order lies between 0 and 999")
    body = f"{region}{birth_date:%Y%m%d}{order:03d}"
    return body + check_character(body)


def birth_date_of(number: str) -> date | None:
    """The birth date in positions 7–14, None where it is no date."""
    try:
        born = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return None
    return born if born >= _FIRST_BIRTH else None


def parse(number: str) -> ResidentId:
    """The parts of a number; ValueError with the first fault's name when it is not well formed."""
    found = faults(number)
    if found:
        raise ValueError(found[0])
    return ResidentId(number, number[:6], date.fromisoformat(_iso(number)), int(number[14:17]))


def _iso(number: str) -> str:
    return f"{number[6:10]}-{number[10:12]}-{number[12:14]}"


def faults(number: str, regions: Regions | None = None) -> tuple[str, ...]:
    """What is wrong with a number, as names of :data:`FAULTS`; empty when it is well formed.

    Without ``regions`` prefixes are not looked at. ``region_county`` is a doubt
    (the table may lack an old edition), ``region_province`` is certain.
    """
    if _OLD_SHAPE.match(number):
        return ("old_15_digits",)
    if not _SHAPE.match(number):
        return ("shape",)
    found = []
    if check_character(number[:17]) != number[17]:
        found.append("check_character")
    if birth_date_of(number) is None:
        found.append("birth_date")
    if regions is not None:
        if number[:2] not in regions.provinces:
            found.append("region_province")
        elif number[:6] not in regions.counties:
            found.append("region_county")
    return tuple(found)


def upgrade_15(number: str) -> str:
    """The 18-character form of a 15-digit number (births of the 20th century)."""
    if not _OLD_SHAPE.match(number):
        raise ValueError("an old number has 15 digits")
    body = f"{number[:6]}19{number[6:]}"
    return body + check_character(body)
