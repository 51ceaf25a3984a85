"""A district's own layer holds at every door of its schools: papers, days to arrive, reminders (clause A2)."""

from __future__ import annotations

import shutil
import tempfile
from datetime import datetime
from pathlib import Path

import psycopg
import pytest

from tests.small_city import BEGIN, CITY, PRIMARY, Beginning, SmallCity, _fill_posts
from xueji.doors.web.tests.support import signed_in
from xueji.duties.reminders.services import remind
from xueji.ground.accounts.context import acting, acting_system, system_actor
from xueji.ground.organisations import services as organisations
from xueji.ground.organisations.services import SchoolDraft
from xueji.ground.parameters.loader import default_folder, load_layers
from xueji.ground.parameters.services import load_rulebooks
from xueji.pure.kernel.environment import LOCAL_ZONE, SeededEnvironment
from xueji.pure.kernel.types import Level
from xueji.registry.applications.tests.support import child, enrol, lodge, step
from xueji.registry.applications.tests.ways import BUREAU, lodge_transfer, papers, people
from xueji.registry.cases.selectors import notices

pytestmark = pytest.mark.usefixtures("fresh_database")
LISHUI, LISHUI_PRIMARY = "320124", "32012421001"
_TRANSFER = """
  - kind: transfer
    arrival_days: 5
    evidence:
      - {key: village_letter, title: 村（居）委会居住证明, basis: 本县规程（示例）}
    basis: 本县规程（示例）
"""
_REMINDERS = """
reminders:
  - reminder: arrival_unconfirmed
    days: [4]
    basis: 本县规程（示例）
"""


def _begin(city: SmallCity, environment: SeededEnvironment) -> dict[str, str | None]:
    """溧水 with a primary school under its own layer, which asks for more than the city; a pupil of 秦淮."""
    with acting_system():
        system = system_actor(city.id(CITY))
        bureau = organisations.open_bureau(
            actor=system, level=Level.DISTRICT, code=LISHUI, name="溧水县教育局", effective_on=BEGIN, city=city.id(CITY)
        )
        draft = SchoolDraft(LISHUI_PRIMARY, "溧水永阳小学", "primary", bureau.id)
        (school,) = organisations.open_schools(actor=system, drafts=[draft], effective_on=BEGIN)
        city.organisations |= {LISHUI: bureau.id, LISHUI_PRIMARY: school.id}
        organisations.confirm_codes(actor=system, schools=[school.id], effective_on=BEGIN)
        _fill_posts(city, system, [LISHUI, LISHUI_PRIMARY])
        with tempfile.TemporaryDirectory() as folder:
            copy = Path(folder) / "rulebooks"
            shutil.copytree(default_folder(), copy)
            layer = copy / "district" / LISHUI
            (layer / "changes.yaml").write_text((layer / "changes.yaml").read_text() + _TRANSFER)
            (layer / "reminders.yaml").write_text(_REMINDERS)
            bureaus = {code: key for code, key in city.organisations.items() if len(code) == 6}
            load_rulebooks(actor=system, organisations=bureaus, layers=load_layers(copy))
    row = child(1)
    enrol(city, [row])
    enrol(city, [child(3)], school=LISHUI_PRIMARY, bureau=LISHUI, file="b")
    environment.move_to(datetime(2008, 9, 22, 9, tzinfo=LOCAL_ZONE))
    return row


@pytest.fixture
def beginning() -> Beginning:
    return _begin


def test_papers_days_and_reminders_of_a_district_hold_for_its_schools(
    small_city: SmallCity,
    begun: dict[str, str | None],
    environment: SeededEnvironment,
    owner_connection: psycopg.Connection,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(BUREAU, LISHUI_PRIMARY, LISHUI)
    registrar = small_city.registrar(LISHUI_PRIMARY)
    page = signed_in(registrar)
    asked = {"name": begun["name"], "id_number": begun["id_number"]}
    assert "村（居）委会居住证明" in page.post("/changes/transfer/", asked).content.decode()
    with acting(registrar) as actor:
        handed = papers(actor, ("application_form", "move_proof", "village_letter"))
    made = lodge_transfer(small_city, begun, to=LISHUI_PRIMARY, evidence=handed).application
    owner_connection.execute("DELETE FROM applications_evidence WHERE key = 'village_letter'")
    address = f"/changes/{made}/"
    assert "还缺：村（居）委会居住证明" in page.get(address).content.decode()
    # The sender's side reads the same list: the applicant's district asks.
    assert "还缺：村（居）委会居住证明" in signed_in(small_city.registrar(PRIMARY)).get(address).content.decode()
    environment.move_to(datetime(2008, 9, 23, 9, tzinfo=LOCAL_ZONE))
    for actor, act in people(small_city, receiver=LISHUI_PRIMARY):
        step(actor, made, act)
    assert "应于 2008-09-28 前到校" in page.get("/changes/arrivals/").content.decode()
    environment.move_to(datetime(2008, 9, 24, 6, tzinfo=LOCAL_ZONE))
    assert remind().matters["arrival_unconfirmed"] == 1  # four days before, which the city's rule does not know
    with acting(registrar) as actor:
        assert any("2008-09-28" in one.text for one in notices(actor, limit=200))
    entrants = lodge(small_city, [child(5)], school=LISHUI_PRIMARY, file="c").application
    assert "预防接种证查验证明" in page.get(f"/changes/{entrants}/").content.decode()
