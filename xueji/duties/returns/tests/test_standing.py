"""The standing list: the rules of the round over the live state, on any day of the year."""

from __future__ import annotations

from datetime import date

import pytest

from tests.small_city import BAIXIA_PRIMARY, JUNIOR, PRIMARY, QINHUAI
from xueji.duties.returns import standing
from xueji.duties.returns.models import Standing
from xueji.duties.returns.tests.support import ROUND, make, on
from xueji.ground.accounts.context import acting, acting_system
from xueji.pure.kernel.environment import SeededEnvironment
from xueji.pure.kernel.types import Refused
from xueji.registry.register.tests.lives import Lives


@pytest.mark.django_db
def test_a_school_sees_in_march_what_its_return_would_say(school: Lives, environment: SeededEnvironment) -> None:
    on(environment, 3, 16, 2009)
    city = school.city
    with acting(city.registrar()):
        assert standing.findings_now([city.id(PRIMARY)]) == {}
    child = school.open(guardian_1_name=None)
    elsewhere = school.transfer(school.open(), BAIXIA_PRIMARY, date(2009, 3, 2))
    school.close(elsewhere, "death", date(2009, 3, 5))
    school.open(student=elsewhere.student, on=date(2009, 3, 9), how="enrolment")
    with acting(city.registrar()):
        found = standing.findings_now([city.id(PRIMARY)])
        assert sorted(item["code"] for item in found[city.id(PRIMARY)]) == [
            "return.exit_contradicted", "return.not_established",
        ]  # fmt: skip
        assert {item["student"] for item in found[city.id(PRIMARY)]} == {str(child.student), str(elsewhere.student)}
        with pytest.raises(Refused):
            standing.findings_now([city.id(BAIXIA_PRIMARY)])


@pytest.mark.django_db
def test_what_came_since_the_last_reference_date_without_a_name_is_on_the_standing_list(
    school: Lives, environment: SeededEnvironment
) -> None:
    on(environment, 3, 16, 2009)
    school.open(on=date(2009, 3, 9), how="late_registration")
    city = school.city
    with acting(city.registrar()):
        (found,) = standing.findings_now([city.id(PRIMARY)])[city.id(PRIMARY)]
    assert found["code"] == "return.unexplained"
    assert "其他增加 1 人" in found["message"]


@pytest.mark.django_db
def test_the_round_of_many_schools_at_once_says_what_each_return_says(school: Lives) -> None:
    city = school.city
    school.open(guardian_1_name=None)
    school.open(BAIXIA_PRIMARY, intake_year=2005)
    school.open(BAIXIA_PRIMARY, how="found", on=date(2008, 3, 3))
    with acting_system():
        found = standing.findings_of_round(ROUND, [city.id(code) for code in (PRIMARY, BAIXIA_PRIMARY, JUNIOR)])
    for code in (PRIMARY, BAIXIA_PRIMARY, JUNIOR):
        assert found.get(city.id(code), []) == make(city, code).findings
    assert len(found[city.id(BAIXIA_PRIMARY)]) == 3


@pytest.mark.usefixtures("fresh_database")
def test_the_counts_of_a_school_are_made_anew_when_its_journal_went_on(school: Lives) -> None:
    assert standing.recount(5) == (5, 3)
    assert standing.recount() == (3, 0)
    assert standing.recount() == (0, 0)
    school.open(guardian_1_name=None)
    assert standing.recount() == (1, 0)
    city = school.city
    with acting(city.head(QINHUAI)):
        counts = standing.counts_of([city.id(PRIMARY), city.id(BAIXIA_PRIMARY)])
    assert {key: (one.errors, one.queries, one.codes) for key, one in counts.items()} == {
        city.id(PRIMARY): (0, 1, {"return.not_established": 1})
    }
    with acting_system():
        assert Standing.objects.count() == 8
