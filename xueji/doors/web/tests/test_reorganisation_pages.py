"""Schools and districts are merged, split, closed and renamed at the pages: clerk, head, in force, on every page."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from uuid import UUID

import psycopg
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.small_city import (
    BAIXIA,
    BAIXIA_PRIMARY,
    CITY,
    GAOCHUN,
    JUNIOR,
    NINE_YEAR,
    PRIMARY,
    QINHUAI,
    Beginning,
    SmallCity,
)
from xueji.doors.web.tests.support import load, lodged, school_acts, signed_in
from xueji.duties.returns import selectors as returns
from xueji.ground.accounts.context import acting, acting_system
from xueji.ground.journals import selectors as journals
from xueji.ground.organisations import selectors as organisations
from xueji.ground.organisations import services as organisation_services
from xueji.pure.kernel.environment import LOCAL_ZONE, SeededEnvironment
from xueji.pure.kernel.types import Actor
from xueji.registry.applications import services as applications
from xueji.registry.applications.tests.ways import pdf_of
from xueji.registry.register import selectors as register
from xueji.registry.register.services import rebuild
from xueji.registry.reorganisation import services
from xueji.registry.statistics.selectors import flow_of

pytestmark = pytest.mark.usefixtures("fresh_database")
DAY = date(2008, 11, 3)
EVE = DAY - timedelta(days=1)
HOME = "/manage/reorganisations/"


def _begin(city: SmallCity, environment: SeededEnvironment) -> None:
    """3 November: 秦淮's nine-year and primary school with one class of grade 3 each, the first with a grade 4 too."""
    for code, numbers, grade in ((PRIMARY, range(3), 3), (NINE_YEAR, range(10, 14), 3), (NINE_YEAR, range(20, 22), 4)):
        load(city, code, numbers, grade, QINHUAI)
    environment.move_to(datetime(2008, 11, 3, 9, tzinfo=LOCAL_ZONE))


@pytest.fixture
def beginning() -> Beginning:
    return _begin


@pytest.fixture
def city(small_city: SmallCity, begun: None) -> SmallCity:
    return small_city


def propose(clerk: Actor, kind: str, **values: object) -> UUID:
    """The form as the clerk fills it: a look at what would move, then the proposal with its document."""
    client, address = signed_in(clerk), f"{HOME}new/{kind}/"
    typed = {"effective_on": f"{DAY:%Y%m%d}", "document_number": "宁教〔2008〕88号", **values}
    looked = client.post(address, {**typed, "act": "look"})
    assert looked.status_code == 200, said(looked.content.decode())
    assert "提请负责人决定" in looked.content.decode(), said(looked.content.decode())
    file = SimpleUploadedFile("批文.pdf", pdf_of("document"), "application/pdf")
    answer = client.post(address, {**typed, "act": "prepare", "document": file})
    assert answer.status_code == 302, said(answer.content.decode())
    return UUID(answer["Location"].rstrip("/").rsplit("/", 1)[1])


def approve(head: Actor, act: UUID) -> str:
    """The head decides on what the page shows; the page afterwards."""
    client, address = signed_in(head), f"{HOME}{act}/"
    page = client.get(address).content.decode()
    seen = re.search(r'name="seen" value="(\w+)"', page)
    assert seen, said(page)
    answer = client.post(address, {"act": "approve", "seen": seen[1]}, follow=True)
    assert answer.status_code == 200, said(answer.content.decode())
    return answer.content.decode()


def said(page: str) -> str:
    """What a page says against it."""
    return " ".join(re.sub(r"<[^>]+>", " ", found) for found in re.findall(r'(?s)<div class="note.*?</div>', page))


def numbers_at(actor: Actor, school: UUID, on: date | None = None) -> dict[UUID, str]:
    """The numbers of a school's pupils on a day, as this post sees them."""
    with acting(actor):
        return {one.student: one.number for one in register.roster(school, on or DAY)}


