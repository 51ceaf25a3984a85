"""辍学: two weeks of absence, repeated contact in vain; the record is kept and goes on when the pupil is back."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

import pytest

from tests.small_city import BAIXIA, BAIXIA_PRIMARY, GAOCHUN, PRIMARY, QINHUAI, Beginning, SmallCity
from xueji.doors.web.tests.support import signed_in
from xueji.ground.accounts.context import acting, acting_system
from xueji.pure.kernel.environment import SeededEnvironment, today
from xueji.pure.kernel.types import Refused
from xueji.registry.applications.letters import letters
from xueji.registry.applications.tests.support import child, enrol, step
from xueji.registry.applications.tests.test_printing import words
from xueji.registry.applications.tests.told import done, lodge_change, move, standing, told
from xueji.registry.applications.tests.ways import class_of, lodge_transfer, people, student_of
from xueji.registry.register import selectors as register

pytestmark = pytest.mark.usefixtures("fresh_database")

DAY = date(2008, 9, 22)
DROPOUT = {
    "effective_on": "2008-09-22", "absent_since": "2008-09-01", "reason_code": "lost", "contact_attempts": "3",
    "contact_record": "9月3日、9日、16日家访，邻居称已随父母离开",
}  # fmt: skip


def _pupil(city: SmallCity, environment: SeededEnvironment, **values: str) -> UUID:
    enrol(city, [{**child(1, grade=2), **values}, child(2), child(3, grade=2)])
    move(environment, DAY)
    return student_of(city, str(child(1)["name"]))


def _begin(city: SmallCity, environment: SeededEnvironment) -> UUID:
    return _pupil(city, environment)


@pytest.fixture
def beginning() -> Beginning:
    return _begin


@pytest.fixture
def pupil(begun: UUID) -> UUID:
    return begun


def test_a_dropout_stays_registered_and_returns_to_a_lower_class(
    small_city: SmallCity, pupil: UUID, environment: SeededEnvironment
) -> None:
    done(small_city, pupil, "dropout", DROPOUT)
    gone = standing(small_city, pupil)
    assert gone is not None
    assert gone.value("status", DAY) == "dropped_out"
    with acting_system():
        counted = register.as_of(DAY, school=small_city.id(PRIMARY))
    assert (counted.pupils, counted.attending) == (3, 2)
    move(environment, date(2009, 2, 16))
    lower = next(one.class_group for one in _roster(small_city) if one.name == child(2)["name"])
    done(small_city, pupil, "dropout_return", {"effective_on": "2009-02-16", "class_group": str(lower)})
    back = standing(small_city, pupil)
    assert back is not None
    assert back.number == gone.number
    assert back.value("status", date(2009, 2, 16)) == "in_school"
    assert back.value("class_group", date(2009, 2, 16)) == str(lower)


def _roster(city: SmallCity) -> list[register.Found]:
    with acting_system():
        return list(register.roster(city.id(PRIMARY), DAY))


def test_a_dropout_is_no_dropout_before_two_weeks_and_repeated_contact(small_city: SmallCity, pupil: UUID) -> None:
    with pytest.raises(Refused) as refused:
        lodge_change(small_city, pupil, "dropout", {**DROPOUT, "absent_since": "2008-09-15", "contact_attempts": "1"})
    assert refused.value.code == "dropout_two_weeks"
    assert "满两周" in refused.value.message
    assert "至少两次" in refused.value.message
    assert refused.value.basis


def test_of_a_migrant_child_the_district_of_the_household_register_is_told_without_a_name(
    small_city: SmallCity, environment: SeededEnvironment
) -> None:
    pupil = _pupil(small_city, environment, migrant_worker_child="1", hukou_place="320125000000")
    done(small_city, pupil, "dropout", DROPOUT)
    assert told(small_city, small_city.clerk(GAOCHUN)) == ["dropout_of_hukou"]
    assert "dropout_of_hukou" not in told(small_city, small_city.clerk(QINHUAI))
    assert "dropout_of_hukou" not in told(small_city, small_city.clerk(BAIXIA))


def test_of_one_who_is_no_migrant_nobody_else_is_told(small_city: SmallCity, environment: SeededEnvironment) -> None:
    pupil = _pupil(small_city, environment, hukou_place="320125000000")
    done(small_city, pupil, "dropout", DROPOUT)
    assert told(small_city, small_city.clerk(GAOCHUN)) == []
    with acting(small_city.registrar()):
        assert letters(None) == ()


def test_a_letter_goes_to_the_county_of_the_household_register_that_the_register_does_not_know(
    small_city: SmallCity, environment: SeededEnvironment
) -> None:
    pupil = _pupil(small_city, environment, migrant_worker_child="1", hukou_place="340121000000")
    done(small_city, pupil, "dropout", DROPOUT)
    assert told(small_city, small_city.clerk(GAOCHUN)) == []
    with acting(small_city.registrar(BAIXIA_PRIMARY)):
        assert letters(None) == ()
    registrar = signed_in(small_city.registrar())
    with acting(small_city.registrar()):
        (waiting,) = letters([small_city.id(PRIMARY)])
        decided = today()
    assert (waiting.student, waiting.to) == (pupil, "安徽省合肥市长丰县教育局")
    file, listed = f"/changes/{waiting.application}/", "/changes/letters/"
    assert "辍学函告户籍地待寄" in registrar.get("/").content.decode()
    assert "安徽省合肥市长丰县教育局" in registrar.get(listed).content.decode()
    assert f"{file}print/letter/" in registrar.get(file).content.decode()
    printed = words(registrar.post(f"{file}print/letter/").content)
    for said in ("辍学情况报告表", "安徽省合肥市长丰县教育局：", str(child(1)["name"]), "邻居称已随父母离开", "回执"):
        assert said in printed, said
    # Sent on a day that was, once, by the school or its bureau; then the list is empty and the file says when.
    move(environment, decided + timedelta(days=3))
    sent = {"application": str(waiting.application), "sent_on": f"{decided + timedelta(days=1):%Y%m%d}"}
    assert registrar.post(listed, {**sent, "sent_on": "20080901"}).status_code == 409
    assert signed_in(small_city.clerk(BAIXIA)).post(listed, sent).status_code == 409
    assert registrar.post(listed, sent).status_code == 302
    assert "没有待寄的函" in registrar.get(listed).content.decode()
    assert f"{decided + timedelta(days=1)} 已寄出" in registrar.get(file).content.decode()
    assert registrar.post(listed, sent).status_code == 409


def test_who_never_arrived_after_a_transfer_is_traced_by_the_dropout(
    small_city: SmallCity, pupil: UUID, environment: SeededEnvironment
) -> None:
    enrol(small_city, [child(11, grade=2)], school=BAIXIA_PRIMARY, bureau=BAIXIA, file="b")
    application = lodge_transfer(
        small_city, child(1, grade=2), class_group=class_of(small_city, BAIXIA_PRIMARY)
    ).application
    for actor, act in people(small_city):
        step(actor, application, act)
    move(environment, date(2008, 10, 20))
    claim = {**DROPOUT, "effective_on": "2008-10-20", "absent_since": "2008-09-22"}
    done(small_city, pupil, "dropout", claim, school=BAIXIA_PRIMARY)
    gone = standing(small_city, pupil, BAIXIA_PRIMARY)
    assert gone is not None
    assert gone.value("arrival", date(2008, 10, 20)) is None
    assert gone.value("status", date(2008, 10, 20)) == "dropped_out"
