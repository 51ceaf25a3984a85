"""Custody at every door: whoever keeps a closed school's records asks, attests, prints and voids by page, API and
command alike; a central school does so for the schools of its township (clause B3)."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from tests.small_city import CENTRAL, CITY, GAOCHUN, NINE_YEAR, PRIMARY, VILLAGE, SmallCity
from xueji.config.home import Home
from xueji.doors.api.tests.test_contract import _client, _post
from xueji.doors.cli.tests.test_journal import _xueji
from xueji.doors.web.tests.support import signed_in
from xueji.duties.certificates.tests.attested import DIPLOMA, LEFT_ON, leaver, paper
from xueji.duties.certificates.tests.support import issue, text_of
from xueji.duties.dossiers.tests.support import export
from xueji.ground.accounts import selectors as accounts
from xueji.pure.kernel.environment import LOCAL_ZONE, SeededEnvironment
from xueji.pure.kernel.types import Refused
from xueji.registry.register.tests.lives import Lives
from xueji.registry.reorganisation.plans import ActPlan
from xueji.registry.reorganisation.tests.acts import carry_through

pytestmark = pytest.mark.django_db
FORMER, NUMBER = "proof_of_former_study", f"{PRIMARY}20020101"


@pytest.fixture
def said(home: Home, settings: Any, capsys: pytest.CaptureFixture[str]) -> Callable[..., Any]:
    """What a command of a demo home printed."""
    settings.XUEJI_DEMO = True

    def call(*words: str) -> Any:
        assert _xueji(home, *words, "--json") == 0, capsys.readouterr().err
        return json.loads(capsys.readouterr().out)

    return call


def test_a_bureau_that_keeps_a_closed_schools_records_gives_out_papers_at_every_door(
    small_city: SmallCity, environment: SeededEnvironment, said: Callable[..., Any]
) -> None:
    city, child = small_city, leaver(Lives(small_city), name="欧阳𠮷")
    environment.move_to(datetime(2008, 11, 3, 9, tzinfo=LOCAL_ZONE))
    plan = ActPlan((city.id(PRIMARY),), city.id(NINE_YEAR), custodian=city.id(CITY))
    carry_through(city, "school_closure", plan, bureau=CITY)
    clerk, wanted = city.clerk(CITY), {"kind": FORMER, "registration_number": NUMBER}
    assert _post(_client(clerk), "/api/certificates", wanted).json()["number"] == f"{CITY}-曾-2008-00001"
    page = signed_in(clerk).post(f"/certificates/{FORMER}/for/{child.student}/", {"purpose": "办理入职"})
    assert (page.status_code, page["Content-Type"]) == (200, "application/pdf")
    made = said("certificate", "issue", "--kind", FORMER, "--number", NUMBER)
    assert made["number"] == f"{CITY}-曾-2008-00003"
    asked = said("certificate", "issue", "--kind", DIPLOMA, "--number", NUMBER)
    done = said("certificate", "attest", "--number", NUMBER)
    assert (done["order"], done["acts"]) == (asked["order"], ["examine", "approve"])
    (diploma,) = done["certificates"]
    voided = said("certificate", "void", diploma, "--reason", "打偏", "--ground", "misprint")
    assert voided["number"] == diploma
    said("certificate", "issue", "--kind", DIPLOMA, "--number", NUMBER)
    (again,) = said("certificate", "attest", "--number", NUMBER)["certificates"]
    assert paper(again).replaces_id == paper(diploma).id
    # The school that took its pupils in keeps nothing of the leavers.
    away = _post(_client(city.registrar(NINE_YEAR)), "/api/certificates", wanted)
    assert (away.status_code, bool(away.json()["basis"])) == (409, True)


def test_a_central_school_keeps_and_gives_out_the_records_of_its_townships_schools_and_of_one_that_closes(
    small_city: SmallCity, environment: SeededEnvironment
) -> None:
    city, lives = small_city, Lives(small_city)
    pupil, left = lives.open(VILLAGE), lives.open(VILLAGE, intake_year=2002, enrolment_month="2002-09")
    lives.close(left, "graduation", LEFT_ON)
    own = city.registrar(CENTRAL)
    for_village = next(one.actor for one in accounts.choices_of(own.person) if one.acting_for)
    assert issue(city, pupil.student, by=for_village).number == f"{VILLAGE}-证-2008-00001"
    assert export(for_village, pupil.student).pages > 0
    with pytest.raises(Refused) as refused:
        export(own, pupil.student)
    assert refused.value.code == "dossier.custody"
    environment.move_to(datetime(2008, 11, 3, 9, tzinfo=LOCAL_ZONE))
    carry_through(city, "school_closure", ActPlan((city.id(VILLAGE),), city.id(CENTRAL)), bureau=GAOCHUN)
    text = text_of(issue(city, left.student, kind=FORMER, by=own).pdf)
    assert "从高淳河西小学毕业" in text
    assert "该校已于2008年11月3日撤销，学籍档案由我单位保管" in text
    assert export(own, left.student).pages > 0
    assert export(own, pupil.student).pages > 0
    assert issue(city, pupil.student, by=own).number == f"{CENTRAL}-证-2008-00001"
