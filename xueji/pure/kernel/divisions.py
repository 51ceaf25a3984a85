"""Codes of administrative divisions (行政区划代码, GB/T 2260): two digits each for province, city and county.

Longer codes (towns, GB/T 10114) begin with that of their county.
"""

from __future__ import annotations

_PROVINCE, _CITY, _COUNTY = 2, 4, 6


def province_of(code: str) -> str:
    """The code of the province in which a division lies: 320000."""
    return code[:_PROVINCE].ljust(_COUNTY, "0")


def city_of(code: str) -> str:
    """The code of the city in which a division lies: 320100."""
    return code[:_CITY].ljust(_COUNTY, "0")


def county_of(code: str) -> str:
    """The code of the county or district: the first six digits."""
    return code[:_COUNTY]
