"""Each rule of the round finds its planted violation, and a clean school has no finding (issue 4, Shows 4)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import polars as pl
import pytest

from xueji.ground.parameters.build import rulebook_from_files
from xueji.pure.rules.rounds import (
    LIVES,
    OPENING,
    ROUND_BY_CODE,
    ROUND_RULES,
    STATE,
    RoundFacts,
    of_parts,
    run_round_rules,
)

DAY, EVE = date(2008, 9, 15), date(2007, 9, 15)
SCHOOL, OTHER = "school", "other"


def _pupil(index: int, **changed: Any) -> dict[str, Any]:
    return {
        "school": SCHOOL, "student": f"s{index}", "registration": f"r{index}", "number": f"n{index}",
        "stage": "primary", "intake_year": 2007, "grade": 2, "class_group": "c1", "birth_month": "2001-03",
        "presence": "attending", "established": True,
    } | changed  # fmt: skip


def _life(index: int, **changed: Any) -> dict[str, Any]:
    return {
        "student": f"s{index}", "registration": f"r{index}", "school": SCHOOL, "stage": "primary",
        "number": f"n{index}", "started_on": date(2007, 9, 1), "ended_on": None, "how_started": "opening",
        "how_ended": None,
    } | changed  # fmt: skip


def _line(**changed: Any) -> dict[str, Any]:
    return {
        "school": SCHOOL, "stage": "primary", "intake_year": 2007, "gender": "1", "opening": 100, "closing": 100,
        "registered_balanced": True, "attending_balanced": True,
    } | changed  # fmt: skip


def _clean() -> RoundFacts:
    """Four pupils: one moved in from another school on one day, one graduated from the primary stage before, two were
    in the round before."""
    book = rulebook_from_files(DAY)
    pupils = [_pupil(index) for index in range(4)]
    lives = [
        _life(0, registration="r0a", school=OTHER, started_on=EVE, ended_on=date(2008, 3, 3), how_ended="transfer_out"),
        _life(0, started_on=date(2008, 3, 3), how_started="transfer_in"),
        _life(1, registration="r1a", school=OTHER, ended_on=date(2008, 7, 1), how_ended="graduation"),
        _life(1, stage="junior", started_on=date(2008, 9, 1), how_started="enrolment"),
    ]
    opening = [{key: one[key] for key in OPENING} for one in pupils[2:]]
    return RoundFacts(
        schools=frozenset({SCHOOL}), on=DAY, school_year=2008, after=EVE, stages=book.stages,
        settings=book.settings, exits=book.exits,
        state=pl.DataFrame(pupils, schema=STATE), opening=pl.DataFrame(opening, schema=OPENING),
        lives=pl.DataFrame(lives, schema=LIVES), flow=(_line(),), classes={"c1": "二（1）班"},
    )  # fmt: skip


def _state(*changed: dict[str, Any]) -> Callable[[RoundFacts], RoundFacts]:
    def plant(facts: RoundFacts) -> RoundFacts:
        more = pl.DataFrame([_pupil(9 + index, **one) for index, one in enumerate(changed)], schema=STATE)
        return replace(facts, state=pl.concat([facts.state, more]))

    return plant


def _lives(*lives: dict[str, Any]) -> Callable[[RoundFacts], RoundFacts]:
    def plant(facts: RoundFacts) -> RoundFacts:
        planted = _state({})(facts)
        return replace(planted, lives=pl.concat([facts.lives, pl.DataFrame(list(lives), schema=LIVES)]))

    return plant


def _flow(**changed: Any) -> Callable[[RoundFacts], RoundFacts]:
    return lambda facts: replace(facts, flow=(*facts.flow, _line(**changed)))


def _facts(**changed: Any) -> Callable[[RoundFacts], RoundFacts]:
    return lambda facts: replace(facts, **changed)


def _vanished(facts: RoundFacts) -> RoundFacts:
    gone = pl.DataFrame([{key: _pupil(9)[key] for key in OPENING}], schema=OPENING)
    planted = replace(facts, opening=pl.concat([facts.opening, gone]))
    # In force by the register, but only from a later day: neither here nor left.
    return replace(planted, lives=pl.concat([facts.lives, pl.DataFrame([_life(9, started_on=DAY)], schema=LIVES)]))


_ENDED = date(2008, 4, 4)
_ITEM = {
    "sending_name": "甲校", "receiving_name": "乙校", "since": "2008-09-10", "registration_number": "n9",
    "student": "s9",
}  # fmt: skip
PLANTED: dict[str, Callable[[RoundFacts], RoundFacts]] = {
    "return.no_number": _state({"number": None}),
    "return.no_class": _state({"grade": None, "intake_year": None}),
    "return.leaver_not_closed": _state({"grade": None, "intake_year": 2002, "birth_month": "1996-03"}),
    "return.leaver_stays": _state({"grade": None, "intake_year": 2002, "presence": "abroad"}),
    "return.suspension_over": lambda facts: replace(
        _state({"presence": "suspended"})(facts), suspensions={"s9": date(2008, 9, 14)}
    ),
    "return.not_established": _state({"established": False}),
    "return.arrival_unconfirmed": _state({"presence": "not_arrived"}),
    "return.age_for_grade": _state({"birth_month": "1995-03"}),
    "return.overlapping": _lives(
        _life(9), _life(9, registration="r9b", school=OTHER, started_on=date(2008, 3, 3), number="m9")
    ),
    "return.exit_contradicted": _lives(
        _life(9, registration="r9a", school=OTHER, ended_on=_ENDED, how_ended="death"),
        _life(9, started_on=date(2008, 9, 1), how_started="enrolment"),
    ),
    "return.vanished": _vanished,
    "return.promotion_missing": _facts(unpromoted=((SCHOOL, "primary", 2005),)),
    "return.flow_identity": _flow(registered_balanced=False),
    "return.attending_identity": _flow(attending_balanced=False),
    "return.unexplained": _flow(other_in=1),
    "return.large_change": _flow(stage="junior", intake_year=2006, opening=100, closing=70),
    "return.class_size": _state(*({"class_group": "c2"} for _ in range(56))),
    "return.roster_pending": _facts(rosters=((SCHOOL, "2008-09-10", 3),)),
    "return.ghost": _facts(ghosts=((SCHOOL, "s1", 2),)),
    "return.guest_twice": _facts(guests_twice=((SCHOOL, "o1"),)),
    "return.in_hand": _facts(hand=((SCHOOL, {**_ITEM, "state": "pending"}),)),
    "return.left_out": _facts(hand=((SCHOOL, {**_ITEM, "state": "left_out"}),)),
}


def test_a_clean_school_has_no_finding() -> None:
    assert run_round_rules(_clean()) == {}


@pytest.mark.parametrize("code", list(PLANTED))
def test_each_rule_finds_its_planted_violation_and_no_other_rule_does(code: str) -> None:
    found = run_round_rules(PLANTED[code](_clean()))
    assert set(found) == {SCHOOL}
    assert [item["code"] for item in found[SCHOOL]] == [code]
    assert found[SCHOOL][0]["severity"] == ROUND_BY_CODE[code].severity.value
    assert "{" not in found[SCHOOL][0]["message"]


def test_a_pupil_who_left_or_moved_on_has_not_vanished() -> None:
    facts = _vanished(_clean())
    left = _life(9, ended_on=_ENDED, how_ended="death")
    moved = _life(9, registration="r9b", school=OTHER, started_on=_ENDED, how_started="transfer_in")
    for lives in ([left], [{**left, "how_ended": "transfer_out"}, moved], []):
        assert run_round_rules(replace(facts, lives=pl.DataFrame(lives, schema=LIVES))) == {}


def test_a_suspension_that_goes_on_is_no_finding_and_one_that_never_said_its_end_is() -> None:
    facts = _state({"presence": "suspended"})(_clean())
    assert run_round_rules(replace(facts, suspensions={"s9": DAY})) == {}
    for unsaid in ({"s9": None}, {}):
        (item,) = run_round_rules(replace(facts, suspensions=unsaid))[SCHOOL]
        assert (item["code"], item["student"]) == ("return.suspension_over", "s9")
        assert "没有登记期满日期" in item["message"]


def test_a_bureau_s_sum_names_what_is_missing_double_nowhere_or_different() -> None:
    found = of_parts([("1", "甲校")], [("n1", "s1")], [("n2", "s2")], [("2", "乙校")])
    assert [(item["code"], item["row"], item.get("student")) for item in found] == [
        ("return.school_missing", "1", None), ("return.counted_twice", "n1", "s1"),
        ("return.counted_nowhere", "n2", "s2"), ("return.part_differs", "2", None),
    ]  # fmt: skip


def test_every_rule_is_tried_here_and_says_how_it_is_mended() -> None:
    sums = {rule.code for rule in ROUND_RULES if rule.find is None}
    assert {*PLANTED, *sums} == set(ROUND_BY_CODE)
    assert len(ROUND_BY_CODE) == len(ROUND_RULES)
    for rule in ROUND_RULES:
        assert rule.title
        assert rule.basis
        assert rule.mend.endswith("。")


def test_before_the_first_year_nothing_is_asked_that_takes_a_year() -> None:
    facts = replace(PLANTED["return.promotion_missing"](_clean()), on=EVE)
    assert run_round_rules(facts) == {}
