"""Masked by default (interface; clause A6)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xueji.pure.kernel.masking import mask


@pytest.mark.parametrize(
    ("value", "kind", "shown"),
    [
        ("320102200201258112", "id_number", "3201************12"),
        ("E1234567", "id_number", "********"),
        ("13912345678", "phone", "139****5678"),
        ("52345678", "phone", "******78"),
        ("南京市秦淮区云锦路3号", "address", "南京市秦淮区******"),
        ("云锦路3号2单元501室", "address", "云锦******"),
        ("𠮷文", "name", "𠮷*"),
        ("阿依夏木古丽·吐尔逊", "name", "阿**"),
        ("甲状腺", "health", "******"),
        ("", "id_number", ""),
        (None, "phone", ""),
    ],
)
def test_a_sensitive_value_is_shown_in_part(value: str | None, kind: str, shown: str) -> None:
    assert mask(value, kind) == shown


@given(st.text(alphabet="0123456789X", min_size=4, max_size=20))
def test_an_id_number_never_shows_more_than_six_characters(value: str) -> None:
    assert len(mask(value, "id_number").replace("*", "")) <= 6
    assert len(mask(value, "id_number")) == len(value)
