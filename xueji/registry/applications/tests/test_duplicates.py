"""Suspected duplicates (待核重复): parked, decided side by side by both bureaus (design §3 "Student")."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from tests.small_city import BAIXIA, BAIXIA_PRIMARY, JUNIOR, NINE_YEAR, PRIMARY, QINHUAI, SmallCity
from xueji.ground.accounts.context import acting
from xueji.pure.kernel.environment import LOCAL_ZONE, SeededEnvironment
from xueji.pure.kernel.types import Refused
from xueji.registry.applications import selectors, services
from xueji.registry.applications.models import SuspectedDuplicate
from xueji.registry.applications.tests.support import approve, child, enrol, lodge, step
from xueji.registry.register import selectors as register

pytestmark = pytest.mark.usefixtures("fresh_database")


def parked(city: SmallCity, row: dict[str, str | None], file: str = "z") -> tuple[str, ...]:
    """What 白下's school learns of a roster with this row and a new child."""
    lodged = lodge(city, [row, child(50)], school=BAIXIA_PRIMARY, file=file)
    return tuple(one.code for one in lodged.parked)


def test_a_registered_child_with_the_same_document_is_to_be_transferred(small_city: SmallCity) -> None:
    enrol(small_city, [child(1)])
    assert parked(small_city, child(1)) == ("already_registered",)


def test_the_same_document_with_an_unlike_name_is_under_check(small_city: SmallCity) -> None:
    enrol(small_city, [child(1)])
    assert parked(small_city, child(1, name="另有其人")) == ("under_check",)


def test_the_same_name_and_birth_date_is_under_check(small_city: SmallCity) -> None:
    enrol(small_city, [child(1)])
    other = str(child(400, birth_date=str(child(1)["birth_date"]))["id_number"])
    assert parked(small_city, child(1, id_number=other)) == ("under_check",)


def test_the_school_learns_neither_who_nor_where(small_city: SmallCity) -> None:
    enrol(small_city, [child(1)])
    lodged = lodge(small_city, [child(1)], school=BAIXIA_PRIMARY)
    assert PRIMARY not in lodged.parked[0].message
    assert "秦淮" not in lodged.parked[0].message
    with acting(small_city.registrar(BAIXIA_PRIMARY)) as actor:
        assert SuspectedDuplicate.objects.count() == 0
        assert selectors.duplicates(actor) == ()


def test_both_bureaus_see_the_two_side_by_side_and_a_third_does_not(small_city: SmallCity) -> None:
    enrol(small_city, [child(1)])
    lodge(small_city, [child(1, name="另有其人")], school=BAIXIA_PRIMARY)
    for bureau in (QINHUAI, BAIXIA):
        with acting(small_city.head(bureau)) as actor:
            (found,) = selectors.duplicates(actor)
            sides = selectors.side_by_side(found.id)
            assert sides is not None
            assert {one.field for one in sides.comparison if one.differs} == {"name"}
            assert all(one.registered for one in sides.comparison if one.field == "id_number")
    with acting(small_city.head("320125")) as actor:
        assert selectors.duplicates(actor) == ()


def test_other_rows_are_approved_while_a_parked_one_waits(small_city: SmallCity) -> None:
    enrol(small_city, [child(1)])
    lodged = lodge(small_city, [child(1), child(2)], school=BAIXIA_PRIMARY)
    result = approve(small_city, lodged.application, school=BAIXIA_PRIMARY, bureau=BAIXIA)
    assert result.registrations == 1


def decide(city: SmallCity, bureau: str, choice: str) -> str:
    with acting(city.head(bureau)) as actor:
        (found,) = selectors.duplicates(actor)
        return services.decide_duplicate(actor=actor, duplicate=found.id, choice=choice, reason="已查验户口簿原件")


