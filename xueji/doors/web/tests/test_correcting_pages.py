"""信息更正 at the pages: what stands is masked beside what it should be; the later of two is told of the other."""

from __future__ import annotations

import re
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.small_city import BAIXIA_PRIMARY, PRIMARY, QINHUAI, SmallCity
from xueji.doors.web.templatetags.ui import group_digits
from xueji.doors.web.tests.support import load, signed_in
from xueji.ground.accounts.context import acting
from xueji.ground.organisations import selectors as organisations
from xueji.registry.applications.tests.support import step
from xueji.registry.applications.tests.ways import pdf_of
from xueji.registry.intake.tests.invented import name_of
from xueji.registry.register import selectors as register

pytestmark = pytest.mark.usefixtures("fresh_database")


@pytest.fixture
def pupil(small_city: SmallCity) -> UUID:
    load(small_city, PRIMARY, range(3), 3, QINHUAI)
    with acting(small_city.registrar(PRIMARY)) as actor:
        return register.find_students(schools=[actor.organisation]).pupils[0].student


def _hidden(page: str) -> dict[str, str]:
    return dict(re.findall(r'name="(seen_[a-z0-9_]+)" value="([^"]*)"', page))


def test_what_stands_in_the_record_is_shown_masked(small_city: SmallCity, pupil: UUID) -> None:
    with acting(small_city.registrar(PRIMARY)):
        record = register.student_record(pupil)
    assert record is not None
    page = signed_in(small_city.registrar(PRIMARY)).get(f"/changes/new/key_correction/{pupil}/").content.decode()
    assert record.name in page
    assert record.sensitive["id_number"] not in page
    assert record.sensitive["id_number"][:3] in page


def test_the_school_corrects_other_data_at_once_and_the_later_of_two_is_told(
    small_city: SmallCity, pupil: UUID
) -> None:
    client = signed_in(small_city.registrar(PRIMARY))
    address = f"/changes/new/correction/{pupil}/"
    seen = _hidden(client.get(address).content.decode())
    first = client.post(address, {**seen, "correct_guardian_1_phone": "13911112222", "nature": "changed"})
    assert first.status_code == 302
    second = client.post(address, {**seen, "correct_guardian_1_phone": "13933334444", "nature": "changed"})
    assert second.status_code == 409
    page = second.content.decode()
    assert "已由其他人更正" in page
    by = f"{small_city.registrar(PRIMARY).name}（秦淮云锦小学）于 2008-09-01 "
    assert page.count(by) == 2, "in the refusal and at the field: who, where and when"
    assert "13933334444" in page  # what was typed stays
    again = client.post(address, {**_hidden(page), "correct_guardian_1_phone": "13933334444", "nature": "changed"})
    assert again.status_code == 302
    with acting(small_city.registrar(PRIMARY)):
        record = register.student_record(pupil)
    assert record is not None
    assert record.sensitive["guardian_1_phone"] == "13933334444"


def test_a_fault_is_named_as_in_a_roster_and_nothing_is_changed(small_city: SmallCity, pupil: UUID) -> None:
    client = signed_in(small_city.registrar(PRIMARY))
    answer = client.post(f"/changes/new/correction/{pupil}/", {"correct_guardian_1_phone": "12", "nature": "changed"})
    assert answer.status_code == 409
    assert "电话" in answer.content.decode()


def _papers(*keys: str) -> dict[str, SimpleUploadedFile]:
    return {f"paper_{key}": SimpleUploadedFile(f"{key}.pdf", pdf_of(key), "application/pdf") for key in keys}


def test_the_file_shows_each_corrected_field_beside_what_stands_in_the_record(
    small_city: SmallCity, pupil: UUID
) -> None:
    client = signed_in(small_city.registrar(PRIMARY))
    answer = client.post(
        f"/changes/new/key_correction/{pupil}/",
        {"correct_name": "石改名", "nature": "wrong", "reason": "抄错", **_papers("hukou_or_police_proof")},
    )
    assert answer.status_code == 302
    page = client.get(answer["Location"]).content.decode()
    assert "姓名 更正为" in page
    assert "石改名（档案：" in page


def test_new_numbers_for_a_class_are_lodged_at_their_own_page(small_city: SmallCity, pupil: UUID) -> None:
    client = signed_in(small_city.registrar(PRIMARY))
    address = "/changes/new/class_number_correction/"
    page = client.get(address).content.decode()
    group = re.findall(r'<option value="([0-9a-f-]{36})"', page)[0]
    answer = client.post(address, {"class_group": group, "reason": "班号编错", **_papers("number_proof")})
    assert answer.status_code == 302, answer.content.decode()
    shown = client.get(answer["Location"]).content.decode()
    assert "全班学籍号更正" in shown
    assert "现在的学籍号" in shown, "whoever decides sees whose numbers will be made anew"


