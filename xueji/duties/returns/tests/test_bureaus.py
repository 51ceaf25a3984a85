"""Bureaus: what they wait for, add up, send back and reopen; boards, days and who is late (clause C5)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from tests.small_city import (
    BAIXIA,
    BAIXIA_PRIMARY,
    CENTRAL,
    CITY,
    CITY_SECONDARY,
    GAOCHUN,
    JUNIOR,
    MIGRANT,
    NINE_YEAR,
    PRIMARY,
    QINHUAI,
    VILLAGE,
    SmallCity,
)
from xueji.duties.returns import information, selectors, services
from xueji.duties.returns.models import Return
from xueji.duties.returns.tests.support import (
    ROUND,
    accept,
    by,
    certify,
    codes,
    decider,
    make,
    maker,
    on,
    promote,
    refused,
    rows_of,
    send_back,
    send_up,
    with_own_layer,
)
from xueji.ground.accounts.context import acting
from xueji.ground.organisations import selectors as organisations
from xueji.ground.organisations.models import Organisation
from xueji.pure.kernel.environment import SeededEnvironment
from xueji.pure.kernel.types import Role
from xueji.registry.register.tests.lives import Lives

pytestmark = pytest.mark.django_db


def _everyone(city: SmallCity, *, but: tuple[str, ...] = ()) -> None:
    """Every approved school's return is accepted."""
    for code, bureau in (
        (PRIMARY, QINHUAI), (JUNIOR, QINHUAI), (NINE_YEAR, QINHUAI), (BAIXIA_PRIMARY, BAIXIA), (CENTRAL, GAOCHUN),
        (VILLAGE, GAOCHUN), (CITY_SECONDARY, CITY),
    ):  # fmt: skip
        if code not in but:
            send_up(city, code)
            accept(city, code, bureau)


def test_a_bureau_waits_for_every_school_but_an_unapproved_migrant_school(school: Lives) -> None:
    city = school.city
    _everyone(city, but=(JUNIOR,))
    made = make(city, QINHUAI)
    assert rows_of(made, "return.school_missing") == [JUNIOR]
    refusal = refused(lambda: certify(city, QINHUAI))
    assert refusal.code == "return.errors"
    assert "1 个错误" in refusal.message
    send_up(city, JUNIOR)
    accept(city, JUNIOR)
    assert codes(make(city, QINHUAI)) == []
    assert certify(city, QINHUAI).state == "certified"


def test_an_unapproved_migrant_school_that_does_report_is_counted(school: Lives) -> None:
    city = school.city
    school.open(MIGRANT, number="")
    promote(city, [MIGRANT], 2007)
    host = city.actor(MIGRANT, Role.REGISTRAR)
    made = by(host, services.make, MIGRANT, city)
    assert made.registered == 1
    assert codes(made) == ["return.no_number", "return.not_established"]


def test_a_bureau_that_has_submitted_is_sent_back_from_above_before_it_sends_back_below(school: Lives) -> None:
    city = school.city
    _everyone(city)
    make(city, QINHUAI)
    send_back(city, PRIMARY)
    with acting(city.head()):
        own = selectors.current(ROUND, city.id(QINHUAI))
    assert own is not None
    assert own.state == "sent_back"
    send_up(city)
    accept(city)
    send_up(city, QINHUAI)
    assert refused(lambda: send_back(city)).code == "return.consolidated"
    send_back(city, QINHUAI, CITY, "请核对")
    assert send_back(city).state == "sent_back"


def test_the_city_s_own_is_agreed_when_its_head_certifies_it_and_only_its_head_reopens_it(school: Lives) -> None:
    city = school.city
    _everyone(city)
    for bureau in (QINHUAI, BAIXIA, GAOCHUN):
        send_up(city, bureau)
        accept(city, bureau, CITY)
    make(city, CITY)
    assert certify(city, CITY).state == "accepted"
    assert refused(lambda: send_back(city, QINHUAI, CITY)).code == "return.consolidated"
    clerk = city.clerk(CITY)
    assert refused(lambda: by(clerk, services.send_back, CITY, city, reason="重开")).code == "return.not_reviewer"
    assert send_back(city, CITY, CITY, "两校数据须重开").state == "sent_back"
    assert send_back(city, QINHUAI, CITY).state == "sent_back"
    assert make(city, CITY).version == 2