def test_nothing_is_concluded_until_both_bureaus_choose_the_same(small_city: SmallCity) -> None:
    enrol(small_city, [child(1)])
    lodge(small_city, [child(1, name="另有其人")], school=BAIXIA_PRIMARY)
    assert decide(small_city, BAIXIA, "different") == "open"
    assert decide(small_city, QINHUAI, "same") == "open"
    assert decide(small_city, QINHUAI, "different") == "different"


def test_two_persons_with_one_id_number_stand_when_both_bureaus_agree(small_city: SmallCity) -> None:
    enrol(small_city, [child(1)])
    lodged = lodge(small_city, [child(1, name="另有其人")], school=BAIXIA_PRIMARY)
    decide(small_city, QINHUAI, "different")
    decide(small_city, BAIXIA, "different")
    result = approve(small_city, lodged.application, school=BAIXIA_PRIMARY, bureau=BAIXIA)
    assert (result.state, result.registrations) == ("approved", 1)


def test_a_row_released_after_the_approval_is_registered_then(small_city: SmallCity) -> None:
    enrol(small_city, [child(1)])
    lodged = lodge(small_city, [child(1, name="另有其人"), child(2)], school=BAIXIA_PRIMARY)
    approve(small_city, lodged.application, school=BAIXIA_PRIMARY, bureau=BAIXIA)
    decide(small_city, QINHUAI, "different")
    decide(small_city, BAIXIA, "different")
    with acting(small_city.registrar(BAIXIA_PRIMARY)):
        names = [one.name for one in register.roster(small_city.id(BAIXIA_PRIMARY), date(2008, 9, 1))]
    assert sorted(names) == sorted(["另有其人", str(child(2)["name"])])


def test_a_row_that_the_other_bureau_released_last_waits_for_the_approving_one(small_city: SmallCity) -> None:
    enrol(small_city, [child(1)])
    lodged = lodge(small_city, [child(1, name="另有其人"), child(2)], school=BAIXIA_PRIMARY)
    approve(small_city, lodged.application, school=BAIXIA_PRIMARY, bureau=BAIXIA)
    decide(small_city, BAIXIA, "different")
    decide(small_city, QINHUAI, "different")
    with acting(small_city.head(QINHUAI)) as actor:
        assert selectors.duplicates(actor) == ()
        with pytest.raises(Refused):
            services.register_released(actor=actor, application=lodged.application)
    with acting(small_city.head(BAIXIA)) as actor:
        (waiting,) = selectors.duplicates(actor)
        assert waiting.released
        assert services.register_released(actor=actor, application=lodged.application) == 1
        assert selectors.duplicates(actor) == ()


@pytest.mark.parametrize("last", [BAIXIA, QINHUAI])
def test_a_number_kept_for_a_refused_row_is_let_go_whoever_chooses_last(
    small_city: SmallCity, environment: SeededEnvironment, last: str
) -> None:
    environment.move_to(datetime(2008, 3, 24, 9, tzinfo=LOCAL_ZONE))
    enrol(small_city, [child(1, grade=3)], kind="opening")
    number = f"{BAIXIA_PRIMARY}20050101"
    row = child(1, grade=3, name="另有其人", registration_number=number)
    lodge(small_city, [row], school=BAIXIA_PRIMARY, kind="opening")
    with acting(small_city.registrar(BAIXIA_PRIMARY)):
        assert register.numbers_in_use([number])[number].student is not None
    for bureau in sorted([BAIXIA, QINHUAI], key=lambda one: one == last):
        decide(small_city, bureau, "refused")
    with acting(small_city.registrar(BAIXIA_PRIMARY)):
        assert register.numbers_in_use([number])[number].student is None


def test_the_same_person_already_registered_is_refused_with_the_remedy(small_city: SmallCity) -> None:
    enrol(small_city, [child(1)])
    lodged = lodge(small_city, [child(1)], school=BAIXIA_PRIMARY)
    decide(small_city, QINHUAI, "same")
    decide(small_city, BAIXIA, "same")
    with acting(small_city.registrar(BAIXIA_PRIMARY)):
        (line,) = selectors.lines(lodged.application)
    assert line.state == "refused"
    assert "转学" in line.reason


