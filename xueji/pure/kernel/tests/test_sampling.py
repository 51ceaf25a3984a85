"""A sample can be drawn again by anybody (clause A4)."""

from __future__ import annotations

from uuid import UUID

from xueji.pure.kernel.sampling import drawn, drawn_by_risk, sample_digest, score

PUPILS = [UUID(int=number) for number in range(1, 201)]


def test_the_same_seed_draws_the_same_sample_in_whatever_order_the_pupils_are_read() -> None:
    first = drawn("2008-秋", PUPILS, 20)
    assert drawn("2008-秋", PUPILS[::-1], 20) == first
    assert len(set(first)) == 20
    assert drawn("2008-秋", PUPILS, 30)[:20] == first, "a larger sample goes on where the smaller one ended"
    assert drawn("2009-春", PUPILS, 20) != first


def test_a_sample_is_never_larger_than_what_it_is_drawn_from_and_spreads_over_it() -> None:
    assert sorted(drawn("x", PUPILS[:3], 20)) == PUPILS[:3]
    assert drawn("x", PUPILS, 0) == []
    hits = sum(one in drawn(str(seed), PUPILS, 20) for seed in range(300) for one in PUPILS[:1])
    assert 15 <= hits <= 50, "about one in ten"


def test_the_order_of_the_lot_is_the_one_written_down_in_2008() -> None:
    assert [one.int for one in drawn("a1b2", PUPILS[:10], 4)] == [6, 9, 2, 1]


def test_by_risk_the_highest_come_first_equals_by_lot_and_nobody_without_any() -> None:
    scores = {PUPILS[0]: 0, PUPILS[1]: 3, PUPILS[2]: 9, PUPILS[3]: 3}
    found = drawn_by_risk("s", scores, 10)
    assert found[0] == PUPILS[2]
    assert found[1:] == drawn("s", [PUPILS[1], PUPILS[3]], 2)
    assert score({"errors": 2, "unknown": 5}, {"errors": 5}) == 10


def test_the_digest_covers_seed_method_and_every_line_in_order() -> None:
    whole = sample_digest("s", "random", ["a", "b"])
    assert len({whole, sample_digest("t", "random", ["a", "b"]), sample_digest("s", "risk", ["a", "b"]),
                sample_digest("s", "random", ["b", "a"])}) == 4  # fmt: skip
