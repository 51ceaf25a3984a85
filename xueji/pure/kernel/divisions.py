"""Codes of administrative divisions (行政区划代码, GB/T 2260): two digits each for province, city and county.

Longer codes (towns, GB/T 10114) begin with that of their county.
"""

from __future__ import annotations

from collections.abc import Mapping

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


def full_name(code: str, names: Mapping[str, str]) -> str:
    """The name of a county with its city and province before it: 安徽省合肥市长丰县; '' where the county has none.

    ``names``: six-digit code → name. Headings that name no place (市辖区, 省直辖县级行政区划) are left out.
    """
    county = county_of(code)
    if county not in names:
        return ""
    parts = [names.get(one, "") for one in dict.fromkeys((province_of(county), city_of(county), county))]
    return "".join(one for one in parts if one not in _HEADINGS and "直辖" not in one)


_HEADINGS = frozenset({"市辖区", "县", "市"})
