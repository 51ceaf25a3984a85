"""A school and the pupils of another; real commits, since what a decision opened is open in its transaction only."""

from __future__ import annotations

from tests.small_city import BAIXIA, BAIXIA_PRIMARY, JUNIOR, PRIMARY, QINHUAI, SmallCity
from xueji.doors.web.tests.support import load, signed_in
from xueji.ground.accounts.context import acting
from xueji.registry.applications import selectors as applications
from xueji.registry.applications.tests.support import child, enrol, lodge
from xueji.registry.intake.tests.invented import name_of
from xueji.registry.register import selectors as register


def test_of_one_bureau_for_both_schools_one_opinion_is_shown(fresh_database: str, small_city: SmallCity) -> None:
    enrol(small_city, [child(1)])
    lodge(small_city, [child(1, name="另有其人")], school=JUNIOR)
    head = small_city.head(QINHUAI)
    with acting(head) as actor:
        (found,) = applications.duplicates(actor)
    page = signed_in(head).get(f"/changes/duplicates/{found.id}/").content.decode()
    assert "本局意见" in page
    assert page.count("尚未决定") == 1


def test_a_pupil_of_another_school_is_not_there(fresh_database: str, small_city: SmallCity) -> None:
    application = load(small_city, PRIMARY, range(2), 3, QINHUAI)
    owner = small_city.registrar(PRIMARY)
    with acting(owner):
        student = register.find_students(schools=[owner.organisation], query=name_of(0)).pupils[0].student
    assert signed_in(owner).get(f"/pupils/{student}/").status_code == 200
    for actor in (small_city.registrar(BAIXIA_PRIMARY), small_city.head(BAIXIA)):
        client = signed_in(actor)
        assert client.get(f"/pupils/{student}/").status_code == 404
        assert client.post(f"/pupils/{student}/reveal/", {"ground": "核对户口簿"}).status_code == 404
        assert client.get(f"/changes/{application}/").status_code == 404
        page = client.post("/search/", {"q": name_of(0)}, follow=True).content.decode()
        assert f"/pupils/{student}/" not in page