def test_a_merger_moves_every_record_keeps_codes_and_numbers_and_balances(
    city: SmallCity, environment: SeededEnvironment, owner_connection: psycopg.Connection
) -> None:
    clerk, head = city.clerk(), city.head()
    absorbed, receiver = city.id(PRIMARY), city.id(NINE_YEAR)
    before = {code: numbers_at(head, city.id(code)) for code in (PRIMARY, NINE_YEAR)}
    with acting(head):
        whole = register.as_of(DAY).pupils
    act = propose(clerk, "school_merger", sources=[str(absorbed)], receiver=str(receiver))
    assert f"{HOME}{act}/" in signed_in(head).get("/changes/").content.decode()
    assert "已生效" in approve(head, act)
    # Nobody is lost, no number is another one, each has one registration in force.
    assert numbers_at(head, receiver) == before[PRIMARY] | before[NINE_YEAR]
    assert numbers_at(head, absorbed) == {}
    with acting(head):
        assert register.as_of(DAY).pupils == whole
        assert organisations.by_id(absorbed).code == PRIMARY
        assert organisations.by_id(absorbed).code_state == "void"
        # The class number that was taken is the cohort's next one; the cohort stays.
        groups = {(one.intake_year, one.class_no) for one in organisations.class_groups(receiver)}
        assert groups == {(2005, 1), (2005, 2), (2004, 1)}
        # The day before shows the old school, on lists and on the pupil's record.
        pupil = next(iter(before[PRIMARY]))
        assert numbers_at(head, absorbed, EVE) == before[PRIMARY]
        chain = register.student_record(pupil)
        assert chain is not None
        assert len(chain.registrations) == 2
        assert len(set(chain.numbers)) == 1
        # The flow of both balances: what the one gave the other took.
        flow = flow_of((date(2008, 9, 16), DAY), None, [absorbed, receiver])
        assert flow["balanced"].all()
        assert flow["reorganised_out"].sum() == flow["reorganised_in"].sum() == 3
    assert flow.filter(flow["school"] == str(absorbed))["reorganised_out"].sum() == 3
    # The receiving school's registrar sees the whole record, timeline in words; the absorbed school's sees nothing.
    page = signed_in(city.registrar(NINE_YEAR)).get(f"/pupils/{pupil}/").content.decode()
    assert "学校合并，学籍并入" in page
    with acting(city.registrar(PRIMARY)):
        assert register.find_students(schools=None).pupils == ()
    # A number leads to one pupil, and the journals say again what the tables say.
    with acting(head) as actor:
        assert len(register.find_students(schools=[receiver], query=before[PRIMARY][pupil]).pupils) == 1
        assert actor.organisation == city.id(QINHUAI)
    with acting_system():
        digest = register.state_digest()
        again = rebuild()
        assert again.digest == digest
        assert not again.differed
        assert organisation_services.rebuild() == len(city.organisations)
        assert register.as_of(DAY).pupils == whole
    assert journals.verify().verified
    # What the absorbed school still owes in a round is done by who keeps its records; he is led there.
    keeper, owed = signed_in(city.registrar(NINE_YEAR)), f"/returns/2008/{absorbed}/"
    assert f'href="{owed}"' in keeper.get("/").content.decode()
    own = keeper.get(f"/returns/2008/{receiver}/").content.decode()
    assert "代为上报的已撤销单位" in own
    assert f'href="{owed}"' in own
    assert keeper.post(owed, {"act": "make"}).status_code == 302
    page = keeper.get(owed).content.decode()
    assert "由档案保管单位秦淮白鹭九年一贯制学校代为上报" in page
    assert 'data-dialog="#act-make"' in page
    with acting(city.registrar(NINE_YEAR)):
        made = returns.current("2008", absorbed)
    assert made is not None
    assert (made.registered, made.bureau) == (3, city.id(QINHUAI))
    assert signed_in(city.registrar(JUNIOR)).get(owed).status_code == 404
    assert 'data-dialog="#act-make"' not in signed_in(clerk).get(owed).content.decode()
    # The notice leads a school to the ledger of those who moved, and whoever decides to the act.
    assert 'href="/manage/ledgers/reorganisations/"' in keeper.get("/changes/notices/").content.decode()
    bearer = owner_connection.execute(
        "SELECT n.state, n.school FROM register_number n WHERE n.number = %s", [before[PRIMARY][pupil]]
    ).fetchone()
    assert bearer == ("given", receiver)


def test_a_code_of_a_merged_school_is_never_given_again(city: SmallCity) -> None:
    act = propose(city.clerk(), "school_merger", sources=[str(city.id(PRIMARY))], receiver=str(city.id(NINE_YEAR)))
    approve(city.head(), act)
    answer = signed_in(city.clerk()).post(
        "/manage/organisations/new/",
        {"name": "又一小学", "code": PRIMARY, "kind": "primary", "ownership": "public", "approved": "yes"},
    )
    assert answer.status_code == 409
    assert "代码不能重复使用" in said(answer.content.decode())


