"""分班: every pupil once, classes alike, boys and girls spread; the order is the order of names."""

from __future__ import annotations

from collections import Counter
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xueji.pure.procedures.division import BALANCED, PINYIN, Unclassed, arrange, sizes

PUPILS = st.lists(
    st.tuples(st.text("abcdefgh", min_size=1, max_size=4), st.sampled_from(["1", "2"])), min_size=1, max_size=60
)


@given(PUPILS, st.integers(1, 8), st.sampled_from([PINYIN, BALANCED]))
def test_everybody_gets_one_class_and_classes_are_alike(
    pupils: list[tuple[str, str]], classes: int, order: str
) -> None:
    made = [Unclassed(UUID(int=number), name, sex) for number, (name, sex) in enumerate(pupils)]
    assigned = arrange(made, classes, order)
    assert sorted(student.int for student, _ in assigned) == list(range(len(pupils)))
    counts = [sizes(assigned).get(number, 0) for number in range(1, classes + 1)]
    assert max(counts) - min(counts) <= (1 if order == PINYIN else 2)
    assert [number for _, number in assigned] == sorted(number for _, number in assigned)
    if order == BALANCED:
        by_sex = Counter((number, made[student.int].gender) for student, number in assigned)
        for sex in "12":
            own = [by_sex[number, sex] for number in range(1, classes + 1)]
            assert max(own) - min(own) <= 1


def test_within_a_class_the_order_is_that_of_names() -> None:
    made = [Unclassed(UUID(int=number), name, "1") for number, name in enumerate(["d", "b", "a", "c"])]
    assert [(student.int, number) for student, number in arrange(made, 2)] == [(2, 1), (0, 1), (1, 2), (3, 2)]


def test_there_is_at_least_one_class() -> None:
    with pytest.raises(ValueError, match="at least one"):
        arrange([], 0)
