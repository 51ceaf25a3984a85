"""What random lives (tests/lives) found: days before a later fact, ends of another matter, pupils without a class."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest

from xueji.pure.kernel.fold import Spell
from xueji.pure.kernel.operations import SetFields, SetSpell
from xueji.pure.procedures.frame import ChangeFacts, decide, procedures
from xueji.registry.applications.services.pupil_facts import _due_back
from xueji.registry.applications.tests.test_limits_of_changes import (
    DAY,
    ENTRY,
    HOST,
    REGISTRATION,
    Case,
    day,
    facts_of,
    place,
)


def _codes(kind: str, facts: ChangeFacts) -> list[str]:
    return [one.code for one in decide(procedures()[kind], facts).refusals]


def test_nothing_is_dated_before_the_end_of_a_study_elsewhere() -> None:
    """The end says nothing that goes on: only the day on which the study ended shows it."""
    facts = facts_of("death", Case({"effective_on": day(-2), "reason_code": "illness"}))
    assert facts.current is not None
    facts.current.spells.append(Spell("attends", str(HOST), date(2008, 9, 1), DAY - timedelta(days=1), ENTRY))
    assert _codes("death", facts) == ["before_last_change"]


def test_nobody_comes_back_before_the_day_of_an_extension() -> None:
    """The extension, said of a later day, would suspend him again."""
    facts = facts_of("resumption", Case({"effective_on": day(-2)}, "suspended"))
    extension = SimpleNamespace(
        entry_id=UUID(int=77),
        corrects=None,
        effective_on=DAY,
        operations=(SetSpell(REGISTRATION, "status", "suspended"),),
    )
    assert _codes("resumption", facts) == []
    assert _codes("resumption", replace(facts, entries=(extension,))) == ["before_last_change"]


def test_what_was_said_of_a_field_from_a_later_day_on_is_not_dated_back_under() -> None:
    """It would be approved, and the later entry would undo it: the record would say nothing of it."""
    facts = facts_of("home_teaching", Case({"effective_on": day(-2)}))
    ended = SimpleNamespace(
        entry_id=UUID(int=78),
        corrects=None,
        effective_on=DAY,
        operations=(SetFields({"special_ed_placement": None, "inclusion_status": "0"}),),
    )
    assert _codes("home_teaching", facts) == []
    assert _codes("home_teaching", replace(facts, entries=(ended,))) == ["before_last_change"]
    taken_back = SimpleNamespace(entry_id=UUID(int=79), corrects=ended.entry_id, effective_on=DAY, operations=())
    assert _codes("home_teaching", replace(facts, entries=(ended, taken_back))) == []


def test_an_acceptance_letter_is_of_a_day_after_the_registration_began() -> None:
    facts = facts_of("transfer_out_receipt", Case({"effective_on": day(0)}))
    assert facts.current is not None
    facts.current.started_on = DAY
    facts.current.spells = [
        Spell("status", "in_school", DAY, None, ENTRY),
        Spell("arrival", "departing", DAY, None, ENTRY),
    ]
    assert _codes("transfer_out_receipt", facts) == ["letter_before_registration"]


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("class_change", "in_school"),
        ("grade_skip", "in_school"),
        ("resumption", "suspended"),
        ("abroad_return", "abroad"),
        ("dropout_return", "dropped_out"),
    ],
)
def test_who_was_never_divided_into_a_class_is_divided_first(kind: str, status: str) -> None:
    """The division gives class and number together; any other way leaves him without a number."""
    undivided = {"place": None, "left_from": None, "to": place(3)}
    facts = facts_of(kind, Case({"effective_on": day(0)}, status, facts=undivided))
    assert _codes(kind, facts) == [f"{kind}_class"]


def test_a_number_is_not_swapped_with_none() -> None:
    facts = facts_of("number_swap", Case())
    other = facts_of("number_swap", Case())
    assert other.current is not None
    other.current.number = ""
    assert _codes("number_swap", replace(facts, second=replace(other, student=UUID(int=99)))) == [
        "second_without_number"
    ]


def test_a_suspension_says_nothing_of_when_a_study_elsewhere_ends() -> None:
    def entry(dimension: str, until: str) -> Any:
        return SimpleNamespace(
            effective_on=DAY, basis={"until": until}, operations=(SetSpell(REGISTRATION, dimension, "x"),)
        )

    said = [entry("attends", "2009-08-31"), entry("status", "2009-03-01")]
    assert _due_back(said, DAY, "attends") == date(2009, 8, 31)
    assert _due_back(said, DAY, "status") == date(2009, 3, 1)
