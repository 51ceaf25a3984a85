"""The resident identity number (GB 11643-1999)."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xueji.pure.kernel.resident_id import Regions, check_character, compose, faults, parse, upgrade_15

REGIONS = Regions(
    {"32": "江苏省", "11": "北京市", "44": "广东省"}, {"320102": "玄武区", "110105": "朝阳区", "440524": "澄海县"}
)


@pytest.mark.parametrize("number", ["11010519491231002X", "440524188001010014"])
def test_the_vectors_of_the_standard_are_well_formed(number: str) -> None:
    assert faults(number, REGIONS) == ()
    assert check_character(number[:17]) == number[17]


def test_the_parts_are_read() -> None:
    found = parse("11010519491231002X")
    assert (found.region, found.birth_date, found.order, found.gender) == ("110105", date(1949, 12, 31), 2, "2")
    assert parse("440524188001010014").gender == "1"


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        ("110105194912310021", ("check_character",)),
        ("11010519491231002x", ("shape",)),
        ("1101051949123100", ("shape",)),
        ("１1010519491231002X", ("shape",)),
        ("110105491231002", ("old_15_digits",)),
        (compose("320102", date(2001, 2, 28), 1).replace("20010228", "20010230"), ("check_character", "birth_date")),
        (compose("990102", date(2001, 2, 28), 1), ("region_province",)),
        (compose("320199", date(2001, 2, 28), 1), ("region_county",)),
    ],
)
def test_each_fault_is_named(number: str, expected: tuple[str, ...]) -> None:
    assert faults(number, REGIONS) == expected


@given(st.dates(date(1900, 1, 1), date(2026, 12, 31)), st.integers(0, 999))
def test_a_composed_number_is_well_formed_and_any_wrong_digit_is_found(born: date, order: int) -> None:
    number = compose("320102", born, order)
    assert faults(number, REGIONS) == ()
    for place in range(14, 17):
        other = str((int(number[place]) + 1) % 10)
        assert "check_character" in faults(number[:place] + other + number[place + 1 :])


def test_the_old_number_of_15_digits_is_carried_over() -> None:
    assert upgrade_15("110105491231002") == "11010519491231002X"
