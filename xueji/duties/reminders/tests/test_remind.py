"""每日提醒: each matter once at each stage, to the posts concerned (clauses A3, C5, D2)."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

import psycopg
import pytest

from tests.small_city import (
    BAIXIA,
    BAIXIA_PRIMARY,
    CITY_SECONDARY,
    NINE_YEAR,
    PRIMARY,
    QINHUAI,
    Beginning,
    SmallCity,
)
from xueji.duties.reminders.books import books_of
from xueji.duties.reminders.matters import Asking, return_due
from xueji.duties.reminders.models import Sent
from xueji.duties.reminders.services import Reminded, remind
from xueji.duties.returns.standing import findings_now
from xueji.duties.returns.tests.support import with_own_layer
from xueji.ground.accounts.context import acting, acting_system
from xueji.pure.kernel.environment import LOCAL_ZONE, SeededEnvironment, today
from xueji.pure.kernel.types import Actor
from xueji.registry.applications import services
from xueji.registry.applications.tests.support import child, enrol, step
from xueji.registry.applications.tests.ways import lodge_transfer, papers, people, student_of
from xueji.registry.cases.selectors import notices
from xueji.registry.reorganisation.plans import ActPlan
from xueji.registry.reorganisation.tests.acts import carry_through

pytestmark = pytest.mark.usefixtures("fresh_database")


def _on(environment: SeededEnvironment, year: int, month: int, day: int) -> Reminded:
    environment.move_to(datetime(year, month, day, 6, 20, tzinfo=LOCAL_ZONE))
    return remind()


def _texts(actor: Actor, title: str) -> list[str]:
    with acting(actor):
        return [one.text for one in notices(actor, limit=200) if one.text.startswith(title)]


def _begin(city: SmallCity, environment: SeededEnvironment) -> list[dict[str, str | None]]:
    """Two pupils of the first grade since September 2008; the receiving school has a class too."""
    rows = [child(1), child(2)]
    enrol(city, rows)
    enrol(city, [child(3)], school=BAIXIA_PRIMARY, bureau=BAIXIA, file="b")
    environment.move_to(datetime(2008, 9, 22, 9, tzinfo=LOCAL_ZONE))
    return rows


@pytest.fixture
def beginning() -> Beginning:
    return _begin


@pytest.fixture
def pupils(begun: list[dict[str, str | None]]) -> list[dict[str, str | None]]:
    return begun


def _decided(city: SmallCity, student: UUID, kind: str, claim: dict[str, str], keys: tuple[str, ...]) -> UUID:
    with acting(city.registrar(PRIMARY)) as actor:
        made = services.lodge_change(
            actor=actor,
            kind=kind,
            school=city.id(PRIMARY),
            student=student,
            claim=claim,
            evidence=papers(actor, keys),
        )
    for actor, act in (
        (city.proofreader(PRIMARY), "proofread"),
        (city.deputy_head(PRIMARY), "decide"),
        (city.clerk(QINHUAI), "examine"),
        (city.head(QINHUAI), "approve"),
    ):
        step(actor, made.application, act)
    return made.application


def test_a_suspension_that_runs_out_is_said_at_each_stage_until_the_pupil_is_back(
    small_city: SmallCity, pupils: list[dict[str, str | None]], environment: SeededEnvironment
) -> None:
    student = student_of(small_city, str(pupils[0]["name"]))
    claim = {"effective_on": "2008-09-22", "until": "2009-06-30", "reason_code": "illness"}
    _decided(small_city, student, "suspension", claim, ("application_form", "medical_proof"))
    assert _on(environment, 2009, 5, 20).matters["suspension_ends"] == 0
    assert _on(environment, 2009, 6, 1).matters["suspension_ends"] == 1
    assert _on(environment, 2009, 6, 1).matters["suspension_ends"] == 0
    assert _on(environment, 2009, 6, 2).matters["suspension_ends"] == 0
    assert _on(environment, 2009, 6, 16).matters["suspension_ends"] == 1
    for actor in (small_city.registrar(PRIMARY), small_city.deputy_head(PRIMARY)):
        assert _texts(actor, "休学期满") == ["休学期满：有 1 件快到期，最近一件 2009-06-30，请按期办理。"] * 2
    assert _over(small_city, environment, date(2009, 6, 30)) == []
    assert _over(small_city, environment, date(2009, 7, 1)) == [str(student)]
    environment.move_to(datetime(2009, 6, 17, 9, tzinfo=LOCAL_ZONE))
    _decided(small_city, student, "resumption", {"effective_on": "2009-06-17"}, ("application_form", "recovery_proof"))
    assert _on(environment, 2009, 6, 28).matters["suspension_ends"] == 0
    assert _on(environment, 2009, 7, 2).matters["suspension_ends"] == 0
    assert _over(small_city, environment, date(2009, 7, 2)) == []


def _over(city: SmallCity, environment: SeededEnvironment, day: date) -> list[str]:
    """Whom the school's standing list names on a day as suspended past the end."""
    environment.move_to(datetime(day.year, day.month, day.day, 9, tzinfo=LOCAL_ZONE))
    with acting(city.registrar(PRIMARY)) as actor:
        found = findings_now([actor.organisation])
    return [one["student"] for one in found.get(actor.organisation, []) if one["code"] == "return.suspension_over"]


