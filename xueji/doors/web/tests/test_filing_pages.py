"""备案、制度与承诺书 at the pages, and ``xueji filing``."""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.small_city import BAIXIA, BAIXIA_PRIMARY, CITY, PRIMARY, QINHUAI, SmallCity
from xueji.config.home import Home
from xueji.doors.cli.tests.test_journal import _xueji
from xueji.doors.web.tests.support import signed_in
from xueji.ground.accounts.context import acting_system
from xueji.ground.accounts.models import PostHolding
from xueji.ground.documents.tests.test_documents import pdf
from xueji.pure.kernel.environment import LOCAL_ZONE, SeededEnvironment


def page(client: Client, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status, answer.content.decode()[:400]
    return answer.content.decode()


@pytest.mark.django_db
def test_a_district_files_its_roster_and_the_city_acknowledges_it(
    small_city: SmallCity, environment: SeededEnvironment
) -> None:
    environment.move_to(datetime(2009, 4, 2, 9, tzinfo=LOCAL_ZONE))
    clerk, head, city = (signed_in(one) for one in (small_city.clerk(), small_city.head(), small_city.head(CITY)))
    address = f"/manage/filings/2009/roster/{small_city.id(QINHUAI)}/"
    assert "8 项逾期" in page(city, "/manage/filings/")
    assert "还没有生成" in page(clerk, address)
    assert clerk.post(address, {"act": "make"}).status_code == 302
    made = page(head, address)
    assert small_city.registrar().name in made
    assert "还没有登记保密承诺书" in made
    assert head.post(address, {"act": "file"}).status_code == 302
    assert "已报备" in page(city, address)
    assert '<a href="/manage/filings/"><strong>' in page(city, "/changes/notices/")
    assert city.post(address, {"act": "acknowledge"}).status_code == 302
    assert "市局已确认" in page(clerk, "/manage/filings/")
    assert head.get(f"{address}print/").content.startswith(b"%PDF")
    assert head.get(f"{address}file/").content.startswith(b"PK")
    page(signed_in(small_city.clerk(BAIXIA)), address, 404)


@pytest.mark.django_db
def test_a_school_keeps_its_documents_and_undertakings(small_city: SmallCity) -> None:
    deputy = signed_in(small_city.deputy_head())
    file = {"act": "document", "kind": "duties", "version": "2008 年制定", "dated_on": "20080901"}
    assert deputy.post("/manage/regime/", file).status_code == 302
    assert "2008 年制定" in page(deputy, "/manage/regime/")
    assert "已经登记过" in deputy.post("/manage/regime/", file).content.decode()
    assert deputy.get("/manage/regime/undertakings/").content.startswith(b"%PDF")
    with acting_system():
        held = PostHolding.objects.get(account=small_city.registrar().person).pk
    assert (
        deputy.post("/manage/regime/", {"act": "sign", "holding": str(held), "signed_on": "20080901"}).status_code
        == 302
    )
    assert "已签 1 人" in page(deputy, "/manage/regime/")
    clerk = signed_in(small_city.clerk())
    assert "缺少" in page(clerk, "/manage/regime/")
    # Its bureau opens every version with its file; another school and another bureau none.
    scan = SimpleUploadedFile("duties.pdf", pdf(), "application/pdf")
    newer = {**file, "version": "2009 年修订", "dated_on": "20080901", "file": scan}
    assert deputy.post("/manage/regime/", newer).status_code == 302
    unit = f"/manage/regime/units/{small_city.id(PRIMARY)}/"
    shown = page(clerk, unit)
    assert "2008 年制定" in shown
    opened = re.search(r'href="(/manage/regime/documents/[0-9a-f-]+/)">2009 年修订', shown)
    assert opened
    assert clerk.get(opened[1]).content.startswith(b"%PDF")
    for other in (small_city.clerk(BAIXIA), small_city.deputy_head(BAIXIA_PRIMARY)):
        page(signed_in(other), unit, 404)
        page(signed_in(other), opened[1], 404)


def test_the_command_makes_files_and_acknowledges(
    fresh_database: str, environment: SeededEnvironment, small_city: SmallCity, home: Home, settings: Any,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    settings.XUEJI_DEMO = True
    environment.move_to(datetime(2009, 3, 20, 9, tzinfo=LOCAL_ZONE))
    states = []
    for act in ("make", "file", "acknowledge"):
        assert _xueji(home, "filing", act, "--kind", "school_codes", "--org", QINHUAI, "--json") == 0
        value = json.loads(capsys.readouterr().out)
        states.append((value["state"], value["rows"]))
    assert states == [("made", 4), ("filed", 4), ("acknowledged", 4)]
