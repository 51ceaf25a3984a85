"""What a return still lacks: each rule of the round finds its planted violation, and a clean school has none."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.db import connections

from tests.small_city import BAIXIA_PRIMARY, JUNIOR, NINE_YEAR, PRIMARY, QINHUAI, SmallCity
from xueji.duties.returns import findings
from xueji.duties.returns.facts import with_balances
from xueji.duties.returns.models import Return
from xueji.duties.returns.tests.support import accept, codes, make, on, promote, rows_of, send_up
from xueji.ground.accounts.context import acting_system
from xueji.pure.kernel.environment import SeededEnvironment
from xueji.pure.kernel.operations import SetSpell
from xueji.registry.applications.tests.support import child, enrol, lodge
from xueji.registry.applications.tests.ways import lodge_transfer
from xueji.registry.register.tests.lives import Lives


@pytest.mark.django_db
def test_a_clean_school_has_no_finding(school: Lives) -> None:
    made = make(school.city)
    assert (made.registered, made.findings) == (3, [])


@pytest.mark.django_db
def test_pupils_who_are_away_or_gone_by_a_named_change_leave_no_finding(school: Lives) -> None:
    school.suspend(school.open(), date(2008, 3, 3))
    away = {status: school.open() for status in ("dropped_out", "abroad")}
    for status, pupil in away.items():
        school.change(pupil, status, date(2008, 3, 3), SetSpell(pupil.registration, "status", status))
    guest, dead = school.open(), school.open()
    host = str(school.city.id(BAIXIA_PRIMARY))
    school.change(guest, "guest_begin", date(2008, 3, 3), SetSpell(guest.registration, "attends", host))
    school.close(dead, "death", date(2008, 4, 7))
    made = make(school.city)
    assert (made.registered, made.attending, made.findings) == (7, 3, [])


@pytest.mark.django_db
def test_a_pupil_without_a_number(school: Lives) -> None:
    school.open(number="")
    made = make(school.city)
    assert rows_of(made, "return.no_number") == [None]
    assert "先完成编号" in next(item["message"] for item in made.findings if item["code"] == "return.no_number")


@pytest.mark.django_db
def test_a_pupil_of_no_class_or_of_a_cohort_still_to_come(school: Lives) -> None:
    pupil = school.open()
    school.change(pupil, "class", date(2008, 9, 1), SetSpell(pupil.registration, "class_group", None))
    early = school.open(intake_year=2009)
    made = make(school.city)
    assert len(rows_of(made, "return.no_class")) == 2
    students = {item["student"] for item in made.findings if item["code"] == "return.no_class"}
    assert students == {str(pupil.student), str(early.student)}


@pytest.mark.django_db
def test_a_pupil_past_the_last_grade_is_closed_first_one_who_is_away_is_asked_about(school: Lives) -> None:
    school.open(intake_year=2002)
    away = school.open(intake_year=2002)
    school.suspend(away, date(2008, 3, 1))
    made = make(school.city)
    assert codes(made) == ["return.leaver_not_closed", "return.leaver_stays"]
    assert len(rows_of(made, "return.leaver_not_closed")) == len(rows_of(made, "return.leaver_stays")) == 1
    assert findings.blocks(made.findings)


@pytest.mark.django_db
def test_a_record_that_is_not_established(school: Lives) -> None:
    pupil = school.open(guardian_1_name=None)
    made = make(school.city)
    assert codes(made) == ["return.not_established"]
    assert [item["student"] for item in made.findings] == [str(pupil.student)]
    assert not findings.blocks(made.findings)


@pytest.mark.django_db
def test_a_pupil_who_has_not_arrived(school: Lives) -> None:
    pupil = school.open()
    school.spell(pupil, "arrival", "awaited", date(2008, 9, 2))
    assert codes(make(school.city)) == ["return.arrival_unconfirmed"]


@pytest.mark.django_db
def test_a_cohort_whose_promotion_is_not_confirmed(school: Lives) -> None:
    school.open(intake_year=2005)
    made = make(school.city)
    assert codes(made) == ["return.promotion_missing"]
    assert "小学2005级" in made.findings[0]["message"]


@pytest.mark.django_db
def test_the_first_round_asks_for_no_promotion(school: Lives) -> None:
    assert make(school.city, PRIMARY, "2007-2008").findings == []


@pytest.mark.django_db
def test_a_registration_that_appears_without_a_way(school: Lives, environment: SeededEnvironment) -> None:
    school.open(how="found", on=date(2008, 3, 3))
    made = make(school.city)
    assert codes(made) == ["return.unexplained"]
    assert "其他增加 1 人" in made.findings[0]["message"]


def test_both_balances_of_a_stored_line_are_looked_at() -> None:
    line = {"opening": 3, "enrolled": 1, "died": 1, "closing": 3, "registered": 3, "attending": 2, "balanced": True}
    told = with_balances({**line, "suspended_begun": 1, "suspended_closing": 1})
    assert (told["registered_balanced"], told["attending_balanced"]) == (True, True)
    assert not with_balances({**line, "died": 2})["registered_balanced"]
    assert not with_balances(line)["attending_balanced"]
    assert with_balances(line, declared=True)["attending_balanced"]


@pytest.mark.usefixtures("fresh_database")
def test_a_roster_that_is_not_decided_and_a_transfer_in_hand(
    small_city: SmallCity, environment: SeededEnvironment
) -> None:
    rows = [child(1), child(2)]
    enrol(small_city, rows)
    enrol(small_city, [child(9)], school=BAIXIA_PRIMARY, bureau="320103")
    lodge(small_city, [child(4), child(5), child(6)], file="b")
    on(environment, 9, 10)
    lodge_transfer(small_city, rows[0])
    on(environment, 9, 16)
    lodge(small_city, [child(7)], file="after")
    made = make(small_city)
    assert codes(made) == ["return.in_hand", "return.roster_pending"]
    assert len(rows_of(made, "return.roster_pending")) == 1
    assert "3 人" in next(item["message"] for item in made.findings if item["code"] == "return.roster_pending")
    assert rows_of(made, "return.in_hand") == [f"{PRIMARY}20080101"]
    assert not findings.blocks(made.findings)


@pytest.fixture
def accepted(lives: Lives, fresh_database: str, environment: SeededEnvironment) -> Lives:
    """Three accepted schools of 秦淮 with two pupils each, but the junior school, which has none."""
    for code in (PRIMARY, NINE_YEAR):
        lives.open(code)
        lives.open(code)
    promote(lives.city, [PRIMARY, NINE_YEAR], 2007)
    on(environment, 9, 16)
    for code in (PRIMARY, JUNIOR, NINE_YEAR):
        send_up(lives.city, code)
        accept(lives.city, code)
    return lives


def _tamper(city: SmallCity, code: str, **values: Any) -> None:
    """What no service does: an owner of the database rewrites a certified return."""
    with connections["owner"].cursor() as cursor:
        cursor.execute("ALTER TABLE returns_return DISABLE TRIGGER returns_keep")
        cursor.execute(
            f"UPDATE returns_return SET {', '.join(f'{name} = %s' for name in values)} WHERE organisation = %s",
            [*values.values(), city.id(code)],
        )


def test_a_bureau_s_sum_of_clean_returns_has_no_finding(accepted: Lives) -> None:
    made = make(accepted.city, QINHUAI)
    assert (made.registered, made.findings) == (4, [])


def test_a_child_in_two_returns_and_a_child_in_none(accepted: Lives) -> None:
    city = accepted.city
    with acting_system():
        other = Return.objects.get(organisation=city.id(PRIMARY))
    _tamper(city, NINE_YEAR, snapshot=other.snapshot, state_digest=other.state_digest)
    made = make(city, QINHUAI)
    assert codes(made) == ["return.counted_nowhere", "return.counted_twice"]
    assert [str(row)[:11] for row in rows_of(made, "return.counted_twice")] == [PRIMARY] * 2
    assert [str(row)[:11] for row in rows_of(made, "return.counted_nowhere")] == [NINE_YEAR] * 2
    assert findings.blocks(made.findings)


def test_a_part_whose_figures_the_journals_do_not_give_again(accepted: Lives) -> None:
    _tamper(accepted.city, NINE_YEAR, registered=3)
    made = make(accepted.city, QINHUAI)
    assert rows_of(made, "return.part_differs") == [NINE_YEAR]
    _tamper(accepted.city, NINE_YEAR, registered=2, state_digest="0" * 64)
    assert "return.part_differs" in codes(make(accepted.city, QINHUAI))


def test_a_school_that_is_missing(accepted: Lives) -> None:
    city = accepted.city
    _tamper(city, JUNIOR, state="submitted")
    assert rows_of(make(city, QINHUAI), "return.school_missing") == [JUNIOR]
