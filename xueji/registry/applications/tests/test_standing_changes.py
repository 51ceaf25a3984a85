"""出国（境）, 死亡, 调班, 跳级, 随班就读, 特殊教育学校, 送教上门: what each does to record, number and counts."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import pytest

from tests.small_city import BAIXIA_PRIMARY, PRIMARY, QINHUAI, Beginning, SmallCity, open_special_school
from xueji.ground.accounts.context import acting, acting_system
from xueji.ground.parameters import selectors as parameters
from xueji.pure.kernel.environment import SeededEnvironment
from xueji.pure.kernel.types import Refused, Role
from xueji.pure.procedures.special_education import begun
from xueji.registry.applications.tests.support import child, enrol
from xueji.registry.applications.tests.told import done, lodge_change, move, standing
from xueji.registry.applications.tests.ways import student_of
from xueji.registry.register import selectors as register
from xueji.registry.register.models import Number, Student

pytestmark = pytest.mark.usefixtures("fresh_database")

DAY = date(2008, 9, 22)
SUSPEND = {"effective_on": "2008-09-22", "until": "2009-08-31", "reason_code": "infectious", "reason": "已沟通"}


def _begin(city: SmallCity, environment: SeededEnvironment) -> UUID:
    """One of grade 3; others in 三（2）班 and in the grades around."""
    rows = [child(1, grade=3), child(2, grade=3, class_no=2), child(3, grade=2), child(4, grade=4), child(5, grade=5)]
    enrol(city, rows)
    move(environment, DAY)
    return student_of(city, str(child(1)["name"]))


@pytest.fixture
def beginning() -> Beginning:
    return _begin


@pytest.fixture
def pupil(begun: UUID) -> UUID:
    return begun


def _class(city: SmallCity, number: int) -> str:
    """The class group of another child."""
    with acting_system():
        return str(
            next(one.class_group for one in register.roster(city.id(PRIMARY), DAY) if one.name == child(number)["name"])
        )


def _fields(city: SmallCity, student: UUID) -> dict[str, object]:
    with acting(city.registrar(PRIMARY)):
        record = register.student_record(student)
    assert record is not None
    return dict(record.fields)


def _refused(city: SmallCity, student: UUID, kind: str, claim: dict[str, str], code: str) -> str:
    with pytest.raises(Refused) as refused:
        lodge_change(city, student, kind, claim)
    assert refused.value.code == code
    assert refused.value.basis
    return refused.value.message


def test_a_pupil_abroad_stays_registered_and_continues_his_record_on_return(
    small_city: SmallCity, pupil: UUID, environment: SeededEnvironment
) -> None:
    before = standing(small_city, pupil)
    claim = {"effective_on": "2008-09-22", "country": "新加坡", "reason_code": "with_parents"}
    done(small_city, pupil, "abroad", claim)
    with acting_system():
        counted = register.as_of(DAY, school=small_city.id(PRIMARY))
    assert (counted.pupils, counted.attending) == (5, 4)
    move(environment, date(2009, 2, 16))
    done(small_city, pupil, "abroad_return", {"effective_on": "2009-02-16"})
    after = standing(small_city, pupil)
    assert before is not None
    assert after is not None
    assert (after.registration, after.number) == (before.registration, before.number)
    assert after.value("status", date(2009, 2, 16)) == "in_school"


def test_a_death_ends_the_registration_retires_the_number_and_keeps_the_record(
    small_city: SmallCity, pupil: UUID
) -> None:
    before = standing(small_city, pupil)
    assert before is not None
    done(small_city, pupil, "death", {"effective_on": "2008-09-20", "reason_code": "accident"})
    assert standing(small_city, pupil) is None
    with acting(small_city.registrar(PRIMARY)):
        record = register.student_record(pupil)
    assert record is not None
    assert (record.latest.ended_on, record.latest.how_ended) == (date(2008, 9, 20), "death")
    with acting_system():
        assert not Student.objects.get(id=pupil).living
        assert Number.objects.get(number=before.number).state == "retired"
        assert register.as_of(DAY, school=small_city.id(PRIMARY)).pupils == 4
    _refused(small_city, pupil, "suspension", SUSPEND, "not_registered")


def test_a_death_before_the_registration_began_is_refused(small_city: SmallCity, pupil: UUID) -> None:
    claim = {"effective_on": "2008-09-01", "reason_code": "illness", "explanation": "补报"}
    assert "2008-09-01" in _refused(small_city, pupil, "death", claim, "death_before_registration")


def test_the_school_alone_changes_the_class_and_the_number_stays(small_city: SmallCity, pupil: UUID) -> None:
    before = standing(small_city, pupil)
    claim = {"effective_on": "2008-09-22", "class_group": _class(small_city, 2), "reason": "分班调整"}
    acted = done(small_city, pupil, "class_change", claim)
    assert [(one.organisation, one.role) for one in acted] == [(small_city.id(PRIMARY), Role.DEPUTY_HEAD)]
    after = standing(small_city, pupil)
    assert before is not None
    assert after is not None
    assert after.number == before.number
    assert after.value("class_group", DAY) == _class(small_city, 2)
    earlier = {**SUSPEND, "effective_on": "2008-09-15"}
    assert "2008-09-22" in _refused(small_city, pupil, "suspension", earlier, "before_last_change")


def test_a_class_change_stays_within_the_grade_and_leads_to_another_class(small_city: SmallCity, pupil: UUID) -> None:
    for number, words in ((1, "已在所选的班级"), (3, "同一年级")):
        claim = {"class_group": _class(small_city, number), "reason": "调整", "effective_on": "2008-09-22"}
        assert words in _refused(small_city, pupil, "class_change", claim, "class_change_class")


def test_a_skip_leads_one_grade_up_once_a_stage_with_the_bureau_s_consent(
    small_city: SmallCity, pupil: UUID, environment: SeededEnvironment
) -> None:
    claim = {"effective_on": "2008-09-22", "class_group": _class(small_city, 4), "reason": "各科优秀"}
    acted = done(small_city, pupil, "grade_skip", claim)
    assert acted[-1].organisation == small_city.id(QINHUAI)
    after = standing(small_city, pupil)
    assert after is not None
    assert after.value("class_group", DAY) == _class(small_city, 4)
    move(environment, date(2009, 2, 16))
    again = {"effective_on": "2009-02-16", "class_group": _class(small_city, 5), "reason": "各科优秀"}
    assert "只能跳级一次" in _refused(small_city, pupil, "grade_skip", again, "skip_once")


def test_a_skip_of_two_grades_or_downward_is_refused(small_city: SmallCity, pupil: UUID) -> None:
    for number, code in ((5, "skip_one_grade"), (3, "grade_skip_class")):
        claim = {"effective_on": "2008-09-22", "class_group": _class(small_city, number), "reason": "各科优秀"}
        _refused(small_city, pupil, "grade_skip", claim, code)


def test_the_school_may_require_a_suspension_and_the_bureau_approves_it(
    small_city: SmallCity, pupil: UUID, environment: SeededEnvironment
) -> None:
    acted = done(small_city, pupil, "required_suspension", SUSPEND)
    assert acted[-1].organisation == small_city.id(QINHUAI)
    away = standing(small_city, pupil)
    assert away is not None
    assert away.value("status", DAY) == "suspended"
    move(environment, date(2008, 11, 3))
    early = {"effective_on": "2008-11-03", "class_group": _class(small_city, 3)}
    assert "提前复学" in _refused(small_city, pupil, "resumption", early, "resumption_early_lower")
    higher = {**early, "class_group": _class(small_city, 4)}
    assert "更高的年级" in _refused(small_city, pupil, "resumption", higher, "resumption_class")
    done(small_city, pupil, "resumption", {**early, "explanation": "缺课较多，监护人申请"})
    back = standing(small_city, pupil)
    assert back is not None
    assert back.value("class_group", date(2008, 11, 3)) == _class(small_city, 3)


def test_inclusion_and_teaching_at_home_are_dated_fields_and_the_pupil_attends(
    small_city: SmallCity, pupil: UUID, environment: SeededEnvironment
) -> None:
    done(small_city, pupil, "inclusion", {"effective_on": "2008-09-22", "inclusion_status": "3"})
    assert _fields(small_city, pupil)["inclusion_status"] == "3"
    assert _fields(small_city, pupil)["special_ed_placement"] == "2"
    with acting_system():
        assert register.as_of(DAY, school=small_city.id(PRIMARY)).attending == 5
    move(environment, date(2009, 2, 16))
    done(small_city, pupil, "home_teaching", {"effective_on": "2009-02-16"})
    fields = _fields(small_city, pupil)
    assert (fields["inclusion_status"], fields["special_ed_placement"]) == ("0", "4")
    with acting_system():
        changes = parameters.rulebook(date(2009, 2, 16)).changes
    assert begun(changes["home_teaching"], fields), "so its end is offered, and no end of anything else"
    assert not any(begun(changes[kind], fields) for kind in ("inclusion", "special_school"))
    done(small_city, pupil, "home_teaching_end", {"effective_on": "2009-02-16"})
    assert "special_ed_placement" not in _fields(small_city, pupil)


def test_what_was_never_begun_is_not_ended(small_city: SmallCity, pupil: UUID) -> None:
    for kind in ("inclusion_end", "home_teaching_end"):
        _refused(small_city, pupil, kind, {"effective_on": "2008-09-22"}, "nothing_to_end")


def test_who_attends_a_special_school_stays_on_the_roll_and_comes_back(
    small_city: SmallCity, pupil: UUID, environment: SeededEnvironment
) -> None:
    special = open_special_school(small_city)
    with pytest.raises(Refused) as refused:
        lodge_change(small_city, pupil, "special_school", {"effective_on": "2008-09-22"}, other=BAIXIA_PRIMARY)
    assert refused.value.code == "special_school_host"
    done(small_city, pupil, "special_school", {"effective_on": "2008-09-22"}, other=special)
    with acting_system():
        assert register.as_of(DAY, school=small_city.id(PRIMARY)).attending == 4
        assert register.as_of(DAY, school=small_city.id(special)).attending == 1
    _refused(
        small_city,
        pupil,
        "guest_end",
        {"effective_on": "2008-09-22", "reason_code": "early"},
        "not_attending_elsewhere",
    )
    _refused(small_city, pupil, "home_teaching", {"effective_on": "2008-09-22"}, "attends_special_school")
    move(environment, date(2009, 2, 16))
    done(small_city, pupil, "special_school_return", {"effective_on": "2009-02-16"}, school=special)
    back = standing(small_city, pupil)
    assert back is not None
    assert back.value("attends", date(2009, 2, 16)) is None
    assert "special_ed_placement" not in _fields(small_city, pupil)
