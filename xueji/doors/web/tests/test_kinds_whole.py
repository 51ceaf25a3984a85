"""Kinds that have pages of their own, each done whole at them: the form with its papers, every step by its own person,
in force. Those with the one form of a pupil stand in ``test_every_kind``."""

from __future__ import annotations

import re
from datetime import date
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.small_city import CITY, PRIMARY, QINHUAI, Beginning, SmallCity
from xueji.doors.web.tests.support import load, signed_in
from xueji.doors.web.tests.test_reorganisation_pages import approve, propose
from xueji.duties.certificates.tests.support import issue
from xueji.ground.accounts.context import acting
from xueji.ground.organisations import selectors as organisations
from xueji.ground.parameters.build import rulebook_from_files
from xueji.pure.kernel.environment import SeededEnvironment
from xueji.registry.applications import selectors as applications
from xueji.registry.applications.tests.support import child
from xueji.registry.applications.tests.test_outside import GUEST
from xueji.registry.applications.tests.told import move
from xueji.registry.applications.tests.ways import class_of, pdf_of
from xueji.registry.register import selectors as register
from xueji.registry.register.selectors import Found

pytestmark = pytest.mark.usefixtures("fresh_database")
DAY = date(2008, 11, 3)
_BOOK = rulebook_from_files(DAY, QINHUAI)


def _begin(city: SmallCity, environment: SeededEnvironment) -> None:
    """3 November: three pupils of one class in grade 3 of 秦淮's primary school."""
    load(city, PRIMARY, range(3), 3, QINHUAI)
    move(environment, DAY)


@pytest.fixture
def beginning() -> Beginning:
    return _begin


@pytest.fixture
def city(small_city: SmallCity, begun: None) -> SmallCity:
    return small_city


def lodge(city: SmallCity, url: str, kind: str, claim: dict[str, str]) -> UUID:
    """The form as the registrar fills it, with every paper that the rulebook asks for."""
    papers = {
        f"paper_{one.key}": SimpleUploadedFile(f"{one.key}.pdf", pdf_of(one.key), "application/pdf")
        for one in _BOOK.change(kind).evidence
    }
    answer = signed_in(city.registrar(PRIMARY)).post(url, {**claim, **papers})
    assert answer.status_code == 302, re.sub(r"<[^>]+>|\s+", " ", answer.content.decode())[:3000]
    return UUID(answer["Location"].rstrip("/").rsplit("/", 1)[1])


def decide(city: SmallCity, application: UUID) -> str:
    """Each step at the page of whoever it waits for; the registrar's page afterwards."""
    url = f"/changes/{application}/"
    for _ in range(8):
        with acting(city.registrar(PRIMARY)):
            view = applications.application(application)
        assert view is not None
        step = view.case.current if view.case else None
        if step is None:
            break
        holders = (one for (_, role), one in city.actors.items() if role.value == step.role)
        client = signed_in(next(one for one in holders if one.organisation == step.organisation))
        seen = re.search(r'name="seen" value="(\d+)"', client.get(url).content.decode())
        assert seen
        answer = client.post(f"{url}act/", {"act": step.act, "seen": seen[1]}, follow=True)
        assert answer.status_code == 200, re.sub(r"<[^>]+>|\s+", " ", answer.content.decode())[:3000]
    assert view is not None
    assert view.state == "approved"
    return signed_in(city.registrar(PRIMARY)).get(url).content.decode()


def pupils(city: SmallCity) -> list[Found]:
    """The class list of the primary school."""
    with acting(city.registrar(PRIMARY)):
        return register.roster(city.id(PRIMARY), DAY)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("door", "kind"), [("into_city", "transfer_into_city"), ("late", "late_registration")], ids=str
)
def test_a_child_from_outside_the_register_gets_a_record(city: SmallCity, door: str, kind: str) -> None:
    row = {**child(7, grade=3), "name": "沐阳", "guardian_1_name": "沐大年", "enrolment_month": "2006-09"}
    typed = {code: value for code, value in row.items() if value}
    decide(city, lodge(city, "/pupils/intake/one/", kind, {"kind": door, **typed}))
    (found,) = [one for one in pupils(city) if one.name == "沐阳"]
    page = signed_in(city.registrar(PRIMARY)).get(f"/pupils/{found.student}/").content.decode()
    assert _BOOK.change(kind).title in page[page.index("学籍经过") :]


def test_of_a_class_that_gets_new_numbers_the_papers_under_the_old_ones_are_listed(city: SmallCity) -> None:
    before = pupils(city)
    paper = issue(city, before[1].student).number
    claim = {"class_group": str(class_of(city, PRIMARY)), "reason": "班号编错"}
    application = lodge(city, "/changes/new/class_number_correction/", "class_number_correction", claim)
    page = signed_in(city.proofreader(PRIMARY)).get(f"/changes/{application}/").content.decode()
    assert "批准后须收回换发的证明" in page
    assert page.count(paper) == 1
    after = decide(city, application)
    assert after.count(paper) == 1
    assert "新学籍号" in after
    assert not {one.number for one in pupils(city)} & {one.number for one in before}


@pytest.mark.slow
def test_a_merging_of_two_students_is_undone(city: SmallCity) -> None:
    kept, other = pupils(city)[:2]
    second = {"second_number": other.number, "second_name": other.name, "reason": "重复建档"}
    decide(city, lodge(city, f"/changes/new/merge/{kept.student}/", "merge", second))
    assert len(pupils(city)) == 2
    undo = f"/changes/new/merge_undo/{kept.student}/"
    decide(city, lodge(city, undo, "merge_undo", {"reason": "核实为两名学生"}))
    assert {one.number for one in pupils(city)} >= {kept.number, other.number}


@pytest.mark.slow
def test_a_guest_from_outside_stays_longer(city: SmallCity, environment: SeededEnvironment) -> None:
    begin = {**GUEST, "effective_on": "2008-11-03", "class_group": str(class_of(city, PRIMARY))}
    decide(city, lodge(city, "/changes/new/guest_outside_begin/", "guest_outside_begin", begin))
    move(environment, date(2009, 6, 1))
    client = signed_in(city.registrar(PRIMARY))
    listed = client.get("/changes/outside/").content.decode()
    found = re.search(r"/changes/new/guest_outside_extension/[0-9a-f-]+/", listed)
    assert found
    decide(
        city, lodge(city, found[0], "guest_outside_extension", {"until": "2010-01-31", "reason": "父母继续在宁工作"})
    )
    assert "2010-01-31" in client.get("/changes/outside/").content.decode()


def test_a_school_gets_another_bureau_and_a_district_another_name(city: SmallCity) -> None:
    school, district = city.id(PRIMARY), city.id(QINHUAI)
    numbers = {one.number for one in pupils(city)}
    clerk, head = city.clerk(CITY), city.head(CITY)
    act = propose(clerk, "competent_bureau_change", sources=[str(school)], receiver=str(city.id(CITY)))
    assert "已生效" in approve(head, act)
    act = propose(clerk, "district_renaming", sources=[str(district)], name="秦淮新区教育局")
    assert "已生效" in approve(head, act)
    with acting(head):
        assert organisations.competent_bureau(school) == city.id(CITY)
        assert organisations.by_id(district).name == "秦淮新区教育局"
        assert organisations.by_id(school).code == PRIMARY
    assert {one.number for one in pupils(city)} == numbers
    assert "秦淮新区教育局" in signed_in(city.head()).get("/").content.decode()
