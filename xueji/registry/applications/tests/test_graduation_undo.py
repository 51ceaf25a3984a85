"""毕业回退: the bureau takes a graduation back while nothing rests on it (domain.md §3.3)."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import pytest

from tests.small_city import JUNIOR, NINE_YEAR, PRIMARY, SmallCity
from xueji.ground.accounts.context import acting
from xueji.pure.kernel.environment import SeededEnvironment, today
from xueji.pure.kernel.types import Refused
from xueji.registry.applications import services
from xueji.registry.applications.tests.support import child, enrol
from xueji.registry.applications.tests.test_year_turn import beginning, graduate, left, on, pupils, school_year
from xueji.registry.register import selectors as register

__all__ = ["beginning", "school_year"]
pytestmark = pytest.mark.django_db


@pytest.fixture
def graduated(school_year: SmallCity, environment: SeededEnvironment) -> dict[str, UUID]:
    """Five leavers of grade 6, one with a completion, by name."""
    known = {name: one.student for name, one in pupils(school_year).items()}
    graduate(school_year, {str(child(5)["name"]): {"marks": "fail", "destination": "51"}})
    return {name: known[name] for name in left(school_year)}


def undo(city: SmallCity, *students: UUID, reason: str = "补考成绩登记有误") -> int:
    with acting(city.head()) as actor:
        return services.undo_graduation(actor=actor, students=students, reason=reason)


def test_a_graduation_is_taken_back_as_if_it_had_never_been(school_year: SmallCity, graduated: dict[str, UUID]) -> None:
    name = str(child(5)["name"])
    number = register_number(school_year, graduated[name])
    assert undo(school_year, graduated[name]) == 1
    with acting(school_year.registrar()):
        assert len(register.roster(school_year.id(PRIMARY), date(2008, 7, 1))) == 5
        record = register.student_record(graduated[name], today())
        kinds = [item.kind for item in register.timeline(graduated[name])]
    assert record is not None
    assert record.in_force is not None
    assert record.in_force.number == number
    assert "leaver_destination" not in record.fields
    assert kinds[-2:] == ["leaving", "graduation_undo"]
    again = graduate(school_year, {name: {"marks": "resit"}}, approve=True)
    assert again
    assert left(school_year)[name] == ("graduation", "")


def register_number(city: SmallCity, student: UUID) -> str:
    with acting(city.registrar()):
        record = register.student_record(student, today())
    assert record is not None
    return record.latest.number


def test_only_the_competent_bureaus_head_takes_a_graduation_back_and_says_why(
    school_year: SmallCity, graduated: dict[str, UUID]
) -> None:
    student = next(iter(graduated.values()))
    for actor in (school_year.registrar(), school_year.deputy_head(), school_year.clerk(), school_year.head("320100")):
        with acting(actor), pytest.raises(Refused, match="主管教育局负责人"):
            services.undo_graduation(actor=actor, students=[student], reason="有误")
    with pytest.raises(Refused, match="原因"):
        undo(school_year, student, reason=" ")


def test_who_has_a_later_registration_keeps_his_graduation(
    school_year: SmallCity, graduated: dict[str, UUID], environment: SeededEnvironment
) -> None:
    on(environment, 2008, 9, 2)
    row = child(6, grade=6) | {"grade": "7", "enrolment_month": "2008-09"}
    enrol(school_year, [row], school=JUNIOR, file="junior")
    with pytest.raises(Refused):
        undo(school_year, graduated[str(child(6)["name"])])
    assert undo(school_year, graduated[str(child(7)["name"])]) == 1


def test_a_leaver_stands_on_one_list_at_a_time_and_keeps_his_graduation_while_he_does(
    school_year: SmallCity, graduated: dict[str, UUID], environment: SeededEnvironment
) -> None:
    on(environment, 2008, 9, 2)
    name = str(child(6)["name"])
    listed = [(register_number(school_year, graduated[name]), name)]
    with acting(school_year.registrar(JUNIOR)) as actor:
        services.lodge_admission(actor=actor, school=school_year.id(JUNIOR), school_year=2008, listed=listed)
    with acting(school_year.registrar(NINE_YEAR)) as actor, pytest.raises(Refused, match=f"{name}另有正在办理的申请"):
        services.lodge_admission(actor=actor, school=school_year.id(NINE_YEAR), school_year=2008, listed=listed)
    with pytest.raises(Refused, match=f"{name}不能回退：该生另有正在办理的申请"):
        undo(school_year, graduated[name])


def test_who_is_in_school_has_nothing_to_take_back(school_year: SmallCity, graduated: dict[str, UUID]) -> None:
    with pytest.raises(Refused, match="不能回退"):
        undo(school_year, pupils(school_year)[str(child(1)["name"])].student)


def test_one_who_cannot_be_taken_back_stops_all(school_year: SmallCity, graduated: dict[str, UUID]) -> None:
    still = pupils(school_year)[str(child(1)["name"])].student
    with pytest.raises(Refused, match="不能回退"):
        undo(school_year, *graduated.values(), still)
    assert len(left(school_year)) == 5
