"""Opening load, enrolment, arrival, promotion, leaving: facts to operations."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest

from xueji.pure.kernel.calendar import Calendar
from xueji.pure.kernel.operations import CloseRegistration, OpenRegistration, PromoteCohort, SetFields, SetSpell
from xueji.pure.kernel.rulebook import ChangeKind
from xueji.pure.kernel.types import Role
from xueji.pure.procedures.arrival import ArrivalFacts, arrival
from xueji.pure.procedures.effective import opens_on
from xueji.pure.procedures.enrolment import RosterRow, enrolment
from xueji.pure.procedures.leaving import Leaver, leaving
from xueji.pure.procedures.opening import opening
from xueji.pure.procedures.promotion import CohortFacts, promotion

SCHOOL, CLASS, STUDENT, REGISTRATION = UUID(int=1), UUID(int=2), UUID(int=3), UUID(int=4)
TERM = date(2008, 9, 1)
ROW = RosterRow(
    row_no=2,
    student=STUDENT,
    registration=REGISTRATION,
    school=SCHOOL,
    stage="primary",
    class_group=CLASS,
    number="3201042100120080101",
    scheme="s",
    fields={"name": "石榴"},
    sensitive={"id_number": "x"},
)


def test_an_entrants_registration_and_number_are_born_in_one_entry() -> None:
    (entry,) = enrolment([ROW], effective_on=TERM).entries
    assert entry.operations[0] == SetFields({"name": "石榴"}, ("id_number",))
    assert entry.operations[1] == OpenRegistration(
        REGISTRATION, SCHOOL, "primary", "3201042100120080101", "s", "enrolment"
    )
    assert SetSpell(REGISTRATION, "status", "in_school") in entry.operations
    assert SetSpell(REGISTRATION, "class_group", str(CLASS)) in entry.operations
    assert entry.sensitive == {"id_number": "x"}


def test_an_opening_load_is_effective_on_the_base_date() -> None:
    (entry,) = opening([ROW], base_date=date(2007, 9, 15)).entries
    assert (entry.kind, entry.effective_on) == ("opening", date(2007, 9, 15))


def test_a_pupil_with_a_registration_in_force_is_not_enrolled_again() -> None:
    plan = enrolment([replace(ROW, in_force_at=UUID(int=9))], effective_on=TERM)
    assert [(refusal.code, refusal.row_no) for refusal in plan.refusals] == [("already_registered", 2)]


def test_a_continued_pupils_new_registration_cannot_begin_before_the_last_one_ended() -> None:
    late = enrolment([replace(ROW, last_ended_on=date(2008, 9, 2))], effective_on=TERM)
    assert [refusal.code for refusal in late.refusals] == ["registration_overlap"]
    assert enrolment([replace(ROW, last_ended_on=date(2008, 7, 1))], effective_on=TERM).allowed


ARRIVAL = ArrivalFacts(STUDENT, REGISTRATION, SCHOOL, "awaited", date(2008, 9, 22))


def test_an_awaited_arrival_is_confirmed_on_the_day_the_pupil_came() -> None:
    (entry,) = arrival(ARRIVAL, arrived_on=date(2008, 9, 24), today=date(2008, 9, 25)).entries
    assert (entry.effective_on, entry.operations) == (
        date(2008, 9, 24),
        (SetSpell(REGISTRATION, "arrival", "confirmed"),),
    )


@pytest.mark.parametrize("day", [date(2008, 9, 21), date(2008, 9, 26)])
def test_an_arrival_lies_between_the_begin_of_the_registration_and_today(day: date) -> None:
    assert not arrival(ARRIVAL, arrived_on=day, today=date(2008, 9, 25)).allowed


def test_an_arrival_that_is_not_awaited_is_refused() -> None:
    plan = arrival(replace(ARRIVAL, arrival="confirmed"), arrived_on=date(2008, 9, 24), today=date(2008, 9, 25))
    assert plan.refusals[0].code == "arrival_not_awaited"


def promoted(cohorts: list[CohortFacts], today: date = date(2008, 8, 20)) -> list[tuple[str, int]]:
    plan = promotion(
        cohorts, school=SCHOOL, school_year=2008, effective_on=TERM, earliest=date(2008, 7, 1), today=today
    )
    operations = [operation for entry in plan.entries for operation in entry.operations]
    return [(one.stage, one.intake_year) for one in operations if isinstance(one, PromoteCohort)]


def test_promotion_is_an_entry_a_cohort_and_only_within_its_stage() -> None:
    cohorts = [CohortFacts("primary", year, 6) for year in range(2002, 2009)]
    assert promoted(cohorts) == [("primary", year) for year in range(2003, 2008)]


def test_a_promotion_is_confirmed_once_and_not_before_the_rulebooks_day() -> None:
    assert promoted([CohortFacts("primary", 2005, 6, confirmed=2008)]) == []
    assert promoted([CohortFacts("primary", 2005, 6)], today=date(2008, 6, 30)) == []


def test_pupils_in_school_leave_and_the_suspended_stay_and_are_listed() -> None:
    leavers = [
        Leaver(UUID(int=20), UUID(int=30), SCHOOL, "in_school", date(2007, 9, 15)),
        Leaver(UUID(int=21), UUID(int=31), SCHOOL, "suspended", date(2007, 9, 15)),
        Leaver(UUID(int=22), UUID(int=32), SCHOOL, "in_school", date(2007, 9, 15), has_pending_transfer=True),
    ]
    found = leaving(leavers, effective_on=date(2008, 7, 1), today=date(2008, 7, 1))
    assert [entry.student for entry in found.plan.entries] == [UUID(int=20)]
    assert found.plan.entries[0].operations == (CloseRegistration(UUID(int=30), "graduation"),)
    assert found.staying == {UUID(int=21): "suspended", UUID(int=22): "pending_transfer"}


def test_nobody_leaves_before_the_day_of_leaving() -> None:
    leavers = [Leaver(UUID(int=20), UUID(int=30), SCHOOL, "in_school", date(2007, 9, 15))]
    found = leaving(leavers, effective_on=date(2008, 7, 1), today=date(2008, 6, 30))
    assert [refusal.code for refusal in found.plan.refusals] == ["leaving_too_early"]


def test_a_change_may_be_taken_in_only_from_a_day_of_the_year() -> None:
    change = ChangeKind("leaving", "毕业年级离校", Role.REGISTRAR, {}, open_from="06-01")
    assert opens_on(change, 2008) == date(2008, 6, 1)
    assert Calendar().due(date(2008, 9, 5), 1).on == date(2008, 9, 8)
