"""A merger moves whoever is on the roll with all that holds of him; classes go on, and so does the year."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from django.db import connection

from tests.small_city import (
    BAIXIA,
    BAIXIA_PRIMARY,
    CENTRAL,
    CITY,
    CITY_SECONDARY,
    GAOCHUN,
    NINE_YEAR,
    PRIMARY,
    SmallCity,
)
from xueji.ground.accounts.context import acting, acting_system, system_actor
from xueji.ground.journals import selectors as journals
from xueji.ground.organisations import selectors as organisations
from xueji.ground.organisations import services as organisation_services
from xueji.pure.kernel.environment import LOCAL_ZONE, SeededEnvironment
from xueji.pure.kernel.operations import SetSpell
from xueji.registry.register import selectors as register
from xueji.registry.register.selectors import HeldPupil, held_pupils
from xueji.registry.register.tests.lives import Lives
from xueji.registry.reorganisation.plans import ActPlan
from xueji.registry.reorganisation.tests.acts import DAY, carry_through

pytestmark = pytest.mark.django_db
SINCE = date(2008, 9, 22)


@pytest.fixture
def lives(small_city: SmallCity, environment: SeededEnvironment) -> Lives:
    """3 November."""
    environment.move_to(datetime(2008, 11, 3, 9, tzinfo=LOCAL_ZONE))
    return Lives(small_city)


def held(city: SmallCity, code: str, on: date = DAY) -> dict[str, HeldPupil]:
    """The pupils of a school on a day by number, as the city sees them."""
    with acting(city.head(CITY)):
        return {one.number: one for one in held_pupils([city.id(code)], on)}


def test_a_merger_over_two_districts_is_the_citys_and_no_number_changes(small_city: SmallCity, lives: Lives) -> None:
    for code in (PRIMARY, BAIXIA_PRIMARY, BAIXIA_PRIMARY):
        lives.open(code, intake_year=2005)
    before, own = held(small_city, BAIXIA_PRIMARY), held(small_city, PRIMARY)
    absorbed, receiver = small_city.id(BAIXIA_PRIMARY), small_city.id(PRIMARY)
    result = carry_through(small_city, "school_merger", ActPlan((absorbed,), receiver), bureau=CITY)
    assert (result.state, result.counts["pupils"], result.counts["classes"]) == ("in_force", 2, 1)
    assert held(small_city, PRIMARY).keys() == before.keys() | own.keys()
    assert held(small_city, BAIXIA_PRIMARY) == {}
    assert held(small_city, BAIXIA_PRIMARY, DAY - timedelta(days=1)).keys() == before.keys()
    with acting(small_city.head()):
        assert len(register.find_students(schools=[receiver]).pupils) == 3


def test_the_old_place_goes_on_as_a_teaching_point_and_its_classes_move_up_next_year(
    small_city: SmallCity, lives: Lives, environment: SeededEnvironment
) -> None:
    here, there = (lives.open(code, intake_year=2005) for code in (PRIMARY, NINE_YEAR))
    absorbed, receiver = small_city.id(PRIMARY), small_city.id(NINE_YEAR)
    carry_through(small_city, "school_merger", ActPlan((absorbed,), receiver, point=True))
    with acting(small_city.head()):
        main, point = organisations.sites(receiver)
        assert (point.kind, point.name, point.code_no) == ("teaching_point", "秦淮云锦小学校区", main.code_no + 1)
        groups = {one.site_id: one for one in organisations.class_groups(receiver)}
        # Each place counts its classes for itself: nobody is given another class number.
        assert {one.class_no for one in groups.values()} == {1}
        assert groups[point.id].fields["came_from"] == str(lives.group(PRIMARY, "primary", 2005))
        assert organisations.class_display_name(groups[point.id], DAY) == "秦淮云锦小学校区四（1）班"
    now = {one.student: one for one in held(small_city, NINE_YEAR).values()}
    assert now[here.student].class_group == groups[point.id].id
    assert now[there.student].class_group == groups[main.id].id
    # Next year the moved class goes up with its cohort, confirmed by the school where it is now, and only there.
    environment.move_to(datetime(2009, 9, 1, 9, tzinfo=LOCAL_ZONE))
    with acting_system():
        system = system_actor()
        organisation_services.promote_cohorts(actor=system, school=receiver, school_year=2009)
        assert organisations.promoted(receiver, 2009) == {("primary", 2005)}
        assert organisations.promoted(absorbed, 2009) == set()
        name = organisations.class_display_name(groups[point.id], date(2009, 9, 1))
    assert name == "秦淮云锦小学校区五（1）班"
    assert len(held(small_city, NINE_YEAR, date(2009, 9, 1))) == 2


def test_who_is_suspended_or_a_guest_stays_so_and_no_guest_is_lost(small_city: SmallCity, lives: Lives) -> None:
    """A school closes to which guests come, and whose own pupils are away; all of them have one place afterwards."""
    closing, receiver, other = small_city.id(PRIMARY), small_city.id(NINE_YEAR), small_city.id(BAIXIA_PRIMARY)
    names = {
        "away": lives.open(intake_year=2005),
        "elsewhere": lives.open(intake_year=2005),
        "there already": lives.open(intake_year=2005),
        "foreign guest": lives.open(BAIXIA_PRIMARY, intake_year=2005),
        "back home": lives.open(NINE_YEAR, intake_year=2005),
    }
    away = names["away"]
    lives.change(
        away, "suspension", SINCE, SetSpell(away.registration, "status", "suspended"), basis={"until": "2009-06-30"}
    )
    for who, host in (
        ("elsewhere", other),
        ("there already", receiver),
        ("foreign guest", closing),
        ("back home", closing),
    ):
        lives.spell(names[who], "attends", str(host), SINCE)
    plan = ActPlan((closing,), receiver, custodian=small_city.id(CITY))
    result = carry_through(small_city, "school_closure", plan, bureau=CITY)
    assert (result.counts["pupils"], result.counts["away"], result.counts["guests"]) == (3, 3, 2)
    now = {one.student: one for code in (NINE_YEAR, BAIXIA_PRIMARY) for one in held(small_city, code).values()}
    stands = {who: (now[child.student].status, now[child.student].attends) for who, child in names.items()}
    assert stands == {
        "away": ("suspended", None),
        "elsewhere": ("in_school", other),
        "there already": ("in_school", None),
        "foreign guest": ("in_school", receiver),
        "back home": ("in_school", None),
    }
    with acting(small_city.head(CITY)):
        (_, last) = journals.history(away.student)[-2:]
        assert last.basis["until"] == "2009-06-30"
        assert organisations.keeper_of(organisations.by_id(closing)).id == small_city.id(CITY)
        assert [one.id for one in organisations.kept_by(small_city.id(CITY))] == [closing]
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_a_school_handed_to_another_bureau_is_seen_there_from_the_day(small_city: SmallCity, lives: Lives) -> None:
    child = lives.open(CITY_SECONDARY, stage="junior", intake_year=2007)
    school, bureau = small_city.id(CITY_SECONDARY), small_city.id(BAIXIA)
    result = carry_through(small_city, "competent_bureau_change", ActPlan((school,), bureau), bureau=CITY)
    assert result.counts == {"districts": 0, "schools": 1, "city_schools": 0, "pupils": 1, "posts": 0, "matters": 0}
    with acting_system():
        days = (DAY - timedelta(days=1), DAY)
        assert [organisations.competent_bureau(school, day) for day in days] == [small_city.id(CITY), bureau]
        assert organisations.by_id(school).code == CITY_SECONDARY
    with acting(small_city.head(BAIXIA)):
        (seen,) = register.find_students(schools=[school]).pupils
        assert seen.student == child.student
        assert school in {one.id for one in organisations.schools_of(bureau)}


def test_a_district_gets_another_name_and_nothing_else(small_city: SmallCity, lives: Lives) -> None:
    bureau = small_city.id(GAOCHUN)
    plan = ActPlan((bureau,), name="高淳区教育局", short_name="高淳")
    result = carry_through(small_city, "district_renaming", plan, bureau=CITY)
    assert (result.state, result.counts) == ("in_force", {"districts": 1})
    with acting_system():
        one = organisations.by_id(bureau)
        assert (one.name, one.short_name, one.code, one.closed_on) == ("高淳区教育局", "高淳", GAOCHUN, None)
        assert organisations.names([bureau], DAY - timedelta(days=1)) == {bureau: "高淳县教育局"}
        assert organisations.names([bureau], DAY) == {bureau: "高淳区教育局"}
        school = organisations.by_id(small_city.id(CENTRAL))
        assert (school.code, school.code_state) == (CENTRAL, "confirmed")
        assert organisations.competent_bureau(school.id, DAY) == bureau
