"""借读: lodged by the home school, agreed to by the host school, approved by both bureaus; the record stays at home."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import pytest

from tests.small_city import BAIXIA, BAIXIA_PRIMARY, JUNIOR, NINE_YEAR, PRIMARY, QINHUAI, Beginning, SmallCity
from xueji.ground.accounts.context import acting, acting_system
from xueji.pure.kernel.environment import SeededEnvironment
from xueji.pure.kernel.types import Refused, Role
from xueji.registry.applications.tests.support import two_pupils
from xueji.registry.applications.tests.told import decide, done, lodge_change, move, standing, told
from xueji.registry.register import selectors as register

pytestmark = pytest.mark.usefixtures("fresh_database")

DAY = date(2008, 9, 22)
GUEST = {"effective_on": "2008-09-22", "until": "2009-07-10", "reason_code": "parents_away"}
END = {"effective_on": "2009-02-16", "reason_code": "early"}


@pytest.fixture
def beginning() -> Beginning:
    return two_pupils


@pytest.fixture
def pupil(begun: UUID, environment: SeededEnvironment) -> UUID:
    move(environment, DAY)
    return begun


def _seen_at(city: SmallCity, student: UUID, code: str = BAIXIA_PRIMARY) -> bool:
    with acting(city.registrar(code)):
        return register.student_record(student) is not None


def test_home_and_host_and_both_bureaus_decide_and_the_guest_attends_there(
    small_city: SmallCity, pupil: UUID, environment: SeededEnvironment
) -> None:
    before = standing(small_city, pupil)
    assert before is not None
    application = lodge_change(small_city, pupil, "guest_begin", GUEST, other=BAIXIA_PRIMARY)
    assert _seen_at(small_city, pupil)  # its steps compare the claim with the register
    acted = decide(small_city, application)
    assert [(one.organisation, one.role) for one in acted] == [
        (small_city.id(PRIMARY), Role.PROOFREADER),
        (small_city.id(PRIMARY), Role.DEPUTY_HEAD),
        (small_city.id(BAIXIA_PRIMARY), Role.REGISTRAR),
        (small_city.id(BAIXIA_PRIMARY), Role.DEPUTY_HEAD),
        (small_city.id(BAIXIA), Role.CLERK),
        (small_city.id(BAIXIA), Role.HEAD),
        (small_city.id(QINHUAI), Role.CLERK),
        (small_city.id(QINHUAI), Role.HEAD),
    ]
    after = standing(small_city, pupil)
    assert after is not None
    assert (after.registration, after.number) == (before.registration, before.number)
    assert after.value("class_group", DAY) == before.value("class_group", DAY)
    assert after.value("attends", DAY) == str(small_city.id(BAIXIA_PRIMARY))
    assert _seen_at(small_city, pupil)  # as its guest
    with acting_system():
        home = register.as_of(DAY, school=small_city.id(PRIMARY))
        host = register.as_of(DAY, school=small_city.id(BAIXIA_PRIMARY))
    assert (home.pupils, home.attending) == (2, 1)
    assert (host.pupils, host.attending) == (0, 1)
    move(environment, date(2009, 2, 16))
    done(small_city, pupil, "guest_end", END)
    back = standing(small_city, pupil)
    assert back is not None
    assert back.value("attends", date(2009, 2, 16)) is None
    assert not _seen_at(small_city, pupil)
    with acting_system():
        assert register.as_of(date(2009, 2, 16), school=small_city.id(PRIMARY)).attending == 2


def test_within_one_bureau_its_own_people_approve_once(small_city: SmallCity, pupil: UUID) -> None:
    acted = done(small_city, pupil, "guest_begin", GUEST, other=NINE_YEAR)
    bureaus = [one.organisation for one in acted if one.role in (Role.CLERK, Role.HEAD)]
    assert bureaus == [small_city.id(QINHUAI)] * 2


def test_a_guest_study_is_extended_beyond_its_end_at_the_same_school(
    small_city: SmallCity, pupil: UUID, environment: SeededEnvironment
) -> None:
    done(small_city, pupil, "guest_begin", GUEST, other=BAIXIA_PRIMARY)
    move(environment, date(2009, 6, 22))
    with pytest.raises(Refused) as refused:
        lodge_change(small_city, pupil, "guest_extension", {"until": "2009-07-10"})
    assert refused.value.code == "extension_not_later"
    assert "2009-07-10" in refused.value.message
    done(small_city, pupil, "guest_extension", {"until": "2010-01-20"})
    after = standing(small_city, pupil)
    assert after is not None
    assert after.value("attends", date(2009, 9, 1)) == str(small_city.id(BAIXIA_PRIMARY))


def test_the_host_reports_that_the_guest_has_vanished_and_home_and_both_bureaus_are_told(
    small_city: SmallCity, pupil: UUID, environment: SeededEnvironment
) -> None:
    done(small_city, pupil, "guest_begin", GUEST, other=BAIXIA_PRIMARY)
    move(environment, date(2009, 2, 16))
    claim = {**END, "reason_code": "vanished"}
    acted = done(small_city, pupil, "guest_end", claim, school=BAIXIA_PRIMARY)
    assert [one.organisation for one in acted] == [small_city.id(BAIXIA_PRIMARY)] * 2 + [small_city.id(PRIMARY)] * 2
    after = standing(small_city, pupil)
    assert after is not None
    assert after.value("attends", date(2009, 2, 16)) is None
    for bureau in (QINHUAI, BAIXIA):
        assert "change_told" in told(small_city, small_city.clerk(bureau))


def test_a_school_that_is_neither_home_nor_host_reports_nothing(small_city: SmallCity, pupil: UUID) -> None:
    done(small_city, pupil, "guest_begin", GUEST, other=BAIXIA_PRIMARY)
    with pytest.raises(Refused) as refused:
        lodge_change(small_city, pupil, "guest_end", END, school=NINE_YEAR)
    assert refused.value.code == "not_your_pupil"
    with pytest.raises(Refused) as refused:
        lodge_change(small_city, pupil, "suspension_extension", {"until": "2009-01-01"}, school=BAIXIA_PRIMARY)
    assert refused.value.code == "not_your_pupil"


@pytest.mark.parametrize(
    ("other", "code"),
    [(None, "other_school_missing"), (PRIMARY, "other_school_own"), (JUNIOR, "guest_begin_host")],
)
def test_the_host_is_another_school_that_has_the_pupils_stage(
    small_city: SmallCity, pupil: UUID, other: str | None, code: str
) -> None:
    with pytest.raises(Refused) as refused:
        lodge_change(small_city, pupil, "guest_begin", GUEST, other=other)
    assert refused.value.code == code
    assert refused.value.basis


def test_who_is_a_guest_already_ends_that_first_and_who_is_none_has_nothing_to_end(
    small_city: SmallCity, pupil: UUID
) -> None:
    for kind, claim in (("guest_end", END), ("guest_extension", {"until": "2009-12-31"})):
        with pytest.raises(Refused) as refused:
            lodge_change(small_city, pupil, kind, claim)
        assert refused.value.code == "not_attending_elsewhere"
    done(small_city, pupil, "guest_begin", GUEST, other=BAIXIA_PRIMARY)
    with pytest.raises(Refused) as refused:
        lodge_change(small_city, pupil, "guest_begin", GUEST, other=NINE_YEAR)
    assert refused.value.code == "guest_begin_host"
    assert "先办理结束" in refused.value.message


def test_the_study_at_another_school_ends_with_the_registration(
    small_city: SmallCity, pupil: UUID, environment: SeededEnvironment
) -> None:
    done(small_city, pupil, "guest_begin", GUEST, other=BAIXIA_PRIMARY)
    move(environment, date(2008, 11, 3))
    done(small_city, pupil, "death", {"effective_on": "2008-11-01", "reason_code": "illness"})
    assert "change_told" in told(small_city, small_city.registrar(BAIXIA_PRIMARY))
    assert not _seen_at(small_city, pupil)
