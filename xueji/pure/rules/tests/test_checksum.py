"""The check character as a column expression agrees with the standard's vectors and with the kernel."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from xueji.pure.kernel import resident_id
from xueji.pure.rules.preparing import check_sum_holds


def _holds(numbers: list[str]) -> list[bool]:
    frame = pl.DataFrame({"number": numbers})
    return frame.select(check_sum_holds(pl.col("number"))).to_series().to_list()


def test_the_vectors_of_gb_11643_hold() -> None:
    assert _holds(["11010519491231002X", "440524188001010014"]) == [True, True]


def test_a_changed_digit_or_two_swapped_neighbours_are_found() -> None:
    number = "110105194912310022"[:17] + "X"
    spoilt = [number[:i] + str((int(number[i]) + 1) % 10) + number[i + 1 :] for i in range(17)]
    swapped = [
        number[:i] + number[i + 1] + number[i] + number[i + 2 :] for i in range(16) if number[i] != number[i + 1]
    ]
    assert not any(_holds(spoilt + swapped))


@given(st.lists(st.tuples(st.integers(0, 40_000), st.integers(0, 999), st.sampled_from("0123456789X")), min_size=1))
def test_many_numbers_at_once_are_judged_as_each_by_itself(drawn: list[tuple[int, int, str]]) -> None:
    born = [date(1900, 1, 1) + timedelta(days=days) for days, _, _ in drawn]
    numbers = [f"320102{day:%Y%m%d}{order:03d}{last}" for day, (_, order, last) in zip(born, drawn, strict=True)]
    assert _holds(numbers) == [resident_id.check_character(number[:17]) == number[17] for number in numbers]
