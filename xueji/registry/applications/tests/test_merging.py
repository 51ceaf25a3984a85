"""作废、合并与撤销合并: nothing is deleted, no number used twice, a merging can be undone (invariants 1, 2, 5)."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

import pytest

from tests.small_city import BAIXIA, BAIXIA_PRIMARY, PRIMARY, QINHUAI, Beginning, SmallCity
from xueji.ground.accounts.context import acting, acting_system
from xueji.pure.kernel.environment import LOCAL_ZONE, SeededEnvironment
from xueji.pure.kernel.types import Refused
from xueji.registry.applications import services
from xueji.registry.applications.tests.support import child, enrol, resident_id, step
from xueji.registry.applications.tests.told import lodge_change
from xueji.registry.applications.tests.ways import class_of, lodge_from_outside, papers, student_of
from xueji.registry.register import selectors as register
from xueji.registry.register import services as register_services
from xueji.registry.register.selectors import StudentRecord

pytestmark = pytest.mark.usefixtures("fresh_database")


def _twice(number: int, name: str) -> dict[str, str | None]:
    """The same child, recorded with another name and document."""
    return {**child(number), "name": name, "id_number": resident_id(number + 700, str(child(number)["birth_date"]))}


def _begin(city: SmallCity, environment: SeededEnvironment) -> tuple[UUID, UUID]:
    """One child with a registration at 秦淮 and, under a wrong name, one at 白下."""
    enrol(city, [child(1), child(2)])
    enrol(city, [_twice(1, "青禾误"), child(5)], school=BAIXIA_PRIMARY, bureau=BAIXIA, file="b")
    environment.move_to(datetime(2008, 10, 6, 9, tzinfo=LOCAL_ZONE))
    return student_of(city, str(child(1)["name"])), student_of(city, "青禾误", BAIXIA_PRIMARY)


@pytest.fixture
def beginning() -> Beginning:
    return _begin


@pytest.fixture
def two(begun: tuple[UUID, UUID]) -> tuple[UUID, UUID]:
    return begun


def _record(city: SmallCity, student: UUID, school: str = PRIMARY) -> StudentRecord:
    with acting(city.registrar(school)):
        found = register.student_record(student)
    assert found is not None
    return found


def _rebuilt() -> None:
    with acting_system():
        assert register_services.rebuild().differed == ()


def _merge(city: SmallCity, student: UUID, number: str, name: str) -> UUID:
    with acting(city.registrar(PRIMARY)) as actor:
        return services.lodge_merge(
            actor=actor,
            school=city.id(PRIMARY),
            student=student,
            second_number=number,
            second_name=name,
            reason="户口簿证明是同一人",
            evidence=papers(actor, ("same_person_proof",)),
        ).application


def _both_bureaus(city: SmallCity, application: UUID) -> None:
    step(city.proofreader(PRIMARY), application, "proofread")
    step(city.deputy_head(PRIMARY), application, "decide")
    step(city.clerk(QINHUAI), application, "examine")
    step(city.head(QINHUAI), application, "approve")
    step(city.clerk(BAIXIA), application, "examine")
    assert step(city.head(BAIXIA), application, "approve").state == "approved"


def test_two_records_of_one_child_become_one_by_both_bureaus(small_city: SmallCity, two: tuple[UUID, UUID]) -> None:
    stays, goes = two
    number = _record(small_city, goes, BAIXIA_PRIMARY).latest.number
    _both_bureaus(small_city, _merge(small_city, stays, number, "青禾误"))
    assert _record(small_city, stays).in_force is not None
    gone = _record(small_city, goes, BAIXIA_PRIMARY)
    assert gone.in_force is None
    assert gone.latest.voided
    assert "id_number" not in gone.sensitive
    with acting(small_city.registrar(BAIXIA_PRIMARY)):
        assert register.numbers_in_use([number])[number].state == "retired"
        assert [one.student for one in register.roster(small_city.id(BAIXIA_PRIMARY), date(2008, 10, 6))] != [goes]
    with acting(small_city.registrar(PRIMARY)):
        assert register.student_record(goes) is None  # sight ended with the application
    _rebuilt()


def test_a_merging_is_undone_and_both_are_what_they_were(
    small_city: SmallCity, two: tuple[UUID, UUID], environment: SeededEnvironment
) -> None:
    stays, goes = two
    before = _record(small_city, goes, BAIXIA_PRIMARY)
    _both_bureaus(small_city, _merge(small_city, stays, before.latest.number, "青禾误"))
    environment.move_to(datetime(2008, 11, 3, 9, tzinfo=LOCAL_ZONE))
    with acting(small_city.registrar(PRIMARY)) as actor:
        undo = services.lodge_merge_undo(
            actor=actor,
            school=small_city.id(PRIMARY),
            student=stays,
            reason="公安机关证明是两个人",
            evidence=papers(actor, ("two_persons_proof",)),
        ).application
    _both_bureaus(small_city, undo)
    after = _record(small_city, goes, BAIXIA_PRIMARY)
    assert after.in_force is not None
    assert after.in_force.number == before.latest.number
    assert after.sensitive == before.sensitive
    with acting(small_city.registrar(BAIXIA_PRIMARY)):
        assert register.numbers_in_use([before.latest.number])[before.latest.number].state == "given"
    _rebuilt()


def test_undoing_a_merging_leaves_the_earlier_ones_of_the_other_record(
    small_city: SmallCity, two: tuple[UUID, UUID]
) -> None:
    """The second child's record had taken in the first's wrong one; merged into another and undone, it still has."""
    stays, goes = two
    wrong = _record(small_city, goes, BAIXIA_PRIMARY).latest.number
    _both_bureaus(small_city, _merge(small_city, stays, wrong, "青禾误"))
    keeper = student_of(small_city, str(child(2)["name"]))
    number, name = _record(small_city, stays).latest.number, str(child(1)["name"])
    _one_bureau(small_city, _merge(small_city, keeper, number, name))
    with acting(small_city.registrar(PRIMARY)) as actor:
        undo = services.lodge_merge_undo(
            actor=actor,
            school=small_city.id(PRIMARY),
            student=keeper,
            reason="公安机关证明是两个人",
            evidence=papers(actor, ("two_persons_proof",)),
        ).application
    _one_bureau(small_city, undo)
    assert _record(small_city, stays).in_force is not None
    with acting(small_city.registrar(PRIMARY)):
        standing = [one for one in register.timeline(stays) if one.kind == "merge" and one.corrected_by is None]
    assert len(standing) == 1
    assert _record(small_city, goes, BAIXIA_PRIMARY).in_force is None
    _rebuilt()


def _one_bureau(city: SmallCity, application: UUID) -> None:
    step(city.proofreader(PRIMARY), application, "proofread")
    step(city.deputy_head(PRIMARY), application, "decide")
    step(city.clerk(QINHUAI), application, "examine")
    assert step(city.head(QINHUAI), application, "approve").state == "approved"


def test_a_registration_of_earlier_time_is_carried_to_the_one_who_stays_with_its_number(
    small_city: SmallCity, two: tuple[UUID, UUID], environment: SeededEnvironment
) -> None:
    """The other record ended before: what it says of that time becomes the history of the one who stays."""
    environment.move_to(datetime(2008, 10, 6, 9, tzinfo=LOCAL_ZONE))
    _, goes = two
    earlier = _record(small_city, goes, BAIXIA_PRIMARY).latest
    with acting(small_city.registrar(BAIXIA_PRIMARY)) as actor:
        out = services.lodge_change(
            actor=actor,
            kind="transfer_out_of_city",
            school=small_city.id(BAIXIA_PRIMARY),
            student=goes,
            claim={"region": "安徽省合肥市", "other_school_name": "庐阳小学", "reason": "迁居"},
            evidence=papers(actor, ("application_form", "move_proof")),
        ).application
    step(small_city.proofreader(BAIXIA_PRIMARY), out, "proofread")
    step(small_city.deputy_head(BAIXIA_PRIMARY), out, "decide")
    step(small_city.clerk(BAIXIA), out, "examine")
    step(small_city.head(BAIXIA), out, "approve")
    environment.move_to(datetime(2008, 10, 8, 9, tzinfo=LOCAL_ZONE))
    with acting(small_city.registrar(BAIXIA_PRIMARY)) as actor:
        letter = services.lodge_change(
            actor=actor,
            kind="transfer_out_receipt",
            school=small_city.id(BAIXIA_PRIMARY),
            student=goes,
            claim={"effective_on": "2008-10-08", "other_school_name": "庐阳小学"},
            evidence=papers(actor, ("acceptance_letter",)),
        ).application
    step(small_city.deputy_head(BAIXIA_PRIMARY), letter, "decide")
    environment.move_to(datetime(2009, 2, 16, 9, tzinfo=LOCAL_ZONE))
    comes = {**child(9), "name": "青禾", "birth_date": str(child(9)["birth_date"])}
    lodged = lodge_from_outside(small_city, comes)
    for actor, verb in (
        (small_city.proofreader(PRIMARY), "proofread"),
        (small_city.deputy_head(PRIMARY), "decide"),
        (small_city.clerk(QINHUAI), "examine"),
        (small_city.head(QINHUAI), "approve"),
    ):
        step(actor, lodged, verb)
    back = student_of(small_city, "青禾")
    environment.move_to(datetime(2009, 2, 17, 9, tzinfo=LOCAL_ZONE))
    _both_bureaus(small_city, _merge(small_city, back, earlier.number, "青禾误"))
    record = _record(small_city, back)
    assert [one.number for one in record.registrations] == [earlier.number, record.latest.number]
    assert record.registrations[0].how_ended == "transfer_out_of_city"
    with acting(small_city.registrar(PRIMARY)):
        assert register.numbers_in_use([earlier.number])[earlier.number].student == back
    _rebuilt()


def test_who_is_merged_already_is_not_merged_again(small_city: SmallCity, two: tuple[UUID, UUID]) -> None:
    stays, goes = two
    number = _record(small_city, goes, BAIXIA_PRIMARY).latest.number
    _both_bureaus(small_city, _merge(small_city, stays, number, "青禾误"))
    with pytest.raises(Refused) as refused:
        _merge(small_city, stays, number, "青禾误")
    assert refused.value.code == "second_voided"
    with pytest.raises(Refused) as refused:
        _merge(small_city, stays, number, "另一个人")
    assert refused.value.code == "pupil_not_found"


def test_a_record_about_which_another_school_has_a_matter_open_is_not_merged(
    small_city: SmallCity, two: tuple[UUID, UUID]
) -> None:
    """Changes that exclude each other are not both lodged, though this school sees nothing of the other's."""
    stays, goes = two
    number = _record(small_city, goes, BAIXIA_PRIMARY).latest.number
    gone = {"effective_on": "2008-10-06", "reason_code": "with_parents", "country": "新加坡"}
    lodge_change(small_city, goes, "abroad", gone, school=BAIXIA_PRIMARY)
    with pytest.raises(Refused) as refused:
        _merge(small_city, stays, number, "青禾误")
    assert refused.value.code == "second_pending"


