"""Applications at the pages: why a button is off, two people at one application, approval by line, bulk."""

from __future__ import annotations

import re
from uuid import UUID

import pytest
from django.test import Client

from tests.small_city import PRIMARY, QINHUAI, SmallCity
from xueji.doors.web.tests.support import lodged, school_acts, signed_in
from xueji.ground.accounts.context import acting
from xueji.ground.accounts.models import PostHolding
from xueji.registry.intake.tests.invented import name_of
from xueji.registry.register import selectors as register

pytestmark = pytest.mark.django_db


def _seen(client: Client, application: UUID) -> str:
    page = client.get(f"/changes/{application}/").content.decode()
    found = re.search(r'name="seen" value="(\d+)"', page)
    assert found, page
    return found[1]


def test_the_later_of_two_people_is_shown_what_the_other_did_and_keeps_what_was_typed(small_city: SmallCity) -> None:
    application = lodged(small_city, PRIMARY, range(3), 3)
    school_acts(small_city, PRIMARY, application)
    head = small_city.head(QINHUAI)
    one, other = signed_in(head), signed_in(head)
    seen = _seen(other, application)
    one.post(f"/changes/{application}/act/", {"act": "approve", "seen": _seen(one, application)})
    typed = {"act": "send_back", "reason": "第 3 行请再核对", "seen": seen}
    answer = other.post(f"/changes/{application}/act/", typed)
    page = answer.content.decode()
    assert answer.status_code == 409
    assert f"{head.name}于" in page
    assert "请先看下面最新的情况" in page
    assert "第 3 行请再核对" in page


def test_a_button_that_is_off_says_why_with_the_rule(small_city: SmallCity) -> None:
    application = lodged(small_city, PRIMARY, range(3), 3)
    # The registrar who entered the roster also holds the proofreader's post: four eyes forbid it.
    from xueji.ground.accounts.context import acting_system
    from xueji.ground.accounts.selectors import actors_of

    registrar, proofreader = small_city.registrar(PRIMARY), small_city.proofreader(PRIMARY)
    with acting_system():
        PostHolding.objects.filter(post=proofreader.post).update(account=registrar.person)
    both = next(one for one in actors_of(registrar.person) if one.post == proofreader.post)
    page = signed_in(both).get(f"/changes/{application}/").content.decode()
    assert "必须由不同的人办理" in page
    assert "通知一.3" in page
    assert 'aria-disabled="true"' in page


def test_rows_that_are_named_are_refused_and_the_others_approved(small_city: SmallCity) -> None:
    application = lodged(small_city, PRIMARY, range(3), 3)
    school_acts(small_city, PRIMARY, application)
    head = small_city.head(QINHUAI)
    client = signed_in(head)
    seen = _seen(client, application)
    address = f"/changes/{application}/act/"
    wrong = client.post(address, {"act": "approve", "seen": seen, "except": "99", "reason": "不在施教区"})
    assert "第 99 行" in wrong.content.decode()
    answer = client.post(address, {"act": "approve", "seen": seen, "except": "3", "reason": "不在施教区"}, follow=True)
    page = answer.content.decode()
    assert "2 名学生的学籍已写入" in page
    assert "不在施教区" in page
    with acting(head):
        found = register.find_students(schools=[small_city.id(PRIMARY)])
    assert sorted(one.name for one in found.pupils) == sorted([name_of(0), name_of(2)])


def test_sending_back_needs_a_reason_and_the_school_reads_it_first_of_all(small_city: SmallCity) -> None:
    application = lodged(small_city, PRIMARY, range(3), 3)
    school_acts(small_city, PRIMARY, application)
    head = signed_in(small_city.head(QINHUAI))
    seen = _seen(head, application)
    address = f"/changes/{application}/act/"
    assert "必须写明原因" in head.post(address, {"act": "send_back", "seen": seen}).content.decode()
    head.post(address, {"act": "send_back", "reason": "第 3 行证件号请核对", "seen": seen})
    registrar = signed_in(small_city.registrar(PRIMARY))
    assert "退回修改的申请" in registrar.get("/").content.decode()
    page = registrar.get(f"/changes/{application}/").content.decode()
    assert "第 3 行证件号请核对" in page
    assert "重新提交" in page
    found = re.search(r'href="(/pupils/intake/[^"]+)">打开原来上传的名册', page)
    assert found, page
    assert registrar.get(found[1]).status_code == 200
    assert "打开原来上传的名册" not in head.get(f"/changes/{application}/").content.decode()


def test_a_figure_of_a_return_is_opened_down_to_its_pupils(small_city: SmallCity) -> None:
    from xueji.doors.web.tests.support import load

    load(small_city, PRIMARY, range(3), 3, QINHUAI)
    client = signed_in(small_city.registrar(PRIMARY))
    address = f"/returns/2007-2008/{small_city.id(PRIMARY)}/"
    assert "数据已生成" in client.post(address, {"act": "make"}, follow=True).content.decode()
    page = client.get(f"{address}pupils/?stage=primary&intake=2005").content.decode()
    assert all(name_of(number) in page for number in range(3))
    assert "在籍 3 人" in page
    assert "2007-09-15" in page
    other = signed_in(small_city.registrar("32010321001"))
    assert other.get(f"{address}pupils/").status_code == 404


def test_a_round_that_does_not_exist_is_not_there(small_city: SmallCity) -> None:
    for actor in (small_city.head(QINHUAI), small_city.registrar(PRIMARY)):
        client = signed_in(actor)
        assert client.get("/returns/1999/").status_code == 404
        assert client.get("/returns/2007-2008/").status_code in (200, 302)


def test_a_paper_is_checked_by_the_text_of_its_code_and_voided_with_a_reason(small_city: SmallCity) -> None:
    from xueji.doors.web.tests.support import load
    from xueji.duties.certificates import services as certificates

    load(small_city, PRIMARY, range(2), 3, QINHUAI)
    registrar = small_city.registrar(PRIMARY)
    client = signed_in(registrar)
    with acting(registrar):
        student = register.find_students(schools=[registrar.organisation], query=name_of(0)).pupils[0].student
        issued = certificates.issue(actor=registrar, kind=certificates.PROOF, student=student, purpose="办理公交学生卡")
    assert "查验通过" in client.post("/certificates/check/", {"text": issued.statement}).content.decode()
    signature = issued.statement.rpartition(".")[2]
    forged = issued.statement.replace(signature, signature[::-1])
    assert "查验不通过" in client.post("/certificates/check/", {"text": forged}).content.decode()
    void = f"/certificates/{issued.id}/void/"
    assert "请写明作废原因" in client.post(void, {"reason": " "}).content.decode()
    assert "已作废" in client.post(void, {"reason": "班级印错"}, follow=True).content.decode()
    assert "作废" in client.post("/certificates/check/", {"text": issued.statement}).content.decode()


def test_an_approved_roster_prints_a_class_a_sheet_with_the_frames_for_both_seals(small_city: SmallCity) -> None:
    from xueji.doors.web.tests.support import load

    application = load(small_city, PRIMARY, range(3), 3, QINHUAI)
    client = signed_in(small_city.head(QINHUAI))
    page = client.post(f"/changes/{application}/roster/").content.decode()
    assert page.count('class="sheet-page"') == 1
    assert page.count('class="seal-frame"') == 2
    assert "秦淮云锦小学学生学籍建档花名册" in page
    assert "320104210012005" in re.sub(r"\s", "", page)
    with acting(small_city.head(QINHUAI)):
        from xueji.ground.disclosure import selectors as disclosure

        assert disclosure.lines(kinds=["print"])[0].count == 3
