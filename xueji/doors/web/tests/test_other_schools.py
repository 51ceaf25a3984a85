"""A school and the pupils of another; real commits, since what a decision opened is open in its transaction only."""

from __future__ import annotations

from datetime import datetime

from tests.small_city import BAIXIA, BAIXIA_PRIMARY, CITY, JUNIOR, PRIMARY, QINHUAI, SmallCity
from xueji.doors.web.tests.support import load, signed_in
from xueji.ground.accounts.context import acting
from xueji.pure.kernel.environment import LOCAL_ZONE, SeededEnvironment
from xueji.registry.applications import selectors as applications
from xueji.registry.applications.tests.support import child, enrol, lodge, step
from xueji.registry.applications.tests.ways import lodge_transfer, people, student_of
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


def test_a_party_to_an_open_transfer_sees_what_it_names_until_it_is_in_force(
    fresh_database: str, small_city: SmallCity, environment: SeededEnvironment
) -> None:
    row = child(1, home_address="水西门大街 7 号", guardian_1_name="周海棠", guardian_1_phone="13911112222")
    enrol(small_city, [row])
    enrol(small_city, [child(9)], school=BAIXIA_PRIMARY, bureau=BAIXIA)
    student = student_of(small_city, str(row["name"]))
    environment.move_to(datetime(2008, 9, 8, 9, tzinfo=LOCAL_ZONE))
    application = lodge_transfer(small_city, row).application
    whole = ("监护人1", "<h2>学籍经过", "<h2>历次学籍")
    ground = {"ground": "核对转学申请材料"}
    for actor in (small_city.registrar(BAIXIA_PRIMARY), small_city.head(BAIXIA)):
        client = signed_in(actor)
        page = client.get(f"/pupils/{student}/").content.decode()
        assert str(row["name"]) in page
        assert "只显示申请涉及的项目" in page
        assert not any(word in page for word in whole)
        revealed = client.post(f"/pupils/{student}/reveal/", ground).content.decode()
        assert str(row["id_number"]) in revealed
        assert not any(word in revealed for word in (*whole, "周海棠", "13911112222", "水西门"))
    for actor in (small_city.registrar(PRIMARY), small_city.head(QINHUAI), small_city.head(CITY)):
        page = signed_in(actor).get(f"/pupils/{student}/").content.decode()
        assert all(word in page for word in whole)
    for actor, act in people(small_city):
        step(actor, application, act)
    for actor in (small_city.registrar(BAIXIA_PRIMARY), small_city.head(BAIXIA), small_city.registrar(PRIMARY)):
        page = signed_in(actor).get(f"/pupils/{student}/").content.decode()
        assert all(word in page for word in whole)