def test_the_other_record_of_a_merging_under_way_is_not_placed_at_a_school(
    small_city: SmallCity, two: tuple[UUID, UUID]
) -> None:
    """Found by the long run of random lives: only the record that stays was asked."""
    stays, goes = two
    number = _record(small_city, goes, BAIXIA_PRIMARY).latest.number
    _merge(small_city, stays, number, "青禾误")
    with acting(small_city.clerk(QINHUAI)) as clerk, pytest.raises(Refused) as refused:
        services.lodge_placement(
            actor=clerk,
            class_group=class_of(small_city, PRIMARY),
            reason="家长直接申请",
            name="青禾误",
            registration_number=number,
        )
    assert refused.value.code == "placement_pending"


def test_a_registration_that_never_was_is_voided_and_its_number_stays_used(
    small_city: SmallCity, two: tuple[UUID, UUID]
) -> None:
    student, _ = two
    number = _record(small_city, student).latest.number
    with acting(small_city.registrar(PRIMARY)) as actor:
        application = services.lodge_change(
            actor=actor,
            kind="record_voiding",
            school=small_city.id(PRIMARY),
            student=student,
            claim={"cause": "never_attended", "reason": "从未到校"},
            evidence=papers(actor, ("cause_statement",)),
        ).application
    step(small_city.proofreader(PRIMARY), application, "proofread")
    step(small_city.deputy_head(PRIMARY), application, "decide")
    step(small_city.clerk(QINHUAI), application, "examine")
    step(small_city.head(QINHUAI), application, "approve")
    record = _record(small_city, student)  # still in sight
    assert record.in_force is None
    assert record.latest.voided
    with acting(small_city.clerk(QINHUAI)):
        assert register.student_record(student) is not None
    with acting(small_city.registrar(PRIMARY)):
        assert register.numbers_in_use([number])[number].state == "retired"
    _rebuilt()
