"""转往外地: decided by the bureau, ended by the acceptance letter, taken back only while that is awaited."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

import pytest

from tests.small_city import PRIMARY, QINHUAI, Beginning, SmallCity
from xueji.ground.accounts.context import acting
from xueji.pure.kernel.environment import LOCAL_ZONE, SeededEnvironment
from xueji.pure.kernel.types import Refused
from xueji.registry.applications import services
from xueji.registry.applications.tests.support import step, two_pupils
from xueji.registry.applications.tests.ways import papers
from xueji.registry.register import selectors as register
from xueji.registry.register.selectors import StudentRecord

pytestmark = pytest.mark.usefixtures("fresh_database")

OUT = {"region": "安徽省合肥市庐阳区", "other_school_name": "庐阳实验小学", "reason": "举家迁居"}


@pytest.fixture
def beginning() -> Beginning:
    return two_pupils


@pytest.fixture
def pupil(begun: UUID, environment: SeededEnvironment) -> UUID:
    environment.move_to(datetime(2008, 10, 6, 9, tzinfo=LOCAL_ZONE))
    return begun


def _record(city: SmallCity, student: UUID) -> StudentRecord:
    with acting(city.registrar(PRIMARY)):
        found = register.student_record(student)
    assert found is not None
    return found


def _lodge(city: SmallCity, student: UUID, kind: str, claim: dict[str, str], keys: tuple[str, ...]) -> UUID:
    with acting(city.registrar(PRIMARY)) as actor:
        return services.lodge_change(
            actor=actor,
            kind=kind,
            school=city.id(PRIMARY),
            student=student,
            claim=claim,
            evidence=papers(actor, keys),
        ).application


def _depart(city: SmallCity, student: UUID) -> None:
    application = _lodge(city, student, "transfer_out_of_city", OUT, ("application_form", "move_proof"))
    step(city.proofreader(PRIMARY), application, "proofread")
    step(city.deputy_head(PRIMARY), application, "decide")
    step(city.clerk(QINHUAI), application, "examine")
    assert step(city.head(QINHUAI), application, "approve").state == "approved"


def _receive(city: SmallCity, student: UUID, day: str) -> UUID:
    return _lodge(
        city,
        student,
        "transfer_out_receipt",
        {"effective_on": day, "other_school_name": "庐阳实验小学"},
        ("acceptance_letter",),
    )


def test_the_registration_goes_on_until_the_acceptance_letter_comes(
    small_city: SmallCity, pupil: UUID, environment: SeededEnvironment
) -> None:
    _depart(small_city, pupil)
    record = _record(small_city, pupil)
    assert record.in_force is not None
    assert record.in_force.value("arrival", date(2008, 10, 6)) == "departing"
    environment.move_to(datetime(2008, 10, 27, 9, tzinfo=LOCAL_ZONE))
    letter = _receive(small_city, pupil, "2008-10-20")
    assert step(small_city.deputy_head(PRIMARY), letter, "decide").state == "approved"
    record = _record(small_city, pupil)
    assert record.in_force is None
    assert (record.latest.how_ended, record.latest.ended_on) == ("transfer_out_of_city", date(2008, 10, 20))
    with acting(small_city.registrar(PRIMARY)):
        kinds = [one.kind for one in register.timeline(pupil)]
    assert kinds[-2:] == ["transfer_out_of_city", "transfer_out_receipt"]


def test_a_letter_without_an_approved_departure_ends_nothing(small_city: SmallCity, pupil: UUID) -> None:
    with pytest.raises(Refused) as refused:
        _receive(small_city, pupil, "2008-10-06")
    assert refused.value.code == "not_departing"
    assert refused.value.basis


def test_a_letter_of_a_day_to_come_is_refused(small_city: SmallCity, pupil: UUID) -> None:
    _depart(small_city, pupil)
    with pytest.raises(Refused) as refused:
        _receive(small_city, pupil, "2008-10-20")
    assert refused.value.code == "letter_ahead"


def test_who_stays_takes_it_back_while_the_letter_is_awaited_and_not_after(
    small_city: SmallCity, pupil: UUID, environment: SeededEnvironment
) -> None:
    _depart(small_city, pupil)
    with pytest.raises(Refused) as refused:
        _lodge(small_city, pupil, "transfer_out_of_city", OUT, ("application_form", "move_proof"))
    assert refused.value.code == "departing_already"
    environment.move_to(datetime(2008, 10, 8, 9, tzinfo=LOCAL_ZONE))
    back = _lodge(small_city, pupil, "transfer_out_cancel", {"reason": "不迁了"}, ("application_form",))
    step(small_city.deputy_head(PRIMARY), back, "decide")
    record = _record(small_city, pupil)
    assert record.in_force is not None
    assert record.in_force.value("arrival", date(2008, 10, 8)) is None
    with pytest.raises(Refused) as refused:
        _lodge(small_city, pupil, "transfer_out_cancel", {"reason": "不迁了"}, ("application_form",))
    assert refused.value.code == "not_departing"
