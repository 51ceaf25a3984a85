"""Promotion an entry a cohort, and the leaving of the final grade (domain.md §3.8 order of the school-year turn)."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from tests.small_city import NINE_YEAR, PRIMARY, Beginning, SmallCity
from xueji.ground.accounts.context import acting
from xueji.ground.organisations import selectors as organisations
from xueji.pure.kernel.environment import LOCAL_ZONE, SeededEnvironment
from xueji.pure.kernel.types import Refused
from xueji.registry.applications import services
from xueji.registry.applications.tests.support import child, enrol, step
from xueji.registry.register import selectors as register

pytestmark = pytest.mark.django_db


def _begin(city: SmallCity, environment: SeededEnvironment) -> None:
    """An opening load of grades 1, 2 and 6; it is summer 2008."""
    environment.move_to(datetime(2008, 3, 24, 9, tzinfo=LOCAL_ZONE))
    enrol(city, [child(1, grade=1), child(2, grade=2), child(3, grade=6), child(4, grade=6)], kind="opening")
    environment.move_to(datetime(2008, 7, 4, 9, tzinfo=LOCAL_ZONE))


@pytest.fixture
def beginning() -> Beginning:
    return _begin


@pytest.fixture
def opened(small_city: SmallCity, begun: None) -> SmallCity:
    return small_city


def test_a_school_confirms_the_promotion_of_its_cohorts_once(opened: SmallCity) -> None:
    with acting(opened.registrar()) as actor:
        lodged = services.lodge_promotion(actor=actor, school=opened.id(PRIMARY), school_year=2008)
        assert lodged.rows == 2
        with pytest.raises(Refused, match="正在办理"):
            services.lodge_promotion(actor=actor, school=opened.id(PRIMARY), school_year=2008)
    assert step(opened.deputy_head(), lodged.application, "decide").state == "approved"
    assert organisations.promoted(opened.id(PRIMARY), 2008) == {("primary", 2007), ("primary", 2006)}
    with acting(opened.registrar()) as actor, pytest.raises(Refused, match="已经全部确认"):
        services.lodge_promotion(actor=actor, school=opened.id(PRIMARY), school_year=2008)


def test_the_final_grade_leaves_in_bulk_with_its_last_day_in_june(opened: SmallCity) -> None:
    with acting(opened.registrar()) as actor:
        lodged = services.lodge_leaving(actor=actor, school=opened.id(PRIMARY), stage="primary", school_year=2007)
    step(opened.deputy_head(), lodged.application, "decide")
    result = step(opened.head(), lodged.application, "approve")
    assert (result.state, result.registrations) == ("approved", 2)
    with acting(opened.registrar()):
        assert len(register.roster(opened.id(PRIMARY), date(2008, 6, 30))) == 4
        assert len(register.roster(opened.id(PRIMARY), date(2008, 7, 1))) == 2


def test_a_school_without_a_final_grade_has_nobody_who_leaves(opened: SmallCity) -> None:
    with acting(opened.registrar(NINE_YEAR)) as actor, pytest.raises(Refused, match="没有可以办理"):
        services.lodge_leaving(actor=actor, school=opened.id(NINE_YEAR), stage="primary", school_year=2007)


def test_a_leaving_is_not_lodged_before_june(small_city: SmallCity, environment: SeededEnvironment) -> None:
    environment.move_to(datetime(2008, 5, 30, 9, tzinfo=LOCAL_ZONE))
    with acting(small_city.registrar()) as actor, pytest.raises(Refused, match="2008-06-01"):
        services.lodge_leaving(actor=actor, school=small_city.id(PRIMARY), stage="primary", school_year=2007)
