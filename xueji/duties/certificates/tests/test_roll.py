"""毕业生花名册: a paper with number and code, of what was attested alone; verified and voided like any other."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from django.db import IntegrityError, transaction

from tests.small_city import CITY, JUNIOR, PRIMARY, QINHUAI, SmallCity
from xueji.doors.web.tests.support import signed_in
from xueji.duties.certificates import services, verification
from xueji.duties.certificates.models import Certificate
from xueji.duties.certificates.paper import Paper, print_paper
from xueji.duties.certificates.samples import SAMPLE_FACTS
from xueji.duties.certificates.services import Wanted, templating
from xueji.duties.certificates.services.issuing import signed
from xueji.duties.certificates.tests.attested import ask, attest, leaver, paper, step
from xueji.duties.certificates.tests.support import issue, text_of
from xueji.ground.accounts.context import acting, acting_system
from xueji.ground.disclosure.models import Disclosure
from xueji.ground.documents.inspection import read_text
from xueji.ground.keys import services as keys
from xueji.ground.organisations import selectors as organisations
from xueji.ground.parameters.build import rulebook_from_files
from xueji.pure.kernel.types import Actor, Refused
from xueji.registry.register.models import Student
from xueji.registry.register.tests.lives import Lives

pytestmark = pytest.mark.django_db
ROLL = "graduate_roll"


def _attested(lives: Lives, *names: str, out: str = "") -> UUID:
    """An attested order of graduates of these names; ``out`` is left out by the bureau."""
    pupils = [leaver(lives, name=name).student for name in (*names, *([out] if out else []))]
    order = ask(lives.city, pupils).order
    step(lives.city, order, "decide")
    step(lives.city, order, "examine", leave_out={len(pupils): "成绩待核"} if out else None)
    step(lives.city, order, "approve")
    return order


def roll(city: SmallCity, order: UUID, by: Actor | None = None) -> Any:
    with acting(by or city.registrar()) as actor:
        return services.roll(actor=actor, order=order)


def test_the_roll_lists_what_was_attested_and_its_code_binds_school_year_kind_count_and_words(lives: Lives) -> None:
    city = lives.city
    order = _attested(lives, "甲一", "乙二", out="丙三")
    made = roll(city, order, city.clerk(QINHUAI))  # the bureau prints it as well
    assert made.number == f"{PRIMARY}-册-2008-00001"
    text = text_of(made.pdf)
    for said in ("毕业生花名册", "甲一", "乙二", "共2人", "另有1人未予验印", "秦淮区教育局核对验印", made.number):
        assert said in text, said
    assert "丙三" not in text
    with acting(city.registrar()):
        words = read_text(made.pdf, "花名册.pdf")
        found = verification.verify(made.statement, printed=words)
        assert (found.result, found.compared) == ("valid", True)
        assert verification.verify(made.statement, printed=words.replace("甲一", "甲二")).result == "invalid"
        (of_file,) = verification.verify_file(made.pdf, "花名册.pdf")
        assert of_file.result == "valid"
    said_by_code = found.statement
    assert said_by_code is not None
    assert (said_by_code.kind, said_by_code.school, said_by_code.registration) == (ROLL, "秦淮云锦小学", "")
    assert said_by_code.name == "2008年小学毕业证书 2 人"
    page = signed_in(city.head(QINHUAI)).post("/certificates/check/", {"text": made.statement}).content.decode()
    for shown in ("查验通过", "名册", "2008年小学毕业证书 2 人"):
        assert shown in page
    assert "2008 年以前离校" not in page
    with acting_system():
        (row,) = Certificate.objects.filter(kind=ROLL).values()
        log = Disclosure.objects.filter(kind="print").latest("at")
    assert "甲一" not in json.dumps(row, default=str, ensure_ascii=False)
    assert log.ground == f"打印毕业生花名册 {made.number}"


def test_the_same_roll_is_printed_again_until_a_paper_of_it_is_voided(lives: Lives) -> None:
    city = lives.city
    order = _attested(lives, "甲一", "乙二")
    first = roll(city, order)
    again = roll(city, order, city.head(QINHUAI))
    assert (again.number, again.statement, text_of(again.pdf)) == (first.number, first.statement, text_of(first.pdf))
    with acting(city.deputy_head()) as actor:
        services.void(actor=actor, certificate=paper(f"{PRIMARY}-毕-2008-00002").id, reason="印错", ground="misprint")
    with pytest.raises(Refused, match=f"花名册 {first.number} 出具以后名单有了变化") as refused:
        roll(city, order)
    assert (refused.value.code, bool(refused.value.basis)) == ("certificate.changed", True)
    with acting(city.registrar()) as actor, pytest.raises(Refused, match="名单有了变化"):
        services.reprint(actor=actor, certificate=first.id)
    with acting(city.clerk(QINHUAI)) as actor:
        services.void(actor=actor, certificate=first.id, reason="一份证书作废")
        assert verification.verify(first.statement).result == "voided"
        with pytest.raises(Refused, match="已作废"):
            services.reprint(actor=actor, certificate=first.id)
    second = roll(city, order)
    assert second.number.endswith("00002")
    assert "已作废" in text_of(second.pdf)
    assert paper(second.number).replaces_id == first.id
    with acting_system():
        row = Certificate.objects.get(number=second.number)
        row.id, row.number = UUID(int=7), "X"
        with pytest.raises(IntegrityError), transaction.atomic():
            row.save(force_insert=True)


def test_what_the_register_does_not_bear_out_any_more_has_no_roll(lives: Lives) -> None:
    pupil = leaver(lives, name="甲一")
    order = attest(lives.city, [pupil.student]).order
    with acting_system():
        Student.objects.filter(pk=pupil.student).update(name="张改名")
    with pytest.raises(Refused, match="验印以后学籍记录已有变化") as refused:
        roll(lives.city, order)
    assert refused.value.basis
    with acting_system():
        assert not Certificate.objects.filter(kind=ROLL).exists()


def test_a_roll_is_given_out_of_an_attested_order_alone_and_by_whose_it_is(lives: Lives) -> None:
    city, pupil = lives.city, leaver(lives)
    order = ask(city, [pupil.student]).order
    for by, code in (
        (city.registrar(), "not_attested_yet"), (city.clerk(QINHUAI), "not_attested_yet"),
        (city.proofreader(), "post"), (city.clerk("320103"), "no_order"), (city.registrar(JUNIOR), "no_order"),
        (city.clerk(CITY), "post"),
    ):  # fmt: skip
        with pytest.raises(Refused) as refused:
            roll(city, order, by)
        assert (refused.value.code, bool(refused.value.basis)) == (f"certificate.{code}", True)
    with pytest.raises(Refused, match="按验印申请出具，不为一名学生出具"):
        issue(city, pupil.student, kind=ROLL)
    assert signed_in(city.registrar()).post(f"/certificates/{ROLL}/for/{pupil.student}/", {}).status_code == 404


def test_the_roll_stands_among_the_papers_and_on_the_page_of_its_order(lives: Lives) -> None:
    city = lives.city
    order = _attested(lives, "甲一")
    registrar, clerk = signed_in(city.registrar()), signed_in(city.clerk(QINHUAI))
    url = f"/certificates/attestations/{order}/"
    assert registrar.post(f"{url}roll/").content.startswith(b"%PDF")
    number = f"{PRIMARY}-册-2008-00001"
    assert number in registrar.get(url).content.decode()
    for client in (registrar, clerk):
        listed = client.get(f"/certificates/?kind={ROLL}").content.decode()
        assert number in listed
        assert "验印申请 · 毕业证书 · 1 人" in listed
        made = paper(number)
        page = client.get(f"/certificates/{made.id}/").content.decode()
        assert f'href="{url}"' in page
        assert "/pupils/" not in re.sub(r"<nav.*?</nav>", "", page, flags=re.DOTALL).split("<main", 1)[-1]
        assert client.post(f"/certificates/{made.id}/print/").content.startswith(b"%PDF")
    assert clerk.post(f"/certificates/{made.id}/void/", {"reason": "重印"}).status_code == 302
    assert "作废）" in registrar.get(url).content.decode()
    assert signed_in(city.registrar(JUNIOR)).get(f"/certificates/{made.id}/").status_code == 404


def test_a_bureau_tries_the_words_of_sheet_and_roll_with_a_sample_and_brings_them_into_force(lives: Lives) -> None:
    city = lives.city
    sheet, listed = (rulebook_from_files(date(2008, 9, 1)).certificates[kind] for kind in ("transfer_sheet", ROLL))
    with acting(city.head(CITY)) as actor:
        receipt = sheet.receipt.replace("请注销其", "请及时注销其")
        wanted = Wanted(receipt=receipt, seal="学籍专用章")
        tried = text_of(services.preview(actor=actor, kind="transfer_sheet", wanted=wanted))
        for said in ("请及时注销其", "学籍专用章", "样张省样张市样张区", SAMPLE_FACTS["name"]):
            assert said in tried, said
        with pytest.raises(Refused, match="回执里缺少"):
            services.preview(actor=actor, kind="transfer_sheet", wanted=Wanted(receipt="学生{name}已到校。"))
        with pytest.raises(Refused, match="没有回执"):
            services.preview(actor=actor, kind=ROLL, wanted=Wanted(receipt=receipt))
        words = Wanted(body=listed.body.replace("核对验印", "核对并验印"))
        assert "核对并验印" in text_of(services.preview(actor=actor, kind=ROLL, wanted=words))
        for kind, change in (("transfer_sheet", wanted), (ROLL, words)):
            services.decide_template(
                actor=actor, kind=kind, wanted=change, starts_on=date(2008, 9, 10), basis="宁教学〔2008〕21号"
            )
        book = templating.own_book(organisations.by_id(actor.organisation))
        later = book.on(date(2008, 9, 10)).certificates
    assert (later["transfer_sheet"].receipt, later[ROLL].body) == (receipt, words.body)
    page = signed_in(city.head(CITY)).get("/certificates/templates/transfer_sheet/").content.decode()
    assert "{学籍号}" in page.split('id="t-receipt"', 1)[1][:300]
    with acting(city.head()) as actor, pytest.raises(Refused, match="正文、回执、页脚和用印由市教育局规定"):
        services.preview(actor=actor, kind="transfer_sheet", wanted=Wanted(receipt=receipt))


@pytest.mark.slow
def test_a_roll_of_many_pages_is_verified_whole(lives: Lives) -> None:
    kind = rulebook_from_files(date(2008, 9, 1)).certificates[ROLL]
    rows = tuple(
        (str(place), f"毕-{place}", "丁一", "男", "1996年3月4日", "0", "六（1）班", "", "") for place in range(600)
    )
    draft = Paper(kind, "册-1", SAMPLE_FACTS, "", "", date(2008, 9, 1), None, rows=rows)
    made = signed(draft, "", "2008年小学毕业证书 600 人", "样张学校")
    key = keys.public_key()
    (found,) = verification.verify_file(print_paper(made), "花名册.pdf", public_key=key)
    assert (found.result, found.compared) == ("valid", True)
    other = replace(made, rows=(*rows[:-1], (*rows[-1][:2], "丁二", *rows[-1][3:])))
    (changed,) = verification.verify_file(print_paper(other), "花名册.pdf", public_key=key)
    assert changed.result == "invalid"