def test_a_step_is_said_before_its_day_and_again_when_it_is_late(
    small_city: SmallCity, pupils: list[dict[str, str | None]], environment: SeededEnvironment
) -> None:
    lodge_transfer(small_city, pupils[0])
    assert _on(environment, 2008, 9, 23).matters["step_due"] == 0
    soon = _on(environment, 2008, 10, 8)
    assert soon.matters["step_due"] == 1
    assert _texts(small_city.proofreader(BAIXIA_PRIMARY), "办理期限")
    assert not _texts(small_city.registrar(BAIXIA_PRIMARY), "办理期限")
    late = _on(environment, 2008, 10, 25)
    assert late.matters["step_due"] == 1
    assert "已过期" in _texts(small_city.proofreader(BAIXIA_PRIMARY), "办理期限")[0]


def test_an_unconfirmed_arrival_is_on_both_bureaus_list_when_it_is_late(
    small_city: SmallCity, pupils: list[dict[str, str | None]], environment: SeededEnvironment
) -> None:
    made = lodge_transfer(small_city, pupils[0])
    for actor, act in people(small_city):
        step(actor, made.application, act)
    assert _on(environment, 2008, 9, 23).matters["arrival_unconfirmed"] == 0
    assert _on(environment, 2008, 11, 5).matters["arrival_unconfirmed"] == 3
    for actor in (small_city.registrar(BAIXIA_PRIMARY), small_city.clerk(BAIXIA), small_city.clerk(QINHUAI)):
        assert len(_texts(actor, "到校报到未确认")) == 1
    student = student_of(small_city, str(pupils[0]["name"]), BAIXIA_PRIMARY)
    with acting(small_city.registrar(BAIXIA_PRIMARY)) as actor:
        services.confirm_arrival(
            actor=actor, school=small_city.id(BAIXIA_PRIMARY), student=student, arrived_on=date(2008, 11, 5)
        )
    assert _on(environment, 2008, 11, 20).matters["arrival_unconfirmed"] == 0


def test_a_missing_paper_is_asked_for_after_the_days_of_the_rulebook(
    small_city: SmallCity,
    pupils: list[dict[str, str | None]],
    environment: SeededEnvironment,
    owner_connection: psycopg.Connection,
) -> None:
    lodge_transfer(small_city, pupils[0])
    # No service lodges without its papers: an application of before the rulebook asked for one is made by the owner.
    owner_connection.execute("DELETE FROM applications_evidence WHERE key = 'move_proof'")
    assert _on(environment, 2008, 9, 24).matters["evidence_missing"] == 0
    assert _on(environment, 2008, 10, 9).matters["evidence_missing"] == 1
    assert len(_texts(small_city.registrar(BAIXIA_PRIMARY), "佐证材料未齐")) == 1


def test_returns_and_roll_calls_are_said_to_the_schools_and_districts_that_owe_them(
    small_city: SmallCity, pupils: list[dict[str, str | None]], environment: SeededEnvironment
) -> None:
    found = _on(environment, 2008, 9, 22)
    assert found.matters["return_due"] == 7  # every school that must report; districts are due on 20 October
    assert found.matters["term_registration_due"] == 2  # the two schools that have pupils
    assert _texts(small_city.registrar(PRIMARY), "集中上报") == [
        "集中上报：有 1 件快到期，最近一件 2008-09-30，请按期办理。"
    ]
    assert _on(environment, 2008, 10, 12).matters["return_due"] == 7 + 3
    assert _texts(small_city.head(QINHUAI), "集中上报")
    assert _on(environment, 2008, 10, 12).notices == 0


def test_a_return_is_asked_for_by_the_day_of_the_district_and_of_a_closed_school_from_its_keeper(
    small_city: SmallCity, environment: SeededEnvironment
) -> None:
    with_own_layer(small_city, BAIXIA)
    environment.move_to(datetime(2008, 11, 3, 9, tzinfo=LOCAL_ZONE))
    closed, keeper = small_city.id(PRIMARY), small_city.id(NINE_YEAR)
    carry_through(small_city, "school_merger", ActPlan((closed,), keeper))
    with acting_system():
        books = books_of(today())
        asked_for = next(one for one in books.city.reminders if one.reminder == "return_due")
        found = return_due(Asking(asked_for, books))
    asked = {one.key.removeprefix("2008:"): (one.organisation, one.due) for one in found}
    assert asked[str(closed)] == (keeper, date(2008, 9, 30))
    assert asked[str(keeper)] == (keeper, date(2008, 9, 30))
    assert asked[str(small_city.id(BAIXIA_PRIMARY))] == (small_city.id(BAIXIA_PRIMARY), date(2008, 9, 25))
    assert asked[str(small_city.id(CITY_SECONDARY))][1] == date(2008, 9, 30)


def test_what_was_said_names_no_pupil(
    small_city: SmallCity, pupils: list[dict[str, str | None]], environment: SeededEnvironment
) -> None:
    lodge_transfer(small_city, pupils[0])
    _on(environment, 2008, 10, 8)
    with acting_system():
        assert Sent.objects.exists()
        assert all(str(pupils[0]["name"]) not in key for key in Sent.objects.values_list("key", flat=True))
