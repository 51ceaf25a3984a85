"""学籍号更正: one pupil, two who were swapped, a whole class; the old number is never used again (invariants 2, 5)."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

import pytest

from tests.small_city import BAIXIA, BAIXIA_PRIMARY, PRIMARY, QINHUAI, Beginning, SmallCity
from xueji.ground.accounts.context import acting, acting_system
from xueji.pure.kernel.environment import LOCAL_ZONE, SeededEnvironment
from xueji.pure.kernel.types import Refused
from xueji.registry.applications import services
from xueji.registry.applications.tests.support import child, enrol, step
from xueji.registry.applications.tests.ways import class_of, lodge_transfer, papers, student_of
from xueji.registry.register import selectors as register
from xueji.registry.register import services as register_services
from xueji.registry.register.selectors import StudentRecord

pytestmark = pytest.mark.usefixtures("fresh_database")


def _begin(city: SmallCity, environment: SeededEnvironment) -> list[UUID]:
    enrol(city, [child(1), child(2), child(3)])
    environment.move_to(datetime(2008, 10, 6, 9, tzinfo=LOCAL_ZONE))
    return [student_of(city, str(child(number)["name"])) for number in (1, 2, 3)]


@pytest.fixture
def beginning() -> Beginning:
    return _begin


@pytest.fixture
def pupils(begun: list[UUID]) -> list[UUID]:
    return begun


def _record(city: SmallCity, student: UUID, on: date | None = None) -> StudentRecord:
    with acting(city.registrar(PRIMARY)):
        found = register.student_record(student, on)
    assert found is not None
    return found


def _lodge(city: SmallCity, student: UUID, kind: str, claim: dict[str, str]) -> UUID:
    with acting(city.registrar(PRIMARY)) as actor:
        return services.lodge_change(
            actor=actor,
            kind=kind,
            school=city.id(PRIMARY),
            student=student,
            claim=claim,
            evidence=papers(actor, ("number_proof",)),
        ).application


def _decide(city: SmallCity, application: UUID) -> None:
    step(city.proofreader(PRIMARY), application, "proofread")
    step(city.deputy_head(PRIMARY), application, "decide")
    step(city.clerk(QINHUAI), application, "examine")
    assert step(city.head(QINHUAI), application, "approve").state == "approved"


def _rebuilt() -> None:
    with acting_system():
        assert register_services.rebuild().differed == ()


def test_a_corrected_number_retires_the_old_one_which_still_leads_to_the_pupil(
    small_city: SmallCity, pupils: list[UUID]
) -> None:
    before = _record(small_city, pupils[0])
    claim = {"class_group": str(class_of(small_city, PRIMARY)), "cause": "year"}
    _decide(small_city, _lodge(small_city, pupils[0], "number_correction", claim))
    after = _record(small_city, pupils[0])
    assert after.latest.number != before.latest.number
    assert after.latest.registration == before.latest.registration
    assert after.latest.started_on == before.latest.started_on
    assert after.latest.spells[0].value == before.latest.spells[0].value
    assert after.sensitive == before.sensitive
    with acting(small_city.registrar(PRIMARY)):
        known = register.numbers_in_use([before.latest.number, after.latest.number])
        assert {one.state for one in known.values()} == {"retired", "given"}
        assert {one.student for one in known.values()} == {pupils[0]}
        page = register.find_students(schools=[small_city.id(PRIMARY)], query=before.latest.number)
        assert [one.student for one in page.pupils] == [pupils[0]]
    _rebuilt()


def test_the_old_number_is_given_to_nobody_again(small_city: SmallCity, pupils: list[UUID]) -> None:
    old = [_record(small_city, pupil).latest.number for pupil in pupils]
    claim = {"class_group": str(class_of(small_city, PRIMARY)), "cause": "class"}
    for pupil in pupils:
        _decide(small_city, _lodge(small_city, pupil, "number_correction", claim))
    new = [_record(small_city, pupil).latest.number for pupil in pupils]
    assert len({*old, *new}) == 6


def test_two_pupils_who_bear_each_others_number_are_put_right(small_city: SmallCity, pupils: list[UUID]) -> None:
    one, two, _ = pupils
    numbers = [_record(small_city, pupil).latest.number for pupil in (one, two)]
    claim = {"second_student": str(two), "reason": "学籍卡发反"}
    _decide(small_city, _lodge(small_city, one, "number_swap", claim))
    assert [_record(small_city, pupil).latest.number for pupil in (two, one)] == numbers
    with acting(small_city.registrar(PRIMARY)):
        known = register.numbers_in_use(numbers)
    assert [known[number].student for number in numbers] == [two, one]
    assert {one.state for one in known.values()} == {"given"}
    _rebuilt()


def test_who_is_the_second_of_a_swap_under_way_is_not_transferred_meanwhile(
    small_city: SmallCity, pupils: list[UUID]
) -> None:
    enrol(small_city, [child(11)], school=BAIXIA_PRIMARY, bureau=BAIXIA, file="b")
    _lodge(small_city, pupils[0], "number_swap", {"second_student": str(pupils[1]), "reason": "学籍卡发反"})
    with pytest.raises(Refused) as refused:
        lodge_transfer(small_city, child(2))
    assert (refused.value.code, refused.value.basis) == ("transfer_pending", "通知三.2")


def test_a_swap_names_a_pupil_of_the_same_school_who_has_nothing_under_way(
    small_city: SmallCity, pupils: list[UUID]
) -> None:
    with pytest.raises(Refused) as refused:
        _lodge(small_city, pupils[0], "number_swap", {"second_student": str(pupils[0]), "reason": "x"})
    assert refused.value.code == "second_missing"
    claim = {"class_group": str(class_of(small_city, PRIMARY)), "cause": "year"}
    _lodge(small_city, pupils[1], "number_correction", claim)
    with pytest.raises(Refused) as refused:
        _lodge(small_city, pupils[0], "number_swap", {"second_student": str(pupils[1]), "reason": "x"})
    assert refused.value.code == "second_pending"
    assert refused.value.basis == "通知三.2"


def test_a_whole_class_is_renumbered_in_one_transaction(small_city: SmallCity, pupils: list[UUID]) -> None:
    before = [_record(small_city, pupil).latest for pupil in pupils]
    with acting(small_city.registrar(PRIMARY)) as actor:
        application = services.lodge_class_numbers(
            actor=actor,
            school=small_city.id(PRIMARY),
            class_group=class_of(small_city, PRIMARY),
            reason="班号编错",
            evidence=papers(actor, ("number_proof",)),
        ).application
    _decide(small_city, application)
    after = [_record(small_city, pupil).latest for pupil in pupils]
    assert [one.registration for one in after] == [one.registration for one in before]
    assert not {one.number for one in after} & {one.number for one in before}
    with acting(small_city.registrar(PRIMARY)):
        kinds = [one.kind for one in register.timeline(pupils[0])]
    assert "class_number_correction" in kinds
    _rebuilt()


def test_a_class_with_an_application_under_way_waits(small_city: SmallCity, pupils: list[UUID]) -> None:
    claim = {"class_group": str(class_of(small_city, PRIMARY)), "cause": "year"}
    _lodge(small_city, pupils[1], "number_correction", claim)
    with acting(small_city.registrar(PRIMARY)) as actor, pytest.raises(Refused) as refused:
        services.lodge_class_numbers(
            actor=actor,
            school=small_city.id(PRIMARY),
            class_group=class_of(small_city, PRIMARY),
            reason="班号编错",
            evidence=papers(actor, ("number_proof",)),
        )
    assert refused.value.code == "class_number_pending"
