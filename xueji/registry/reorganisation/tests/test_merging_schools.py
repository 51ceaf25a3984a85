"""Two schools of different bureaus become one by the city's act: records move, codes and numbers stay."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

import pytest

from tests.small_city import BAIXIA, BAIXIA_PRIMARY, CITY, PRIMARY, QINHUAI, SmallCity
from xueji.doors.web.tests.support import load
from xueji.ground.accounts.context import acting
from xueji.pure.kernel.environment import LOCAL_ZONE, SeededEnvironment
from xueji.registry.applications.tests.ways import pdf_of
from xueji.registry.register import selectors as register
from xueji.registry.reorganisation import services
from xueji.registry.reorganisation.plans import ActPlan
from xueji.registry.reorganisation.services import Proposal
from xueji.registry.reorganisation.types import ActResult

pytestmark = pytest.mark.usefixtures("fresh_database")
DAY = date(2008, 11, 3)


def propose(city: SmallCity, kind: str, plan: ActPlan, *, bureau: str = QINHUAI, on: date = DAY) -> UUID:
    """The clerk's proposal with its document."""
    with acting(city.clerk(bureau)) as actor:
        made = services.prepare(
            actor=actor,
            kind=kind,
            proposal=Proposal(plan, on, "宁教〔2008〕88号", ("批文.pdf", pdf_of("batch"))),
        )
    return made.act


def decide(city: SmallCity, act: UUID, *, bureau: str = QINHUAI) -> ActResult:
    with acting(city.head(bureau)) as actor:
        return services.decide(actor=actor, act=act)


@pytest.fixture
def day(small_city: SmallCity, environment: SeededEnvironment) -> SeededEnvironment:
    """3 November: two primary schools with a class of grade 3 each."""
    for code, numbers, grade, bureau in (
        (PRIMARY, range(3), 3, QINHUAI),
        (BAIXIA_PRIMARY, range(10, 14), 3, BAIXIA),
        (BAIXIA_PRIMARY, range(20, 22), 4, BAIXIA),
    ):
        load(small_city, code, numbers, grade, bureau)
    environment.move_to(datetime(2008, 11, 3, 9, tzinfo=LOCAL_ZONE))
    return environment


def test_a_merger_moves_every_record_and_no_number_changes(small_city: SmallCity, day: SeededEnvironment) -> None:
    absorbed, receiver = small_city.id(BAIXIA_PRIMARY), small_city.id(PRIMARY)
    with acting(small_city.head(CITY)):
        before = {one.number: one.student for one in register.find_students(schools=[absorbed]).pupils}
        assert len(before) == 6
    act = propose(small_city, "school_merger", ActPlan((absorbed,), receiver), bureau=CITY)
    result = decide(small_city, act, bureau=CITY)
    assert result.state == "in_force"
    with acting(small_city.head(CITY)):
        now = {one.number: one.student for one in register.find_students(schools=[receiver]).pupils}
        assert before.items() <= now.items()
        assert len(now) == 9
        assert register.find_students(schools=[absorbed]).pupils == ()
