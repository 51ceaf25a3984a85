"""机构调整: what an act writes, without a database."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import pytest

from xueji.pure.kernel.fold import FoldClash, fold_student
from xueji.pure.kernel.operations import CloseRegistration, OpenRegistration, Operation, Relate, SetSpell
from xueji.pure.kernel.tests.samples import Written
from xueji.pure.procedures.planned import Planned
from xueji.pure.procedures.reorganisation import (
    BureausFacts,
    MovingClass,
    MovingPupil,
    SchoolsFacts,
    district_closure,
    district_merger,
    district_split,
    renumbered,
    school_merger,
)

DAY = date(2008, 11, 3)
OLD, NEW, BUREAU, CHILD, CLASS, THERE, BEFORE, AFTER = (UUID(int=number) for number in range(1, 9))
NUMBER = "3201042100120080101"
BEGIN = (
    OpenRegistration(BEFORE, OLD, "primary", NUMBER, "s", "opening"),
    SetSpell(BEFORE, "status", "in_school"),
    SetSpell(BEFORE, "class_group", str(CLASS)),
)


def written(*given: tuple[date, tuple[Operation, ...]]) -> list[Written]:
    """Entries of one pupil in the order of recording."""
    return [
        Written(UUID(int=100 + number), day, number, operations)
        for number, (day, operations) in enumerate(given, start=1)
    ]


def merger(status: str = "in_school") -> list[Planned]:
    pupil = MovingPupil(CHILD, BEFORE, OLD, "primary", NUMBER, "s", CLASS, status, until="2009-06-30")
    moved = MovingClass(CLASS, OLD, NEW, THERE, None, "primary", 2008, 2)
    facts = SchoolsFacts(
        DAY, [pupil], [moved], {OLD: NEW}, (), (OLD,), {OLD: BUREAU}, {OLD: NEW}, registrations={CHILD: AFTER}
    )
    return school_merger(facts).entries


def test_the_number_goes_on_at_the_new_school_from_the_day() -> None:
    own = [one for one in merger("suspended") if one.student == CHILD]
    assert [one.organisation for one in own] == [OLD, NEW]
    state = fold_student(written((date(2008, 9, 1), BEGIN), *((DAY, one.operations) for one in own)))
    eve, now = state.in_force(date(2008, 11, 2)), state.in_force(DAY)
    assert eve is not None
    assert now is not None
    assert (eve.school, now.school) == (OLD, NEW)
    assert eve.number == now.number == NUMBER
    assert now.value("status", DAY) == "suspended"
    assert now.value("class_group", DAY) == str(THERE)
    assert own[1].basis == {"until": "2009-06-30"}


def test_a_number_goes_on_from_nothing_but_the_same_pupils_own() -> None:
    stolen = OpenRegistration(AFTER, NEW, "primary", "3201042100120080199", "s", "merger")
    with pytest.raises(FoldClash) as clash:
        fold_student(written((date(2008, 9, 1), BEGIN), (DAY, (CloseRegistration(BEFORE, "merger"), stolen))))
    assert clash.value.code == "nothing_goes_on"
    again = OpenRegistration(AFTER, NEW, "primary", NUMBER, "s", "merger")
    with pytest.raises(FoldClash):
        fold_student(written((date(2008, 9, 1), BEGIN), (DAY, (CloseRegistration(BEFORE, "transfer_out"), again))))


def test_a_class_number_that_is_taken_becomes_the_cohorts_next_one() -> None:
    first, second, third = (UUID(int=number) for number in (21, 22, 23))
    cohort, other = ("primary", 2008), ("primary", 2007)
    moving = [(first, cohort, 1), (second, cohort, 2), (third, other, 1)]
    assert renumbered(moving, [(cohort, 1), (cohort, 3)], {}) == {first: 4, second: 2, third: 1}
    assert renumbered(moving, [(cohort, 1)], {first: 9}) == {first: 9, second: 2, third: 1}


def test_a_closed_bureaus_schools_and_records_go_to_the_receiving_one() -> None:
    entries = district_merger(BureausFacts(DAY, BUREAU, NEW, [(CHILD, "competent_bureau", OLD)], (OLD,))).entries
    relations = [one for entry in entries for one in entry.operations if isinstance(one, Relate)]
    assert [(one.organisation, one.relation, one.other) for one in relations] == [
        (CHILD, "competent_bureau", NEW),
        (OLD, "custodian", NEW),
    ]


def test_of_a_district_that_is_closed_or_split_each_school_goes_to_the_bureau_named_for_it() -> None:
    held = [(CHILD, "competent_bureau", OLD), (CHILD, "district", OLD), (CLASS, "competent_bureau", OLD)]
    receivers = {CHILD: NEW, CLASS: THERE}

    def told(entries: list[Planned]) -> list[tuple[UUID, UUID, str, UUID | None]]:
        return [
            (entry.organisation, one.organisation, one.relation, one.other)
            for entry in entries
            for one in entry.operations
            if isinstance(one, Relate)
        ]

    parted = [
        (OLD, CHILD, "competent_bureau", NEW),
        (OLD, CHILD, "district", NEW),
        (OLD, CLASS, "competent_bureau", THERE),
    ]
    split = district_split(BureausFacts(DAY, BUREAU, OLD, held, receivers=receivers)).entries
    assert told(split) == parted
    closed = district_closure(BureausFacts(DAY, BUREAU, BUREAU, held, (OLD,), receivers)).entries
    assert told(closed) == [*parted, (BUREAU, OLD, "custodian", BUREAU)]
