"""Transfer: what it writes, and what the regulation does not allow (clauses A2, B2; domain.md §3.4)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest

from xueji.pure.kernel.operations import CloseRegistration, OpenRegistration, SetSpell
from xueji.pure.kernel.rulebook import ChangeKind, Limit
from xueji.pure.kernel.types import Role
from xueji.pure.procedures.transfer import NewRegistration, Place, TransferFacts, broken_limits, refusals, transfer

STUDENT, OLD, NEW = UUID(int=1), UUID(int=2), UUID(int=3)
SENDER, RECEIVER, CLASS = UUID(int=10), UUID(int=11), UUID(int=12)
DAY = date(2008, 10, 6)
CHANGE = ChangeKind(
    "transfer",
    "转学",
    Role.REGISTRAR,
    {},
    limits=(
        Limit("summer", "frozen_period", "暑假暂停受理转学。", params={"from": "07-15", "to": "08-14"}),
        Limit("final", "final_grade", "毕业年级不办理转学。"),
        Limit("first", "first_term", "起始年级第一学期请写明理由。", severity="query"),
    ),
    from_status=("in_school",),
    basis="通知一.2",
)
FACTS = TransferFacts(
    student=STUDENT,
    registration=OLD,
    school=SENDER,
    stage="primary",
    grade=3,
    is_final_grade=False,
    status="in_school",
    started_on=date(2007, 9, 15),
    to=Place(RECEIVER, "primary", 3, CLASS),
    lodged_on=date(2008, 9, 8),
)


def codes(facts: TransferFacts, on: date = DAY) -> list[str]:
    return [refusal.code for refusal in refusals(facts, CHANGE, on=on)]


def test_a_transfer_ends_at_the_sender_and_begins_at_the_receiver_on_the_day_of_the_last_decision() -> None:
    plan = transfer(FACTS, CHANGE, NewRegistration(NEW, "3201032100120060203", "s"), decided_on=DAY)
    leaving, arriving = plan.entries
    assert (leaving.organisation, leaving.effective_on) == (SENDER, DAY)
    assert leaving.operations == (CloseRegistration(OLD, "transfer_out"),)
    assert (arriving.organisation, arriving.effective_on) == (RECEIVER, DAY)
    assert arriving.operations[0] == OpenRegistration(
        NEW, RECEIVER, "primary", "3201032100120060203", "s", "transfer_in"
    )
    assert SetSpell(NEW, "arrival", "awaited") in arriving.operations


def test_the_grade_never_changes_by_transfer() -> None:
    assert codes(replace(FACTS, to=replace(FACTS.to, grade=4))) == ["grade_changed"]
    assert codes(replace(FACTS, to=replace(FACTS.to, stage="junior"))) == ["grade_changed"]


def test_nobody_is_transferred_during_a_suspension_of_study() -> None:
    assert codes(replace(FACTS, status="suspended")) == ["status_forbids_transfer"]


def test_a_second_move_on_one_day_is_refused_with_its_reason() -> None:
    refusal = refusals(replace(FACTS, started_on=DAY), CHANGE, on=DAY)[0]
    assert refusal.code == "second_move_on_one_day"
    assert "2008-10-06" in refusal.message


def test_who_is_not_registered_cannot_be_transferred() -> None:
    assert codes(replace(FACTS, registration=None, school=None)) == ["not_registered"]


def test_a_pupil_of_the_school_itself_is_not_transferred_to_it() -> None:
    assert codes(replace(FACTS, to=replace(FACTS.to, school=SENDER))) == ["same_school"]


@pytest.mark.parametrize(
    ("lodged_on", "refused"),
    [(date(2008, 7, 14), False), (date(2008, 7, 15), True), (date(2008, 8, 14), True), (date(2008, 8, 15), False)],
)
def test_no_transfer_is_taken_in_during_a_frozen_period_both_days_included(lodged_on: date, refused: bool) -> None:
    assert ("summer" in codes(replace(FACTS, lodged_on=lodged_on))) is refused


def test_the_final_grade_is_refused_where_the_rulebook_says_so() -> None:
    assert codes(replace(FACTS, is_final_grade=True)) == ["final"]


def test_a_limit_that_only_asks_for_an_explanation_does_not_refuse() -> None:
    facts = replace(FACTS, is_first_term=True)
    assert codes(facts) == []
    assert [limit.code for limit in broken_limits(facts, CHANGE, "query")] == ["first"]


def test_a_refused_transfer_writes_nothing() -> None:
    plan = transfer(replace(FACTS, status="abroad"), CHANGE, NewRegistration(NEW, "", ""), decided_on=DAY)
    assert not plan.allowed
    assert plan.entries == []