def test_a_part_that_changed_after_the_sum_was_made_is_added_again(school: Lives) -> None:
    city = school.city
    _everyone(city, but=(JUNIOR,))
    send_up(city, JUNIOR)
    accept(city, JUNIOR)
    make(city, QINHUAI)
    with acting(decider(city, QINHUAI)) as actor:
        Return.objects.filter(organisation=city.id(JUNIOR)).update(state="sent_back")
        assert refused(lambda: services.certify(actor=actor, round_code=ROUND, organisation=city.id(QINHUAI))).code in (
            "return.moved_on",
            "return.errors",
        )


def test_late_is_what_is_not_in_after_its_day_or_came_after_it(school: Lives, environment: SeededEnvironment) -> None:
    city = school.city

    def late(code: str) -> bool:
        with acting(city.clerk(CITY)):
            queue = [selectors.board(ROUND, city.id(CITY))]
        while queue:
            line = queue.pop()
            if line.code == code:
                return line.late
            queue += line.children
        raise AssertionError(code)

    on(environment, 9, 30)
    assert not late(PRIMARY)
    send_up(city)
    on(environment, 10, 1)
    assert [late(code) for code in (PRIMARY, JUNIOR, CITY_SECONDARY, QINHUAI)] == [False, True, True, False]
    send_up(city, JUNIOR)
    accept(city, JUNIOR)
    assert late(JUNIOR)
    # A correction does not make late what came in time; a school without approval owes nothing; nor does the city.
    send_back(city)
    on(environment, 10, 21)
    assert [late(code) for code in (PRIMARY, QINHUAI, MIGRANT, CITY)] == [False, True, False, False]


def test_a_school_directly_under_the_city_has_a_day_of_its_own(school: Lives) -> None:
    city = school.city
    on_round = replace(selectors.round_of(ROUND), city_school_due=date(2008, 10, 5))
    found = {
        code: selectors.due_of(on_round, organisations.by_id(city.id(code)), _bureau(city, bureau))
        for code, bureau in ((PRIMARY, QINHUAI), (CITY_SECONDARY, CITY), (QINHUAI, CITY))
    }
    assert found == {
        PRIMARY: date(2008, 9, 30),
        CITY_SECONDARY: date(2008, 10, 5),
        QINHUAI: date(2008, 10, 20),
    }


def test_a_district_s_own_layer_sets_the_day_of_its_schools(school: Lives, environment: SeededEnvironment) -> None:
    city = school.city
    with_own_layer(city, QINHUAI)
    on(environment, 9, 26)
    with acting(city.head(CITY)):
        tops = selectors.board(ROUND, city.id(CITY)).children
    lines = {line.code: line for top in tops for line in (top, *top.children)}
    assert (lines[PRIMARY].due, lines[BAIXIA_PRIMARY].due) == (date(2008, 9, 25), date(2008, 9, 30))
    assert (lines[PRIMARY].late, lines[BAIXIA_PRIMARY].late) == (True, False)


def _bureau(city: SmallCity, code: str) -> Organisation:
    return organisations.by_id(city.id(code))


def test_each_level_sees_its_own_board_and_no_other_return(school: Lives) -> None:
    city = school.city
    send_up(city)
    with acting(city.clerk()):
        district = selectors.board(ROUND, city.id(QINHUAI))
        assert {line.code for line in district.children} == {PRIMARY, JUNIOR, NINE_YEAR, MIGRANT}
        assert Return.objects.count() == 1
    with acting(city.clerk(CITY)):
        top = selectors.board(ROUND, city.id(CITY))
        assert [line.code for line in top.children] == [BAIXIA, QINHUAI, GAOCHUN, CITY_SECONDARY]
    for actor in (city.registrar(JUNIOR), maker(city, BAIXIA)):
        with acting(actor):
            assert Return.objects.count() == 0


def test_what_a_bureau_s_schools_add_up_to_begins_with_the_first_grade_and_the_primary_schools() -> None:
    parts = [
        {"kinds": {kind: 1}, "classes": [{"stage": stage, "grade": grade, "classes": 1, "pupils": 40}]}
        for kind, stage, grade in (("junior", "junior", 7), ("primary", "primary", 1), ("primary", "primary", 2))
    ]
    found = information.of_parts(parts)
    assert [line["grade"] for line in found["classes"]] == [1, 2, 7]
    assert found["facts"] == [("学校", "3 所"), ("小学", "2 所"), ("初级中学", "1 所")]