def test_a_split_moves_the_chosen_classes_alone(city: SmallCity) -> None:
    source, receiver = city.id(NINE_YEAR), city.id(PRIMARY)
    before = {code: numbers_at(city.head(), city.id(code)) for code in (PRIMARY, NINE_YEAR)}
    with acting(city.head()):
        moving = next(one for one in organisations.class_groups(source) if one.intake_year == 2005)
    act = propose(
        city.clerk(), "school_split", sources=[str(source)], receiver=str(receiver), classes=[str(moving.id)],
        **{f"no-{moving.id}": "7"},
    )  # fmt: skip
    approve(city.head(), act)
    assert len(numbers_at(city.head(), source)) == 2
    after = numbers_at(city.head(), receiver)
    assert before[PRIMARY].items() <= after.items() <= (before[PRIMARY] | before[NINE_YEAR]).items()
    assert len(after) == 7
    with acting(city.head()):
        assert organisations.by_id(source).closed_on is None
        assert (2005, 7) in {(one.intake_year, one.class_no) for one in organisations.class_groups(receiver)}


def test_a_closure_is_refused_while_a_pupil_has_nowhere_to_go_or_a_matter_is_open(city: SmallCity) -> None:
    source, receiver = city.id(NINE_YEAR), city.id(PRIMARY)
    application = lodged(city, NINE_YEAR, range(40, 42), 5)
    client, address = signed_in(city.clerk()), f"{HOME}new/school_closure/"
    typed = {"sources": [str(source)], "custodian": str(city.id(QINHUAI)), "effective_on": "20081103"}
    page = client.post(address, {**typed, "act": "look"}).content.decode()
    assert "还有 6 名学生（2 个班）没有接收学校" in said(page)
    assert "有 1 件在办申请" in said(page)
    assert f"/changes/{application}/" in page
    assert client.post(address, {**typed, "document_number": "1", "act": "prepare"}).status_code == 409
    with acting(city.registrar(NINE_YEAR)) as actor:
        applications.retract(actor=actor, application=application)
    with acting(city.head()):
        groups = [str(one.id) for one in organisations.class_groups(source)]
    receivers = {f"to-{group}": str(receiver) for group in groups}
    act = propose(city.clerk(), "school_closure", sources=[str(source)], custodian=str(city.id(QINHUAI)), **receivers)
    approve(city.head(), act)
    assert len(numbers_at(city.head(), receiver)) == 9
    with acting(city.head()):
        assert organisations.by_id(source).closed_on == DAY
        assert organisations.related([source], "custodian") == {source: city.id(QINHUAI)}


def test_after_a_merger_of_districts_the_old_one_sees_nothing_and_the_new_one_all(city: SmallCity) -> None:
    load(city, BAIXIA_PRIMARY, range(60, 63), 2, BAIXIA)
    waiting = lodged(city, BAIXIA_PRIMARY, range(70, 72), 5)
    school_acts(city, BAIXIA_PRIMARY, waiting)
    moved, old, new = city.id(BAIXIA_PRIMARY), city.head(BAIXIA), city.head(QINHUAI)
    before = numbers_at(old, moved)
    assert len(before) == 3
    assert numbers_at(new, moved) == {}
    act = propose(city.clerk(CITY), "district_merger", sources=[str(city.id(BAIXIA))], receiver=str(city.id(QINHUAI)))
    approve(city.head(CITY), act)
    assert numbers_at(new, moved) == before
    with acting(old):
        assert register.find_students(schools=None).pupils == ()
        assert register.find_students(schools=[moved]).pupils == ()
    with acting(new):
        assert register.as_of(EVE).pupils == register.as_of(DAY).pupils == 12
        assert moved in {one.id for one in organisations.schools_of(city.id(QINHUAI))}
        assert organisations.by_id(moved).code == BAIXIA_PRIMARY
        assert organisations.by_id(moved).code_state == "confirmed"
        # What waited for the old bureau waits for the new one, and can be decided there.
        applications.act(actor=new, application=waiting, act="approve")
    assert len(numbers_at(new, moved)) == 5
    with acting_system():
        assert organisations.districts().count() == 2
        assert organisations.competent_bureau(moved, EVE) == city.id(BAIXIA)


