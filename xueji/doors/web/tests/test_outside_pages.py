"""外地借读 and 延缓入学 at the pages: from the form with its papers to list, ledger, printed form and end."""

from __future__ import annotations

import re
from datetime import date
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.small_city import BAIXIA_PRIMARY, PRIMARY, SmallCity
from xueji.doors.web.tests.support import signed_in
from xueji.ground.parameters.build import rulebook_from_files
from xueji.pure.kernel.environment import SeededEnvironment
from xueji.registry.applications.tests.support import child, enrol
from xueji.registry.applications.tests.test_outside import GUEST, LATER
from xueji.registry.applications.tests.told import decide, move
from xueji.registry.applications.tests.ways import class_of, pdf_of

pytestmark = pytest.mark.usefixtures("fresh_database")

_BOOK = rulebook_from_files(date(2008, 9, 22), "320104")


def _lodge(city: SmallCity, client: Client, url: str, kind: str, claim: dict[str, str]) -> UUID:
    papers = {
        f"paper_{one.key}": SimpleUploadedFile(f"{one.key}.pdf", pdf_of(one.key), "application/pdf")
        for one in _BOOK.change(kind).evidence
    }
    answer = client.post(url, {**claim, **papers})
    assert answer.status_code == 302, re.sub(r"<[^>]+>|\s+", " ", answer.content.decode())[:3000]
    application = UUID(answer["Location"].rstrip("/").rsplit("/", 1)[1])
    page = client.get(f"/changes/{application}/").content.decode()
    assert _BOOK.change(kind).title in page
    assert claim.get("id_number", "no number") not in page
    assert client.post(f"/changes/{application}/print/form/")["Content-Type"] == "application/pdf"
    decide(city, application)
    return application


def test_a_guest_from_outside_is_lodged_listed_and_ended_at_the_pages(
    small_city: SmallCity, environment: SeededEnvironment
) -> None:
    enrol(small_city, [child(1), child(2)])
    move(environment, date(2008, 9, 22))
    registrar = signed_in(small_city.registrar(PRIMARY))
    assert "外地借读" in registrar.get("/changes/new/").content.decode()
    assert "名单中没有儿童" in registrar.get("/changes/outside/").content.decode()
    claim = {**GUEST, "class_group": str(class_of(small_city, PRIMARY))}
    again = registrar.post("/changes/new/guest_outside_begin/", {**claim, "home_school": ""})
    assert again.status_code == 422
    _lodge(small_city, registrar, "/changes/new/guest_outside_begin/", "guest_outside_begin", claim)
    listed = registrar.get("/changes/outside/").content.decode()
    assert "石外来" in listed
    assert "庐阳实验小学" in listed
    assert "石外来" in signed_in(small_city.clerk()).get("/changes/outside/").content.decode()
    assert "石外来" not in signed_in(small_city.registrar(BAIXIA_PRIMARY)).get("/changes/outside/").content.decode()
    assert "石外来" not in signed_in(small_city.clerk("320103")).get("/changes/outside/").content.decode()
    ledger = registrar.get("/manage/ledgers/guests/").content.decode()
    assert "石外来" in ledger
    move(environment, date(2008, 12, 15))
    found = re.search(r"/changes/new/guest_outside_end/[0-9a-f-]+/", listed)
    assert found
    _lodge(small_city, registrar, found[0], "guest_outside_end", {"effective_on": "2008-12-15", "reason_code": "early"})
    assert "石外来" not in registrar.get("/changes/outside/").content.decode()
    assert "2008-12-15 结束" in registrar.get("/changes/outside/?past=1").content.decode()


def test_a_deferred_child_is_on_a_list_of_its_own(small_city: SmallCity, environment: SeededEnvironment) -> None:
    move(environment, date(2008, 9, 22))
    registrar = signed_in(small_city.registrar(PRIMARY))
    _lodge(small_city, registrar, "/changes/new/deferred_entry/", "deferred_entry", LATER)
    assert "石晚到" in registrar.get("/changes/outside/?tab=deferred").content.decode()
    assert "石晚到" not in registrar.get("/changes/outside/").content.decode()
    move(environment, date(2009, 9, 2))
    row = child(7, name="石晚到", birth_date=LATER["birth_date"], id_number=LATER["id_number"])
    enrol(small_city, [{**row, "enrolment_month": "2009-09"}], file="later")
    assert "已入学，建有学籍" in registrar.get("/changes/outside/?tab=deferred&past=1").content.decode()
