"""Enrolment and opening load: lodged by the school, born at the bureau's approval (clauses A2, B2, B3; issue 2)."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from tests.small_city import NINE_YEAR, PRIMARY, SmallCity
from xueji.ground.accounts.context import acting
from xueji.ground.journals import selectors as journals
from xueji.pure.kernel.environment import LOCAL_ZONE, SeededEnvironment
from xueji.pure.kernel.types import Refused
from xueji.registry.applications import selectors, services
from xueji.registry.applications.models import Application, Line
from xueji.registry.applications.tests.support import approve, child, digest, enrol, lodge, step
from xueji.registry.register import selectors as register

pytestmark = pytest.mark.django_db


def test_registration_and_number_are_born_when_the_bureau_approves(small_city: SmallCity) -> None:
    lodged = lodge(small_city, [child(1), child(2), child(3, class_no=2)])
    assert (lodged.state, lodged.rows) == ("lodged", 3)
    assert step(small_city.proofreader(), lodged.application, "proofread").state == "proofread"
    assert step(small_city.deputy_head(), lodged.application, "decide").state == "decided"
    with acting(small_city.registrar()):
        assert register.roster(small_city.id(PRIMARY), date(2008, 9, 1)) == []
    result = step(small_city.head(), lodged.application, "approve")
    assert (result.state, result.registrations) == ("approved", 3)
    with acting(small_city.registrar()):
        pupils = register.roster(small_city.id(PRIMARY), date(2008, 9, 1))
    assert sorted(one.number for one in pupils) == [
        f"{PRIMARY}20080101",
        f"{PRIMARY}20080102",
        f"{PRIMARY}20080201",
    ]
    assert {one.started_on for one in pupils} == {date(2008, 9, 1)}
    assert all(one.established for one in pupils)


def test_each_approval_by_a_bureau_bears_a_gapless_file_number(small_city: SmallCity) -> None:
    first = enrol(small_city, [child(1)], file="a")
    refused = lodge(small_city, [child(2)], file="b")
    step(small_city.proofreader(), refused.application, "refuse", reason="材料不实")
    second = enrol(small_city, [child(3)], file="c")
    assert [first.file_number, second.file_number] == ["320104-2008-02-0001", "320104-2008-02-0002"]


def test_the_same_file_twice_writes_nothing_new(small_city: SmallCity) -> None:
    first = lodge(small_city, [child(1)])
    again = lodge(small_city, [child(1)])
    assert again.application == first.application
    assert again.already_lodged
    with acting(small_city.registrar()):
        assert Application.objects.count() == 1


def test_a_file_that_was_refused_may_be_lodged_again(small_city: SmallCity) -> None:
    first = lodge(small_city, [child(1)])
    step(small_city.proofreader(), first.application, "refuse", reason="重复的名册")
    assert lodge(small_city, [child(1)]).application != first.application


def test_only_the_schools_registrar_lodges(small_city: SmallCity) -> None:
    for actor in (small_city.proofreader(), small_city.registrar(NINE_YEAR), small_city.head()):
        with acting(actor), pytest.raises(Refused, match="学籍管理员"):
            services.lodge_roster(
                actor=actor,
                school=small_city.id(PRIMARY),
                kind="enrolment",
                rows=[child(1)],
                file_digest=digest("x"),
            )


def test_acts_come_in_their_order_and_only_from_their_posts(small_city: SmallCity) -> None:
    lodged = lodge(small_city, [child(1)])
    with pytest.raises(Refused, match="按顺序"):
        step(small_city.deputy_head(), lodged.application, "decide")
    with pytest.raises(Refused, match="岗位不能办理"):
        step(small_city.deputy_head(), lodged.application, "proofread")


def test_another_district_does_not_even_find_the_application(small_city: SmallCity) -> None:
    lodged = lodge(small_city, [child(1)])
    with pytest.raises(Refused, match="没有找到"):
        step(small_city.head("320103"), lodged.application, "approve")


def test_the_bureau_may_approve_by_line_and_says_why_it_refuses_the_others(small_city: SmallCity) -> None:
    lodged = lodge(small_city, [child(1), child(2), child(3)])
    step(small_city.proofreader(), lodged.application, "proofread")
    step(small_city.deputy_head(), lodged.application, "decide")
    with pytest.raises(Refused, match="原因"):
        step(small_city.head(), lodged.application, "approve", lines={2, 4})
    result = step(small_city.head(), lodged.application, "approve", lines={2, 4}, reason="不在本施教区")
    assert result.registrations == 2
    with acting(small_city.registrar()):
        states = {line.row_no: (line.state, line.reason) for line in selectors.lines(lodged.application)}
    assert states == {2: ("accepted", ""), 3: ("refused", "不在本施教区"), 4: ("accepted", "")}


def test_what_was_sent_back_goes_through_all_steps_again(small_city: SmallCity) -> None:
    lodged = lodge(small_city, [child(1)])
    step(small_city.proofreader(), lodged.application, "proofread")
    with pytest.raises(Refused, match="原因"):
        step(small_city.deputy_head(), lodged.application, "send_back", reason=" ")
    sent = step(small_city.deputy_head(), lodged.application, "send_back", reason="班级填错")
    assert sent.state == "sent_back"
    with acting(small_city.registrar()) as actor:
        assert services.resubmit(actor=actor, application=lodged.application).state == "lodged"
    assert approve(small_city, lodged.application).state == "approved"


def test_the_school_may_retract_before_the_decision_and_not_after(small_city: SmallCity) -> None:
    first = lodge(small_city, [child(1)], file="a")
    with acting(small_city.registrar()) as actor:
        assert services.retract(actor=actor, application=first.application).state == "retracted"
    second = lodge(small_city, [child(1)], file="b")
    approve(small_city, second.application)
    with acting(small_city.registrar()) as actor, pytest.raises(Refused, match="不能撤回"):
        services.retract(actor=actor, application=second.application)


def test_the_later_of_two_people_is_shown_that_the_other_acted(small_city: SmallCity) -> None:
    lodged = lodge(small_city, [child(1)])
    step(small_city.proofreader(), lodged.application, "proofread", expected_version=1)
    with pytest.raises(Refused, match="其他人办理过"):
        step(small_city.deputy_head(), lodged.application, "decide", expected_version=1)


def test_an_opening_load_keeps_given_numbers_and_numbers_only_the_others(
    small_city: SmallCity, environment: SeededEnvironment
) -> None:
    environment.move_to(datetime(2008, 4, 7, 9, tzinfo=LOCAL_ZONE))
    given = f"{PRIMARY}20050207"
    rows = [
        child(1, grade=3, class_no=2, registration_number=given),
        child(2, grade=3, class_no=2),
        child(3, grade=1, class_no=1),
    ]
    result = enrol(small_city, rows, kind="opening")
    assert result.registrations == 3
    with acting(small_city.registrar()):
        pupils = {one.name: one for one in register.roster(small_city.id(PRIMARY), date(2007, 9, 15))}
    assert sorted(one.number for one in pupils.values()) == [
        given,
        f"{PRIMARY}20050208",
        f"{PRIMARY}20070101",
    ]
    assert {one.started_on for one in pupils.values()} == {date(2007, 9, 15)}


def test_a_number_that_another_pupil_bears_cannot_be_given_again(small_city: SmallCity) -> None:
    given = f"{PRIMARY}20050207"
    enrol(small_city, [child(1, grade=3, class_no=2, registration_number=given)], kind="opening", file="a")
    with pytest.raises(Refused, match="已被使用"):
        lodge(small_city, [child(2, grade=3, class_no=2, registration_number=given)], kind="opening", file="b")


@pytest.mark.parametrize("way", ["send_back", "refuse", "retract"])
def test_numbers_of_a_roster_that_came_to_nothing_go_to_the_corrected_one(small_city: SmallCity, way: str) -> None:
    row = child(1, grade=3, class_no=2, registration_number=f"{PRIMARY}20050207")
    first = lodge(small_city, [row], kind="opening", file="a")
    if way == "retract":
        with acting(small_city.registrar()) as actor:
            services.retract(actor=actor, application=first.application)
    else:
        step(small_city.proofreader(), first.application, way, reason="班级填错")
    assert enrol(small_city, [row], kind="opening", file="b").registrations == 1
    if way == "send_back":
        with acting(small_city.registrar()) as actor:
            services.resubmit(actor=actor, application=first.application)
        step(small_city.proofreader(), first.application, "proofread")
        step(small_city.deputy_head(), first.application, "decide")
        with acting(small_city.registrar()):
            assert [line.state for line in selectors.lines(first.application)] == ["parked"]


def test_the_two_intakes_of_a_nine_year_school_get_distinct_numbers(small_city: SmallCity) -> None:
    rows = [child(1, grade=1), child(2, grade=7)]
    enrol(small_city, rows, school=NINE_YEAR)
    with acting(small_city.registrar(NINE_YEAR)):
        pupils = register.roster(small_city.id(NINE_YEAR), date(2008, 9, 1))
    assert len({one.number for one in pupils}) == 2
    assert {one.stage for one in pupils} == {"primary", "junior"}


def test_nothing_sensitive_stands_in_clear_in_an_application(small_city: SmallCity) -> None:
    row = child(1)
    lodged = lodge(small_city, [row])
    with acting(small_city.registrar()):
        line = Line.objects.get(application=lodged.application)
        assert str(row["id_number"]).encode() not in bytes(line.claim)
        assert selectors.lines(lodged.application, with_claim=True)[0].claim["id_number"] == row["id_number"]


def test_a_decision_is_an_entry_of_the_deciding_organisation(small_city: SmallCity) -> None:
    lodged = lodge(small_city, [child(1)])
    approve(small_city, lodged.application)
    with acting(small_city.head()):
        entries = journals.entries_of_organisation(small_city.id("320104"))
    decisions = [entry.basis["act"] for entry in entries if entry.kind == "decision"]
    assert decisions == ["approve"]
