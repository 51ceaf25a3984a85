"""复学 after the turn of the school year: the old cohort, or the next lower one where the promotion has left him."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import pytest

from tests.small_city import PRIMARY, Beginning, SmallCity
from xueji.ground.accounts.context import acting
from xueji.pure.kernel.environment import SeededEnvironment, today
from xueji.pure.kernel.types import Refused
from xueji.registry.applications import services
from xueji.registry.applications.tests.support import child, enrol, step
from xueji.registry.applications.tests.told import done, lodge_change, move, standing
from xueji.registry.applications.tests.ways import student_of
from xueji.registry.register import selectors as register

pytestmark = pytest.mark.django_db

SUSPEND = {"effective_on": "2008-03-24", "until": "2009-03-23", "reason_code": "illness"}


def _begin(city: SmallCity, environment: SeededEnvironment) -> UUID:
    """Suspended from grade 2 in spring; on 2 September the promotion has left him in grade 2, now the next cohort."""
    move(environment, date(2008, 3, 24))
    enrol(city, [child(1, grade=2), child(2, grade=2), child(3, grade=1), child(4, grade=3)], kind="opening")
    student = student_of(city, str(child(1)["name"]))
    done(city, student, "suspension", SUSPEND)
    move(environment, date(2008, 9, 2))
    with acting(city.registrar()) as actor:
        lodged = services.lodge_promotion(actor=actor, school=city.id(PRIMARY), school_year=2008)
    step(city.deputy_head(), lodged.application, "decide")
    return student


@pytest.fixture
def beginning() -> Beginning:
    return _begin


@pytest.fixture
def away(begun: UUID) -> UUID:
    return begun


def _class(city: SmallCity, number: int) -> str:
    with acting(city.registrar()):
        roster = register.roster(city.id(PRIMARY), today())
    return str(next(one.class_group for one in roster if one.name == child(number)["name"]))


def _back(city: SmallCity, student: UUID) -> str | None:
    found = standing(city, student)
    assert found is not None
    assert found.value("status", today()) == "in_school"
    return found.value("class_group", today())


def test_at_the_end_of_the_full_term_he_goes_on_in_the_next_lower_cohort_where_he_stands(
    small_city: SmallCity, away: UUID, environment: SeededEnvironment
) -> None:
    move(environment, date(2009, 3, 24))
    done(small_city, away, "resumption", {"effective_on": "2009-03-24"})
    assert _back(small_city, away) == _class(small_city, 3)


def test_or_he_goes_back_to_his_old_cohort(small_city: SmallCity, away: UUID, environment: SeededEnvironment) -> None:
    move(environment, date(2009, 3, 24))
    done(small_city, away, "resumption", {"effective_on": "2009-03-24", "class_group": _class(small_city, 2)})
    assert _back(small_city, away) == _class(small_city, 2)


def test_an_early_return_leads_to_the_old_cohort_unless_it_is_explained(
    small_city: SmallCity, away: UUID, environment: SeededEnvironment
) -> None:
    move(environment, date(2008, 10, 6))
    early = {"effective_on": "2008-10-06"}
    with pytest.raises(Refused) as refused:
        lodge_change(small_city, away, "resumption", early)
    assert refused.value.code == "resumption_early_lower"
    done(small_city, away, "resumption", {**early, "class_group": _class(small_city, 2)})
    assert _back(small_city, away) == _class(small_city, 2)


def test_a_class_above_the_old_cohort_is_refused(
    small_city: SmallCity, away: UUID, environment: SeededEnvironment
) -> None:
    move(environment, date(2009, 3, 24))
    claim = {"effective_on": "2009-03-24", "class_group": _class(small_city, 4)}
    with pytest.raises(Refused) as refused:
        lodge_change(small_city, away, "resumption", claim)
    assert refused.value.code == "resumption_class"
    assert "更高的年级" in refused.value.message


def test_an_extension_reaches_beyond_the_end_and_is_asked_for_in_time(
    small_city: SmallCity, away: UUID, environment: SeededEnvironment
) -> None:
    move(environment, date(2009, 2, 16))
    with pytest.raises(Refused) as refused:
        lodge_change(small_city, away, "suspension_extension", {"until": "2009-03-23"})
    assert refused.value.code == "extension_not_later"
    done(small_city, away, "suspension_extension", {"until": "2009-08-31"})
    move(environment, date(2009, 8, 24))
    with pytest.raises(Refused) as refused:
        lodge_change(small_city, away, "suspension_extension", {"until": "2010-01-31"})
    assert refused.value.code == "extension_in_time"
    assert "15 个工作日" in refused.value.message
    with pytest.raises(Refused) as refused:
        lodge_change(small_city, away, "suspension_extension", {"until": "2010-06-30", "explanation": "住院未出院"})
    assert refused.value.code == "suspension_two_years"
