"""升学 and 分班: primary leavers are continued at the junior stage, divided, and numbered in the order chosen."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

import pytest

from tests.small_city import CITY, CITY_SECONDARY, JUNIOR, NINE_YEAR, PRIMARY, SmallCity
from xueji.ground.accounts.context import acting
from xueji.pure.kernel.environment import LOCAL_ZONE, SeededEnvironment, today
from xueji.pure.kernel.types import Refused
from xueji.pure.procedures.division import Unclassed, arrange
from xueji.registry.applications import services
from xueji.registry.applications.tests.support import child, enrol, step
from xueji.registry.applications.tests.ways import papers
from xueji.registry.register import selectors as register

pytestmark = pytest.mark.django_db
Names = Sequence[tuple[str, str]]


def on(environment: SeededEnvironment, year: int, month: int, day: int) -> None:
    environment.move_to(datetime(year, month, day, 9, tzinfo=LOCAL_ZONE))


def leave(
    city: SmallCity, code: str, numbers: Sequence[int], environment: SeededEnvironment, names: Sequence[str] = ()
) -> Names:
    """Pupils of grade 6 graduate in July 2008; their (number, name). It is the second of September."""
    on(environment, 2008, 3, 24)
    rows = [child(number, grade=6) for number in numbers]
    rows = [{**row, "name": name} for row, name in zip(rows, names, strict=True)] if names else rows
    enrol(city, rows, school=code, kind="opening", file=code)
    on(environment, 2008, 7, 2)
    with acting(city.registrar(code)) as actor:
        lodged = services.lodge_leaving(actor=actor, school=city.id(code), stage="primary", school_year=2007)
    step(city.deputy_head(code), lodged.application, "decide")
    step(city.head(), lodged.application, "approve")
    on(environment, 2008, 9, 2)
    with acting(city.registrar(code)):
        return [
            (one.number, one.name) for one in register.leavers([city.id(code)], after=date(2008, 6, 1), until=today())
        ]


def admit(city: SmallCity, code: str, listed: Names) -> None:
    with acting(city.registrar(code)) as actor:
        lodged = services.lodge_admission(actor=actor, school=city.id(code), school_year=2008, listed=listed)
    step(city.deputy_head(code), lodged.application, "decide")
    assert step(city.head(), lodged.application, "approve").registrations == len(listed)


def unclassed(city: SmallCity, code: str) -> list[register.CohortPupil]:
    with acting(city.registrar(code)):
        return register.unclassed_pupils(city.id(code), today())


def divide(city: SmallCity, code: str, assigned: Sequence[tuple[UUID, int]]) -> None:
    with acting(city.registrar(code)) as actor:
        lodged = services.lodge_division(
            actor=actor, school=city.id(code), stage="junior", intake_year=2008, assigned=assigned
        )
    assert step(city.deputy_head(code), lodged.application, "decide").state == "approved"


def test_grade_seven_in_a_nine_year_school_is_a_new_registration_with_a_new_number(
    small_city: SmallCity, environment: SeededEnvironment
) -> None:
    listed = leave(small_city, NINE_YEAR, range(1, 5), environment)
    admit(small_city, NINE_YEAR, listed)
    waiting = unclassed(small_city, NINE_YEAR)
    assert [(one.stage, one.number, one.started_on) for one in waiting] == [("junior", "", date(2008, 9, 1))] * 4
    divide(small_city, NINE_YEAR, [(one.student, 1) for one in waiting])
    assert unclassed(small_city, NINE_YEAR) == []
    with acting(small_city.registrar(NINE_YEAR)):
        record = register.student_record(waiting[0].student, today())
    assert record is not None
    assert record.established
    assert [one.stage for one in record.registrations] == ["primary", "junior"]
    assert record.numbers[1].startswith(f"{NINE_YEAR}2008")
    assert record.numbers[0] != record.numbers[1]


def test_a_leaver_of_another_school_is_continued_by_number_and_name(
    small_city: SmallCity, environment: SeededEnvironment
) -> None:
    listed = leave(small_city, PRIMARY, range(1, 4), environment)
    admit(small_city, JUNIOR, listed[:2])
    assert sorted(one.name for one in unclassed(small_city, JUNIOR)) == sorted(name for _, name in listed[:2])
    with acting(small_city.registrar(PRIMARY)):
        left = register.leavers([small_city.id(PRIMARY)], after=date(2008, 6, 1), until=today())
    assert [one.name for one in left] == [listed[2][1]], "who has a new registration waits no longer"


def test_who_is_not_found_as_a_leaver_is_named_by_his_row(
    small_city: SmallCity, environment: SeededEnvironment
) -> None:
    listed = leave(small_city, PRIMARY, range(1, 3), environment)
    wrong = [listed[0], (listed[1][0], "别的名字")]
    with acting(small_city.registrar(JUNIOR)) as actor, pytest.raises(Refused, match="第 3 行没有查到"):
        services.lodge_admission(actor=actor, school=small_city.id(JUNIOR), school_year=2008, listed=wrong)
    with acting(small_city.registrar(PRIMARY)) as actor, pytest.raises(Refused, match="没有初中学段"):
        services.lodge_admission(actor=actor, school=small_city.id(PRIMARY), school_year=2008, listed=listed)


def test_a_leaver_is_admitted_once(small_city: SmallCity, environment: SeededEnvironment) -> None:
    listed = leave(small_city, PRIMARY, range(1, 3), environment)
    admit(small_city, JUNIOR, listed)
    with acting(small_city.registrar(NINE_YEAR)) as actor, pytest.raises(Refused, match="没有查到"):
        services.lodge_admission(actor=actor, school=small_city.id(NINE_YEAR), school_year=2008, listed=listed)


def test_numbers_are_given_in_the_order_chosen_class_by_class(
    small_city: SmallCity, environment: SeededEnvironment
) -> None:
    listed = leave(small_city, PRIMARY, range(1, 6), environment)
    admit(small_city, JUNIOR, listed)
    waiting = unclassed(small_city, JUNIOR)
    assigned = arrange([Unclassed(one.student, one.name_pinyin, one.gender) for one in waiting], 2)
    divide(small_city, JUNIOR, assigned)
    with acting(small_city.registrar(JUNIOR)):
        pupils = {one.student: one.number for one in register.roster(small_city.id(JUNIOR), today())}
    assert [pupils[student] for student, _ in assigned] == [
        f"{JUNIOR}2008{class_no:02d}{serial:02d}" for class_no, serial in ((1, 1), (1, 2), (1, 3), (2, 1), (2, 2))
    ]


def test_a_division_is_only_of_those_who_have_no_class(small_city: SmallCity, environment: SeededEnvironment) -> None:
    listed = leave(small_city, PRIMARY, range(1, 3), environment)
    admit(small_city, JUNIOR, listed)
    waiting = unclassed(small_city, JUNIOR)
    divide(small_city, JUNIOR, [(waiting[0].student, 1)])
    with acting(small_city.registrar(JUNIOR)) as actor, pytest.raises(Refused, match="已经有班级"):
        services.lodge_division(
            actor=actor, school=small_city.id(JUNIOR), stage="junior", intake_year=2008,
            assigned=[(waiting[0].student, 2)],
        )  # fmt: skip


def test_whoever_was_admitted_by_mistake_is_a_leaver_of_his_primary_school_again_in_another_district_too(
    small_city: SmallCity, environment: SeededEnvironment
) -> None:
    (listed,) = leave(small_city, PRIMARY, [1], environment)
    with acting(small_city.registrar(CITY_SECONDARY)) as actor:
        lodged = services.lodge_admission(
            actor=actor, school=small_city.id(CITY_SECONDARY), school_year=2008, listed=[listed]
        )
    step(small_city.deputy_head(CITY_SECONDARY), lodged.application, "decide")
    step(small_city.head(CITY), lodged.application, "approve")
    on(environment, 2008, 9, 8)
    with acting(small_city.registrar(CITY_SECONDARY)) as actor:
        (admitted,) = register.unclassed_pupils(small_city.id(CITY_SECONDARY), today())
        voiding = services.lodge_change(
            actor=actor,
            kind="record_voiding",
            school=small_city.id(CITY_SECONDARY),
            student=admitted.student,
            claim={"cause": "never_attended", "reason": "从未到校"},
            evidence=papers(actor, ["cause_statement"]),
        )
    step(small_city.proofreader(CITY_SECONDARY), voiding.application, "proofread")
    step(small_city.deputy_head(CITY_SECONDARY), voiding.application, "decide")
    step(small_city.clerk(CITY), voiding.application, "examine")
    assert step(small_city.head(CITY), voiding.application, "approve").state == "approved"
    with acting(small_city.registrar()):
        (again,) = register.leavers([small_city.id(PRIMARY)], after=date(2008, 6, 1), until=today())
    assert (again.number, again.name) == listed
