"""电子印章 at the pages: proposed with its picture, examined, approved, on a proof and its verification, withdrawn."""

from __future__ import annotations

import re
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.small_city import BAIXIA, CITY, JUNIOR, QINHUAI, SmallCity
from xueji.doors.web.tests.support import signed_in
from xueji.duties.certificates.models import Certificate
from xueji.duties.certificates.tests.sealed_papers import PROOF, approved, picture, pictures_in, proposed, withdrawn
from xueji.duties.certificates.tests.support import issue, text_of
from xueji.ground.accounts.context import acting_system
from xueji.pure.kernel.types import Role
from xueji.registry.register.tests.lives import Lives

pytestmark = pytest.mark.django_db
HOME, NEW = "/manage/seals/", "/manage/seals/new/registration_seal/"


def text(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return answer.content.decode()


def form(**changed: object) -> dict[str, object]:
    said: dict[str, object] = {
        "picture": SimpleUploadedFile("章.png", picture(), "image/png"), "kind": [PROOF], "starts_on": "20080901",
        "ends_on": "2009-8-31", "reason": "每天出具的学籍证明很多",
    }  # fmt: skip
    return {**said, **changed}


def posted(client: Client, path: str, values: dict[str, object]) -> str:
    answer = client.post(path, values)
    assert answer.status_code == 302, re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))[:2000]
    return str(answer["Location"])


def test_from_the_proposal_to_the_proof_its_verification_and_the_withdrawal(small_city: SmallCity) -> None:
    city, pupil = small_city, Lives(small_city).open()
    registrar, clerk, head = signed_in(city.registrar()), signed_in(city.clerk()), signed_in(city.head())
    empty = text(registrar, HOME)
    assert "没有电子印章" in empty
    assert NEW in empty
    assert "/manage/seals/new/attestation_seal/" not in empty, "not a school's"
    page = text(registrar, NEW)
    assert "由秦淮区教育局批准" in page
    assert "毕业证书" not in page.split("用在哪些证书、证明上")[1].split("</fieldset>")[0]
    seal = posted(registrar, NEW, form())
    assert "待教育局经办人核对印模" in text(registrar, HOME)
    assert "电子印章 · 审查" in text(clerk, "/")
    assert seal in text(clerk, "/changes/")
    assert 'data-dialog="#act-examine"' in text(clerk, seal)
    posted(clerk, seal, {"act": "examine"})
    sample = head.get(f"{seal}sample/{PROOF}/")
    assert (sample["Content-Type"], len(pictures_in(sample.content))) == ("application/pdf", 1)
    assert "样张，不作证明使用" in text_of(sample.content)
    posted(head, seal, {"act": "approve"})
    done = text(registrar, seal)
    assert "使用中" in done
    assert city.head().name in done, "who decided"
    assert registrar.get(f"{seal}picture/")["Content-Type"] == "image/png"
    made = issue(city, pupil.student)
    assert len(pictures_in(made.pdf)) == 1
    checked = registrar.post("/certificates/check/", {"text": made.statement}).content.decode()
    assert "有电子印章（学籍专用章）" in checked
    assert "有电子印章（学籍专用章）" in text(registrar, f"/certificates/{made.id}/")
    short = head.post(seal, {"act": "withdraw", "reason": "换"})
    assert (short.status_code, "请写明为什么停用" in short.content.decode()) == (409, True)
    posted(head, seal, {"act": "withdraw", "reason": "印章已经更换"})
    stopped = text(registrar, seal)
    assert "已停用" in stopped
    assert "印章已经更换" in stopped
    bare = issue(city, pupil.student)
    assert pictures_in(bare.pdf) == []
    assert "须加盖实物印章" in registrar.post("/certificates/check/", {"text": bare.statement}).content.decode()
    assert "有电子印章（学籍专用章）" in text(registrar, f"/certificates/{made.id}/"), "what was issued keeps it"


def test_a_form_that_is_not_right_says_why_and_keeps_what_was_typed(small_city: SmallCity) -> None:
    registrar = signed_in(small_city.registrar())
    for changed, words in (
        ({"ends_on": "明年"}, "使用期的日期没有看懂"),
        ({"picture": ""}, "请选择印章的图片"),
        ({"kind": []}, "请选择用在哪些证书、证明上"),
        ({"picture": SimpleUploadedFile("章.png", b"GIF89a")}, "系统不接收"),
    ):
        answer = registrar.post(NEW, form(**changed))
        page = answer.content.decode()
        assert (answer.status_code, words in page) == (409, True), words
        assert "每天出具的学籍证明很多" in page
    assert registrar.get("/manage/seals/new/attestation_seal/").status_code == 404
    assert signed_in(small_city.proofreader()).get(NEW).status_code == 404


def test_refused_by_the_clerk_and_taken_back_by_who_proposed(small_city: SmallCity) -> None:
    city = small_city
    seal = f"{HOME}{proposed(city)}/"
    registrar, clerk = signed_in(city.registrar()), signed_in(city.clerk())
    assert "不予批准" in text(clerk, seal)
    posted(clerk, seal, {"act": "refuse", "reason_code": "99", "reason": "印模不清楚"})
    assert "印模不清楚" in text(registrar, seal)
    again = f"{HOME}{proposed(city)}/"
    posted(registrar, again, {"act": "retract"})
    assert "已撤回" in text(registrar, again)
    assert clerk.post(again, {"act": "nothing"}).status_code == 404


def test_a_bureau_sees_its_schools_seals_and_the_picture_is_shown_to_nobody_else(small_city: SmallCity) -> None:
    city = small_city
    seal = f"{HOME}{approved(city)}/"
    bureaus = f"{HOME}{proposed(city, by=city.clerk(QINHUAI))}/"
    listed = text(signed_in(city.head(QINHUAI)), HOME)
    assert seal in listed
    assert bureaus in listed
    assert "秦淮云锦小学" in listed
    assert seal not in text(signed_in(city.head(QINHUAI)), f"{HOME}?state=refused")
    foreign = [city.registrar(JUNIOR), city.clerk(BAIXIA), city.head(BAIXIA), city.actor(CITY, Role.RESEARCH)]
    for actor in foreign:
        client = signed_in(actor)
        for path in (seal, f"{seal}picture/", f"{seal}sample/{PROOF}/"):
            assert client.get(path).status_code == 404
            assert client.post(path, {"act": "withdraw", "reason": "不是本校"}).status_code in (404, 405)
    own = signed_in(city.registrar())
    assert own.get(bureaus).status_code == 404, "a school looks at no seal of its bureau"
    assert own.get(f"{bureaus}picture/").status_code == 404
    assert own.get(f"{HOME}{uuid4()}/").status_code == 404
    assert bureaus not in text(own, HOME)


def test_a_notice_leads_to_the_seal(small_city: SmallCity) -> None:
    city = small_city
    seal = approved(city)
    withdrawn(city, seal)
    assert f"{HOME}{seal}/" in text(signed_in(city.registrar()), "/changes/notices/")
    with acting_system():
        assert Certificate.objects.count() == 0
