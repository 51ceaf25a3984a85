"""The host school's pages of a guest: it reads the record, sees how it came about, and reports the end itself."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import pytest

from tests.small_city import BAIXIA_PRIMARY, NINE_YEAR, PRIMARY, Beginning, SmallCity, open_special_school
from xueji.doors.web.tests.support import signed_in
from xueji.pure.kernel.environment import SeededEnvironment
from xueji.registry.applications.tests.support import child, two_pupils
from xueji.registry.applications.tests.told import decide, done, move, standing

pytestmark = pytest.mark.usefixtures("fresh_database")

GUEST = {"effective_on": "2008-09-22", "until": "2009-07-10", "reason_code": "parents_away"}


@pytest.fixture
def beginning() -> Beginning:
    return two_pupils


@pytest.fixture
def pupil(begun: UUID, environment: SeededEnvironment) -> UUID:
    move(environment, date(2008, 9, 22))
    return begun


def _offered(page: str) -> str:
    """The changes that a pupil's page offers."""
    return page[page.index("提出变动申请") :].split("</section>", maxsplit=1)[0]


def test_the_host_opens_its_guest_and_lodges_the_end_of_the_guest_study(
    small_city: SmallCity, pupil: UUID, environment: SeededEnvironment
) -> None:
    done(small_city, pupil, "guest_begin", GUEST, other=BAIXIA_PRIMARY)
    host = signed_in(small_city.registrar(BAIXIA_PRIMARY))
    page = host.get(f"/pupils/{pupil}/").content.decode()
    assert "在白下月华小学借读；至 2009-07-10 止" in page
    assert signed_in(small_city.registrar(NINE_YEAR)).get(f"/pupils/{pupil}/").status_code == 404
    offered = _offered(page)
    assert "结束借读" in offered
    assert "休学" not in offered
    move(environment, date(2009, 2, 16))
    found = host.post("/changes/new/guest_end/", {"q": child(1)["name"]}).content.decode()
    assert f"/changes/new/guest_end/{pupil}/" in found
    answer = host.post(f"/changes/new/guest_end/{pupil}/", {"effective_on": "2009-02-16", "reason_code": "vanished"})
    assert answer.status_code == 302
    decide(small_city, UUID(answer["Location"].rstrip("/").rsplit("/", 1)[1]), school=BAIXIA_PRIMARY)
    after = standing(small_city, pupil)
    assert after is not None
    assert after.value("attends", date(2009, 2, 16)) is None
    offered = _offered(signed_in(small_city.registrar(PRIMARY)).get(f"/pupils/{pupil}/").content.decode())
    assert "休学" in offered
    assert ">复学<" not in offered
    assert "结束借读" not in offered
    home = signed_in(small_city.registrar(PRIMARY)).get(f"/pupils/{pupil}/").content.decode()
    assert "结束借读" in home
    assert host.get(f"/pupils/{pupil}/").status_code == 404


def test_study_at_a_special_school_is_not_called_guest_study(small_city: SmallCity, pupil: UUID) -> None:
    special = open_special_school(small_city)
    done(small_city, pupil, "special_school", {"effective_on": "2008-09-22"}, other=special)
    page = signed_in(small_city.registrar(PRIMARY)).get(f"/pupils/{pupil}/").content.decode()
    assert "在秦淮明心特殊教育学校就读" in page
    assert "到特殊教育学校就读" in page
    offered = _offered(page)
    assert "从特殊教育学校返校" in offered
    assert "结束借读" not in offered
