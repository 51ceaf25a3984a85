"""变动 › 全部: a file is found again, also when it was decided long ago and when its pupil has moved away (issue 3).

And 到校报到: of several, who was confirmed and who was not.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from uuid import UUID

import openpyxl
import pytest

from tests.small_city import BAIXIA, BAIXIA_PRIMARY, CITY, GAOCHUN, PRIMARY, QINHUAI, Beginning, SmallCity
from xueji.doors.web.tests.support import signed_in
from xueji.doors.web.tests.test_ledgers_and_calendar import begin_with_a_transfer
from xueji.ground.accounts.context import acting
from xueji.pure.kernel.types import Actor
from xueji.registry.applications.files import FileRow, FilesPage, WantedFiles, files
from xueji.registry.applications.tests.support import child
from xueji.registry.register import selectors as register

pytestmark = pytest.mark.usefixtures("fresh_database")


@pytest.fixture
def beginning() -> Beginning:
    return begin_with_a_transfer


@pytest.fixture
def moved(begun: str) -> str:
    return begun


def _asked(actor: Actor, wanted: WantedFiles | None = None, **cut: int) -> FilesPage:
    with acting(actor):
        return files(actor, wanted or WantedFiles(), **cut)


def _transfer(city: SmallCity) -> FileRow:
    (found,) = _asked(city.clerk(CITY), WantedFiles(kind="transfer")).rows
    return found


def test_both_sides_and_their_bureaus_find_the_file_by_name_and_by_file_number(
    small_city: SmallCity, moved: str
) -> None:
    made = _transfer(small_city)
    number = made.file_numbers.split("、")[0]
    for actor in (
        small_city.registrar(BAIXIA_PRIMARY), small_city.head(QINHUAI), small_city.clerk(BAIXIA), small_city.clerk(CITY)
    ):  # fmt: skip
        for text in (moved, number):
            found = _asked(actor, WantedFiles(query=text)).rows
            assert made.subject in {row.subject for row in found}, (actor.organisation, text)
    page = signed_in(small_city.registrar(PRIMARY)).post("/changes/files/", {"q": moved}).content.decode()
    assert f"/changes/{made.subject}/" in page
    assert f"转学 · {moved}" in page, "who is no longer its own is still named"
    assert number in page
    other = small_city.clerk(GAOCHUN)
    assert not [row for text in (moved, number) for row in _asked(other, WantedFiles(query=text)).rows]
    assert "还没有申请" in signed_in(other).get("/changes/files/").content.decode()


def test_a_file_is_found_by_registration_and_document_number(small_city: SmallCity, moved: str) -> None:
    made = _transfer(small_city)
    with acting(small_city.registrar(BAIXIA_PRIMARY)) as actor:
        record = next(one for one in register.find_students(schools=[actor.organisation], query=moved).pupils)
        history = register.student_record(record.student, decrypt=False)
    assert history is not None
    numbers = {one.number for one in history.registrations}
    before = next(one.number for one in history.registrations if one.school == small_city.id(PRIMARY))
    assert made.subject in {
        row.subject for row in _asked(small_city.registrar(PRIMARY), WantedFiles(query=before)).rows
    }
    for text in (*numbers, str(child(1)["id_number"])):
        found = _asked(small_city.registrar(BAIXIA_PRIMARY), WantedFiles(query=text))
        assert made.subject in {row.subject for row in found.rows}, text
    # The roster with which he came into the register is about him too; it stays the former school's.
    assert {row.kind for row in _asked(small_city.registrar(PRIMARY), WantedFiles(query=before)).rows} > {"transfer"}


def test_the_list_is_narrowed_by_kind_state_school_and_day_and_says_how_many(small_city: SmallCity, moved: str) -> None:
    client, made = signed_in(small_city.clerk(QINHUAI)), _transfer(small_city)
    whole = client.get("/changes/?tab=all", follow=True)
    assert whole.request["PATH_INFO"] == "/changes/files/"
    assert "全部申请，办结的也在内，共 2 件" in whole.content.decode()
    address = (
        f"/changes/files/?kind=transfer&state=approved&school={small_city.id(PRIMARY)}&first=20080922&last=2008-9-30"
    )
    page = client.get(address).content.decode()
    assert "符合条件的申请，共 1 件" in page
    assert str(made.subject) in page
    assert 'value="2008-09-30"' in page
    for query in ("kind=death", "state=refused", "last=2008-08-01", f"school={small_city.id(PRIMARY)}&first=20081001"):
        empty = client.get(f"/changes/files/?{query}").content.decode()
        assert "没有符合条件的申请" in empty, query
        assert str(made.subject) not in empty
    assert "读不出来" in client.get("/changes/files/?first=昨天").content.decode()
    kept = client.post("/changes/files/", {"q": " ", "kind": "transfer"})
    assert kept["Location"] == "/changes/files/?kind=transfer", "an address holds no name"


def test_a_page_goes_on_where_the_one_before_ended_and_one_past_the_end_is_the_last(
    small_city: SmallCity, moved: str
) -> None:
    actor = small_city.clerk(CITY)
    whole = _asked(actor)
    assert whole.total == len(whole.rows) == 3
    assert [row.opened_on for row in whole.rows] == sorted((row.opened_on for row in whole.rows), reverse=True)
    assert tuple(_asked(actor, limit=1, offset=place).rows[0] for place in range(3)) == whole.rows
    assert moved in signed_in(actor).get("/changes/files/?page=99").content.decode()


def test_the_list_is_exported_in_the_background_with_a_ground(
    small_city: SmallCity, moved: str, run_jobs: Callable[[], None]
) -> None:
    client = signed_in(small_city.registrar(PRIMARY))
    assert client.post("/changes/files/export/", {"ground": ""}).status_code == 403
    asked = client.post("/changes/files/export/", {"q": moved, "kind": "transfer", "ground": "2008 年度档案核对"})
    run_jobs()
    where = asked["Location"]
    assert "共 1 件" in client.get(where).content.decode()
    sheet = openpyxl.load_workbook(io.BytesIO(client.get(f"{where}file/").content)).active
    assert sheet is not None
    line = [cell.value for cell in sheet[2]]
    assert line[:3] == [_transfer(small_city).file_numbers, "转学", moved]
    assert signed_in(small_city.registrar(BAIXIA_PRIMARY)).get(where).status_code == 404


def test_of_several_arrivals_the_page_says_who_was_confirmed_and_who_was_not_and_why(
    small_city: SmallCity, moved: str
) -> None:
    registrar = small_city.registrar(BAIXIA_PRIMARY)
    with acting(registrar):
        by_name = {one.name: one.student for one in register.find_students(schools=[registrar.organisation]).pupils}
    here = next(name for name in by_name if name != moved)
    client = signed_in(registrar)
    wrong = client.post("/changes/arrivals/", {"pick": [str(by_name[moved])], "arrived_on": "昨天"})
    assert wrong.status_code == 409
    assert "读不出来" in wrong.content.decode()
    answer = client.post("/changes/arrivals/", {"pick": [str(by_name[here]), str(by_name[moved]), "x"]})
    page = re.sub(r"\s+", " ", answer.content.decode())
    assert answer.status_code == 409
    assert "所选 2 人中，已确认 1 人到校，1 人没有确认" in page
    assert re.search(rf"已确认（到校日期 2008-09-22）：<a href=\"/pupils/{by_name[moved]}/\">{moved}</a>", page)
    assert re.search(rf"<li>{here}：[^<]+</li>", page)
    assert _arrival(registrar, by_name[moved]) == "confirmed"
    again = client.post("/changes/arrivals/", {"pick": [str(by_name[moved])]})
    assert "已确认 0 人到校，1 人没有确认" in again.content.decode()


def _arrival(actor: Actor, student: UUID) -> str | None:
    with acting(actor):
        record = register.student_record(student, decrypt=False)
    assert record is not None
    assert record.in_force is not None
    return record.in_force.value("arrival", record.in_force.started_on)