def test_a_merging_names_the_other_record_by_number_and_name(small_city: SmallCity, pupil: UUID) -> None:
    client = signed_in(small_city.registrar(PRIMARY))
    with acting(small_city.registrar(PRIMARY)) as actor:
        other = register.find_students(schools=[actor.organisation]).pupils[1]
    offered = client.get(f"/pupils/{pupil}/").content.decode()
    assert f"/changes/new/merge/{pupil}/" in offered
    assert f"/changes/new/merge_undo/{pupil}/" not in offered, "nothing was merged"
    address = f"/changes/new/merge/{pupil}/"
    claim = {"second_number": other.number, "second_name": other.name, "reason": "重复建档"}
    wrong = client.post(address, {**claim, "second_name": "另一人", **_papers("same_person_proof")})
    assert wrong.status_code == 409
    assert "没有找到" in wrong.content.decode()
    answer = client.post(address, {**claim, **_papers("same_person_proof")})
    assert answer.status_code == 302, answer.content.decode()
    page = client.get(answer["Location"]).content.decode()
    assert other.name in page
    assert "两份学籍对照" in page, "whoever decides sees both records beside each other"
    assert group_digits(other.number) in page
    application = answer["Location"].strip("/").rsplit("/", 1)[-1]
    step(small_city.proofreader(), UUID(application), "proofread")
    several = signed_in(small_city.deputy_head()).post("/changes/bulk/", {"pick": [application]}).content.decode()
    assert "可以办理 0 件" in several
    assert "涉及两份学籍" in several, "two records are looked at, not decided in bulk"
    undo = client.post(f"/changes/new/merge_undo/{pupil}/", {"reason": "x", **_papers("two_persons_proof")})
    assert undo.status_code == 409
    people = (small_city.deputy_head(), "decide"), (small_city.clerk(), "examine"), (small_city.head(), "approve")
    for actor, act in people:
        step(actor, UUID(application), act)
    assert "申请与学籍库比对" not in client.get(answer["Location"]).content.decode(), "no claim beside one of two"
    gone = client.get(f"/pupils/{other.student}/").content.decode()
    assert f"{other.name} · 学籍已作废" in gone
    assert f'<a href="/pupils/{pupil}/">' in gone, "the way to the record that stays"
    assert "已合并" in gone
    assert "尚缺" not in gone
    assert f"/changes/new/merge_undo/{pupil}/" in client.get(f"/pupils/{pupil}/").content.decode()


def test_the_classes_of_the_pupils_own_grade_stand_first(small_city: SmallCity, pupil: UUID) -> None:
    """A summer has passed since their rosters of grades 3 and 2."""
    load(small_city, PRIMARY, range(10, 11), 2, QINHUAI)
    with acting(small_city.registrar(PRIMARY)) as actor:
        younger = register.find_students(schools=[actor.organisation], query=name_of(10)).pupils[0].student
    client = signed_in(small_city.registrar(PRIMARY))
    for student, own in ((pupil, "四"), (younger, "三")):
        page = client.get(f"/changes/new/class_change/{student}/").content.decode()
        listed = re.findall(r'<option value="[0-9a-f-]{36}">(.)', page)
        assert listed[0] == own
        assert set(listed) == {"三", "四"}


def test_a_kind_that_cannot_be_about_a_pupil_says_so_before_a_form_is_filled_in(
    small_city: SmallCity, pupil: UUID
) -> None:
    client = signed_in(small_city.registrar(PRIMARY))
    for kind, title in (("resumption", "复学"), ("merge_undo", "撤销合并")):
        page = client.get(f"/changes/new/{kind}/{pupil}/").content.decode()
        assert f"不能办理{title}" in page
        assert "提交申请" not in page
    assert client.get("/changes/new/").content.decode().count("<h2>转学</h2>") == 1


def test_a_school_is_named_by_its_code_or_its_full_name(small_city: SmallCity, pupil: UUID) -> None:
    client, address = signed_in(small_city.registrar(PRIMARY)), f"/changes/new/guest_begin/{pupil}/"
    with acting(small_city.registrar(PRIMARY)):
        name = organisations.by_code(BAIXIA_PRIMARY).name
    wrong = client.post(address, {"other_school": f"{name}分校"}).content.decode()
    assert "没有找到这所学校" in wrong
    for said in (BAIXIA_PRIMARY, f" {name} "):
        assert "没有找到这所学校" not in client.post(address, {"other_school": said}).content.decode()