def test_a_choice_is_the_heads_and_needs_a_reason(small_city: SmallCity) -> None:
    enrol(small_city, [child(1)])
    lodge(small_city, [child(1)], school=BAIXIA_PRIMARY)
    with acting(small_city.clerk(BAIXIA)) as actor:
        (found,) = selectors.duplicates(actor)
        with pytest.raises(Refused, match="负责人"):
            services.decide_duplicate(actor=actor, duplicate=found.id, choice="same", reason="x")
    with acting(small_city.head(BAIXIA)) as actor, pytest.raises(Refused, match="理由"):
        services.decide_duplicate(actor=actor, duplicate=found.id, choice="same", reason=" ")


def test_a_duplicate_that_appears_after_lodging_is_parked_at_the_decision(small_city: SmallCity) -> None:
    lodged = lodge(small_city, [child(1), child(2)], school=BAIXIA_PRIMARY)
    enrol(small_city, [child(1)])
    result = approve(small_city, lodged.application, school=BAIXIA_PRIMARY, bureau=BAIXIA)
    assert result.registrations == 1
    with acting(small_city.registrar(BAIXIA_PRIMARY)):
        assert [line.state for line in selectors.lines(lodged.application)] == ["parked", "accepted"]


def _left(city: SmallCity, environment: SeededEnvironment) -> dict[str, str | None]:
    """A child who has left 白下's primary school in summer, as the junior school's roster names it; it is September."""
    environment.move_to(datetime(2008, 3, 24, 9, tzinfo=LOCAL_ZONE))
    leaver = child(1, grade=6)
    enrol(city, [leaver], school=BAIXIA_PRIMARY, bureau=BAIXIA, kind="opening")
    environment.move_to(datetime(2008, 7, 2, 9, tzinfo=LOCAL_ZONE))
    with acting(city.registrar(BAIXIA_PRIMARY)) as actor:
        lodged = services.lodge_leaving(actor=actor, school=city.id(BAIXIA_PRIMARY), stage="primary", school_year=2007)
    step(city.deputy_head(BAIXIA_PRIMARY), lodged.application, "decide")
    assert step(city.head(BAIXIA), lodged.application, "approve").registrations == 1
    environment.move_to(datetime(2008, 9, 3, 9, tzinfo=LOCAL_ZONE))
    return {**leaver, "grade": "7"}


def test_a_primary_leaver_is_continued_as_the_same_student_with_a_new_registration(
    small_city: SmallCity, environment: SeededEnvironment
) -> None:
    leaver = _left(small_city, environment)
    roster = lodge(small_city, [leaver, child(2, grade=7)], school=JUNIOR)
    assert roster.parked == ()
    approve(small_city, roster.application, school=JUNIOR)
    with acting(small_city.registrar(JUNIOR)):
        student = next(line.student for line in selectors.lines(roster.application) if line.continued)
        record = register.student_record(student)
    assert record is not None
    assert [(one.stage, one.school) for one in record.registrations] == [
        ("primary", small_city.id(BAIXIA_PRIMARY)),
        ("junior", small_city.id(JUNIOR)),
    ]
    assert record.registrations[0].ended_on == date(2008, 7, 1)


def test_a_leaver_with_an_application_under_way_is_in_no_second_roster_until_it_is_closed(
    small_city: SmallCity, environment: SeededEnvironment
) -> None:
    row = _left(small_city, environment)
    first = lodge(small_city, [child(60, grade=7), row], school=JUNIOR, file="j")
    with pytest.raises(Refused, match=r"第 3 行：该学生另有正在办理的学籍申请"):
        lodge(small_city, [child(61, grade=7), row], school=NINE_YEAR, file="k")
    step(small_city.proofreader(JUNIOR), first.application, "refuse", reason="该生已到别校就读")
    assert lodge(small_city, [child(61, grade=7), row], school=NINE_YEAR, file="k").state == "lodged"