def test_of_a_district_that_is_split_and_then_closed_each_school_and_its_open_work_go_to_the_bureau_named_for_it(
    city: SmallCity,
) -> None:
    waiting = lodged(city, PRIMARY, range(70, 72), 5)
    school_acts(city, PRIMARY, waiting)
    source, moved, stays = city.id(QINHUAI), city.id(PRIMARY), city.id(NINE_YEAR)
    before = {code: numbers_at(city.head(), city.id(code)) for code in (PRIMARY, NINE_YEAR)}
    act = propose(
        city.clerk(CITY), "district_split", sources=[str(source)], **{f"to-{moved}": str(city.id(BAIXIA))}
    )  # fmt: skip
    assert "秦淮区教育局划出 1 所学校到白下区教育局" in approve(city.head(CITY), act)
    assert "秦淮云锦小学" in signed_in(city.head(CITY)).get(f"{HOME}{act}/paper/").content.decode()
    assert numbers_at(city.head(BAIXIA), moved) == before[PRIMARY]
    assert numbers_at(city.head(), moved) == {}
    assert numbers_at(city.head(), stays) == before[NINE_YEAR]
    with acting(city.head(BAIXIA)) as head:
        applications.act(actor=head, application=waiting, act="approve")
    # Closed: nobody is left behind without a bureau, the records go to a named keeper.
    typed = {"sources": [str(source)], "custodian": str(city.id(CITY)), "effective_on": f"{DAY:%Y%m%d}"}
    client = signed_in(city.clerk(CITY))
    looked = client.post(f"{HOME}new/district_closure/", {**typed, "act": "look"}).content.decode()
    assert "还有 3 所学校没有指定接收的教育局" in said(looked)
    receivers = {"receiver": str(city.id(GAOCHUN)), f"to-{stays}": str(city.id(BAIXIA))}
    act = propose(city.clerk(CITY), "district_closure", **typed, **receivers)
    assert "已生效" in approve(city.head(CITY), act)
    assert numbers_at(city.head(BAIXIA), stays) == before[NINE_YEAR]
    with acting(city.head()):
        assert register.find_students(schools=None).pupils == ()
    with acting_system():
        assert source not in {one.id for one in organisations.districts()}
        assert organisations.competent_bureau(city.id(JUNIOR)) == city.id(GAOCHUN)
        assert organisations.related([source], "custodian") == {source: city.id(CITY)}
        assert {organisations.by_id(city.id(code)).code for code in before} == before.keys()
        assert len(organisations.schools_of(source)) == 0


def test_a_closed_district_counts_the_city_s_own_school_that_lies_in_it_as_it_lists_it(city: SmallCity) -> None:
    client, address = signed_in(city.clerk(CITY)), f"{HOME}new/district_closure/"
    typed = {
        "sources": [str(city.id(BAIXIA))], "receiver": str(city.id(GAOCHUN)), "effective_on": f"{DAY:%Y%m%d}",
        "document_number": "宁教〔2008〕88号", "act": "look",
    }  # fmt: skip
    page = client.post(address, typed).content.decode()
    assert '各校划入哪个教育局</h2><span class="quiet num">2 所</span>' in page
    assert page.count("市直属，只改所在区县") == 1
    figures = page[page.index("会动到什么") :]
    assert '<span class="k">学校</span><span class="v num">2</span>' in figures
    assert '<span class="k">其中市直属（只改所在区县）</span><span class="v num">1</span>' in figures


def test_a_new_name_holds_from_its_day_and_the_old_one_before_it(
    city: SmallCity, environment: SeededEnvironment
) -> None:
    school = city.id(PRIMARY)
    typed = {"sources": [str(school)], "name": "秦淮锦绣小学", "effective_on": "下周一"}
    assert 'value="下周一"' in signed_in(city.clerk()).post(f"{HOME}new/school_renaming/", typed).content.decode()
    act = propose(city.clerk(), "school_renaming", sources=[str(school)], name="秦淮锦绣小学", effective_on="20081110")
    page = approve(city.head(), act)
    assert "已决定，待生效" in page
    assert services.carry_due().done == ()
    environment.move_to(datetime(2008, 11, 10, 8, tzinfo=LOCAL_ZONE))
    assert services.carry_due().done == (act,)
    renamed = date(2008, 11, 10)
    with acting(city.head()):
        assert organisations.by_id(school).name == "秦淮锦绣小学"
        assert organisations.names([school], renamed - timedelta(days=1)) == {school: "秦淮云锦小学"}
        assert organisations.names([school], renamed) == {school: "秦淮锦绣小学"}
        assert organisations.by_id(school).code == PRIMARY
    assert "秦淮云锦小学" in signed_in(city.head()).get(f"/manage/organisations/{school}/").content.decode()
    told = signed_in(city.registrar()).get("/changes/notices/").content.decode()
    assert f'href="/manage/organisations/{school}/"' in told


def test_who_prepared_may_not_decide_and_what_moved_on_is_shown_anew(city: SmallCity) -> None:
    act = propose(city.clerk(), "school_merger", sources=[str(city.id(PRIMARY))], receiver=str(city.id(NINE_YEAR)))
    assert 'data-dialog="#act-approve"' not in signed_in(city.clerk()).get(f"{HOME}{act}/").content.decode()
    load(city, PRIMARY, range(50, 51), 3, QINHUAI)
    answer = signed_in(city.head()).post(f"{HOME}{act}/", {"act": "approve", "seen": "0" * 64})
    assert answer.status_code == 409
    paper = signed_in(city.head()).get(f"{HOME}{act}/paper/")
    assert "随转学生" in paper.content.decode()
    assert signed_in(city.registrar()).get(f"{HOME}{act}/").status_code == 404
