"""专机 at the pages: named by the security administrator, registered on the machine, elsewhere nothing opens."""

from __future__ import annotations

import re

import pytest

from tests.small_city import CITY, PRIMARY, SmallCity
from xueji.doors.web.tests.support import signed_in
from xueji.ground.accounts.models import Account
from xueji.pure.kernel.types import Role

pytestmark = pytest.mark.django_db


def test_a_school_bound_to_its_machine_works_there_and_nowhere_else(small_city: SmallCity) -> None:
    keeper = signed_in(small_city.actor(CITY, Role.SECURITY_ADMIN))
    at_desk, elsewhere = signed_in(small_city.registrar()), signed_in(small_city.registrar())
    place = str(small_city.id(PRIMARY))
    page = keeper.post("/manage/machines/", {"act": "bind", "place": place, "machines_only": "1"})
    assert page.status_code == 409
    assert "还没有一台登记好的专机" in page.content.decode()
    named = keeper.post("/manage/machines/", {"act": "name", "place": place, "name": "教务处 1 号机"}).content.decode()
    code = re.search(r"[2-9A-Z]{4}-[2-9A-Z]{4}-[2-9A-Z]{4}", named)
    assert code is not None
    assert at_desk.post("/machine/", {"code": "WRONG"}).status_code == 409
    assert at_desk.post("/machine/", {"code": code[0].lower()}).status_code == 302
    assert keeper.post("/manage/machines/", {"act": "bind", "place": place, "machines_only": "1"}).status_code == 302
    assert "只在登记的专机上办理" in keeper.get(f"/manage/machines/?place={place}").content.decode()
    assert at_desk.get("/").status_code == 200
    away = elsewhere.get("/", follow=True)
    assert "这台机器没有登记" in away.content.decode()
    assert elsewhere.get("/api/intake/template?kind=entrants").status_code == 401
    assert keeper.get("/").status_code == 200
    machine = re.search(
        r'name="machine" value="([0-9a-f-]+)"', keeper.get(f"/manage/machines/?place={place}").content.decode()
    )
    assert machine is not None
    keeper.post("/manage/machines/", {"act": "revoke", "place": place, "machine": machine[1]})
    assert at_desk.get("/").status_code == 302


def test_logging_in_notes_the_day(small_city: SmallCity) -> None:
    from django.test import Client

    from xueji.ground.accounts.context import acting_system
    from xueji.ground.accounts.services import activate_many

    person = small_city.registrar().person
    with acting_system():
        activate_many(passwords=[(person, "Nanjing-2008")])
        login = Account.objects.get(pk=person).login
    Client().post("/login/", {"login": login, "password": "Nanjing-2008"})
    with acting_system():
        assert Account.objects.get(pk=person).used_on is not None
