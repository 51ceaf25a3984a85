"""转出待回执 and 查明去向: nobody who is on the way is lost sight of (clause D2)."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import pytest

from tests.small_city import BAIXIA_PRIMARY, PRIMARY, QINHUAI, Beginning, SmallCity
from xueji.doors.web.tests.support import signed_in
from xueji.duties.reminders.services import remind
from xueji.ground.accounts.context import acting, acting_system
from xueji.pure.kernel.environment import SeededEnvironment
from xueji.pure.kernel.types import Actor, Refused
from xueji.registry.applications import services
from xueji.registry.applications.departures import departing, traced
from xueji.registry.applications.tests.support import child, enrol, step
from xueji.registry.applications.tests.told import done, move, standing, told
from xueji.registry.applications.tests.ways import lodge_transfer, people, student_of
from xueji.registry.cases import selectors as cases
from xueji.registry.register import selectors as register

pytestmark = pytest.mark.usefixtures("fresh_database")
AWAY = {"region": "安徽省合肥市庐阳区", "other_school_name": "庐阳实验小学", "reason": "举家迁居"}


def _begin(city: SmallCity, environment: SeededEnvironment) -> UUID:
    enrol(city, [child(1), child(2)])
    enrol(city, [child(30)], school=BAIXIA_PRIMARY, bureau="320103")  # a class that receives
    move(environment, date(2008, 10, 6))
    return student_of(city, str(child(1)["name"]))


@pytest.fixture
def beginning() -> Beginning:
    return _begin


@pytest.fixture
def pupil(begun: UUID) -> UUID:
    return begun


def _reminded(actor: Actor, title: str) -> list[str]:
    with acting_system():
        remind()
    with acting(actor):
        return [one.text for one in cases.notices(actor) if title in one.text]


def test_whose_letter_is_awaited_is_listed_with_its_due_day_until_the_letter_comes(
    small_city: SmallCity, pupil: UUID, environment: SeededEnvironment
) -> None:
    done(small_city, pupil, "transfer_out_of_city", AWAY)
    with acting(small_city.registrar()) as actor:
        ((one),) = departing([actor.organisation])
    assert (one.pupil.student, one.since, one.to, one.overdue) == (pupil, date(2008, 10, 6), "庐阳实验小学", False)
    assert one.due_on == date(2008, 11, 17)  # thirty working days
    move(environment, date(2008, 11, 18))
    assert _reminded(small_city.registrar(), "转出待回执")
    assert _reminded(small_city.clerk(), "转出待回执")
    for actor in (small_city.registrar(), small_city.clerk()):
        client = signed_in(actor)
        page = client.get("/changes/departures/").content.decode()
        assert "1 人逾期" in page
        assert "安徽省合肥市庐阳区 庐阳实验小学" in page
        assert "转出待回执" in client.get("/").content.decode()
        assert str(child(1)["name"]) in client.get("/pupils/?status=departing").content.decode()
        record = client.get(f"/pupils/{pupil}/").content.decode()
        assert "正在等接收学校的回执" in record
        assert f"/changes/new/transfer_out_of_city/{pupil}/" not in record
    done(small_city, pupil, "transfer_out_receipt", {"effective_on": "2008-11-18", "other_school_name": "庐阳实验小学"})
    with acting(small_city.registrar()) as actor:
        assert departing([actor.organisation]) == ()
    assert "没有等待回执的学生" in signed_in(small_city.registrar()).get("/changes/departures/").content.decode()


@pytest.fixture
def awaited(small_city: SmallCity, pupil: UUID, environment: SeededEnvironment) -> UUID:
    """Transferred to 白下 and not seen there within the rulebook's days."""
    lodged = lodge_transfer(small_city, child(1))
    for actor, act in people(small_city):
        step(actor, lodged.application, act)
    move(environment, date(2008, 10, 27))
    return pupil


FOUND = {
    "effective_on": "2008-10-26", "found_by": "班主任家访", "whereabouts": "04", "follow_up": "transfer_out_of_city",
}  # fmt: skip


def test_who_did_not_arrive_is_traced_and_leaves_the_list_only_by_what_follows(
    small_city: SmallCity, awaited: UUID
) -> None:
    assert _reminded(small_city.clerk(QINHUAI), "到校报到")
    sender = signed_in(small_city.clerk(QINHUAI))
    assert "转出未到" in sender.get("/changes/arrivals/").content.decode()  # both bureaus list him
    client = signed_in(small_city.registrar(BAIXIA_PRIMARY))
    assert "登记去向" in client.get("/changes/arrivals/").content.decode()
    assert client.post(f"/changes/arrivals/{awaited}/", FOUND).status_code == 302
    page = client.get("/changes/arrivals/").content.decode()
    assert "2008-10-26 查明：在外地学校就读；待办：转往外地" in page
    assert "转出未到" not in sender.get("/changes/arrivals/").content.decode()
    assert "arrival_traced" in told(small_city, small_city.clerk(QINHUAI))
    with acting(small_city.registrar(BAIXIA_PRIMARY)):
        assert traced([awaited])[awaited].follow_up == "transfer_out_of_city"
        assert register.counts([small_city.id(BAIXIA_PRIMARY)]).awaited == 1  # still not in school
        kinds = [one.kind for one in register.timeline(awaited)]
    assert "arrival_traced" in kinds
    done(small_city, awaited, "transfer_out_of_city", AWAY, school=BAIXIA_PRIMARY)
    now = standing(small_city, awaited, BAIXIA_PRIMARY)
    assert now is not None
    assert now.value("arrival", date(2008, 10, 27)) == "departing"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"effective_on": "2008-10-28"}, "traced_date"),
        ({"whereabouts": "77"}, "choice_unknown"),
        ({"found_by": " "}, "asked_missing"),
    ],
)
def test_a_tracing_that_says_too_little_or_lies_ahead_is_refused(
    small_city: SmallCity, awaited: UUID, change: dict[str, str], code: str
) -> None:
    school = small_city.id(BAIXIA_PRIMARY)
    with acting(small_city.registrar(BAIXIA_PRIMARY)) as actor, pytest.raises(Refused) as refused:
        services.trace_arrival(actor=actor, school=school, student=awaited, claim={**FOUND, **change})
    assert refused.value.code == code
    with acting(small_city.registrar(PRIMARY)) as actor, pytest.raises(Refused) as refused:
        services.trace_arrival(actor=actor, school=school, student=awaited, claim=FOUND)
    assert refused.value.code == "not_your_school"
