"""A county is named with its city and province; headings of the table that name no place are left out."""

from __future__ import annotations

import pytest

from xueji.pure.kernel.divisions import full_name

NAMES = {
    "340000": "安徽省", "340100": "合肥市", "340101": "市辖区", "340121": "长丰县",
    "110000": "北京市", "110100": "市辖区", "110105": "朝阳区", "429000": "省直辖县级行政区划", "420000": "湖北省",
    "429004": "仙桃市",
}  # fmt: skip


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("340121000000", "安徽省合肥市长丰县"),
        ("340121", "安徽省合肥市长丰县"),
        ("340100", "安徽省合肥市"),
        ("340101", "安徽省合肥市"),
        ("110105", "北京市朝阳区"),
        ("429004", "湖北省仙桃市"),
        ("999999", ""),
        ("", ""),
    ],
)
def test_a_county_is_named_in_full(code: str, name: str) -> None:
    assert full_name(code, NAMES) == name
