"""Finding by letters."""

import pytest

from xueji.registry.register.pinyin import keys_of


@pytest.mark.parametrize(
    ("name", "initials", "key"),
    [
        ("张小明", "zxm", "zhang xiao ming"),
        ("单小明", "sxm", "shan xiao ming"),
        ("曾国", "zg", "zeng guo"),
        ("尉迟恭", "ycg", "yu chi gong"),
        ("阿卜杜拉·买买提", "abdlmmt", "a bo du la mai mai ti"),
        ("𠮷田", "jt", "ji tian"),
        ("Mary Ann", "ma", "mary ann"),
        ("", "", ""),
    ],
)
def test_a_name_has_the_surname_s_reading_and_letters_for_every_part(name: str, initials: str, key: str) -> None:
    assert keys_of(name) == (initials, key)
