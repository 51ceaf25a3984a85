"""Leavers of a closed school (clause B3): the keeper of its records has their papers attested, prints, voids them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from uuid import UUID, uuid4

import pytest

from tests.small_city import BAIXIA_PRIMARY, CITY, JUNIOR, NINE_YEAR, PRIMARY
from xueji.doors.web.tests.support import signed_in
from xueji.duties.certificates import selectors, services
from xueji.duties.certificates.claims import ArchiveLeaver
from xueji.duties.certificates.tests.attested import DIPLOMA, LETTER, ask, attest, leaver, paper
from xueji.duties.certificates.tests.support import issue, text_of
from xueji.duties.certificates.verification import verify
from xueji.ground.accounts.context import acting
from xueji.pure.kernel.environment import LOCAL_ZONE, SeededEnvironment
from xueji.pure.kernel.operations import SetSpell
from xueji.pure.kernel.types import Refused
from xueji.registry.register.tests.lives import Lives
from xueji.registry.reorganisation.plans import ActPlan
from xueji.registry.reorganisation.tests.acts import carry_through

pytestmark = pytest.mark.django_db


def test_the_keeper_of_a_closed_school_asks_for_attests_prints_and_voids_its_leavers_papers(
    lives: Lives, environment: SeededEnvironment
) -> None:
    city = lives.city
    first, second = leaver(lives, name="欧阳𠮷"), leaver(lives, name="丁一")
    (old,) = attest(city, [first.student]).certificates
    environment.move_to(datetime(2008, 11, 3, 9, tzinfo=LOCAL_ZONE))
    plan = ActPlan((city.id(PRIMARY),), city.id(NINE_YEAR), custodian=city.id(CITY))
    carry_through(city, "school_closure", plan, bureau=CITY)
    environment.move_to(datetime(2008, 12, 1, 9, tzinfo=LOCAL_ZONE))
    clerk, head = city.clerk(CITY), city.head(CITY)

    def asked(student: UUID, kind: str) -> str:
        with acting(clerk) as actor:
            order = services.request(actor=actor, kind=kind, students=[student]).order
            services.agree(actor=actor, order=order, act="examine")
        with acting(head) as actor:
            (number,) = services.agree(actor=actor, order=order, act="approve").certificates
        return number

    # The diploma that the school gave out before is printed, and a lost one attested anew in words.
    letter = paper(asked(first.student, LETTER))
    with acting(clerk) as actor:
        text = text_of(services.print_papers(actor=actor, certificates=[letter.id]).pdf)
        kept = "该校已于2008年11月3日撤销，"
        for said in ("在秦淮云锦小学小学学习", f"{kept}学籍档案由南京市教育局保管", f"{kept}由南京市教育局代发"):
            assert said in text, said
        services.receive_blanks(actor=actor, kind=DIPLOMA, first="JS01", last="JS04")
        made = services.print_papers(actor=actor, certificates=[paper(old).id])
        assert "代发" not in text_of(made.pdf)
        again = [paper(old).id]
        with pytest.raises(Refused, match="印坏的请先在空白证书登记中作废"):
            services.print_papers(actor=actor, certificates=again)
    diploma = paper(asked(second.student, DIPLOMA))
    with acting(clerk) as actor:
        text = text_of(services.print_papers(actor=actor, certificates=[diploma.id]).pdf)
        assert "该校已于2008年11月3日撤销，由南京市教育局代发" in text
        assert "秦淮云锦小学" in text
    # A misprint is voided by the keeper's head; the next one says which it takes the place of.
    with acting(head) as actor:
        services.void(actor=actor, certificate=diploma.id, reason="打偏", ground="misprint")
    anew = paper(asked(second.student, DIPLOMA))
    assert anew.replaces_id == diploma.id
    page = signed_in(clerk).get(f"/certificates/{diploma.id}/").content.decode()
    for said in ("打偏", "印制或填写有误", anew.number):
        assert said in page, said
    assert "欧阳𠮷" in signed_in(clerk).get("/certificates/attestations/new/").content.decode()
    with acting(city.registrar(JUNIOR)) as actor, pytest.raises(Refused, match="请选择"):
        services.print_papers(actor=actor, certificates=[paper(old).id])


def test_the_keeper_attests_leavers_of_old_from_the_closed_schools_paper_archive_and_no_other(
    lives: Lives, environment: SeededEnvironment
) -> None:
    city = lives.city
    typed = {
        "what": "archive", "name": "赵大年", "gender": "1", "birth_date": "19800506", "stage": "primary",
        "enrolled": "1987-09", "ended": "1993-07", "archive_number": "1993-小毕-12卷7页",
    }  # fmt: skip
    environment.move_to(datetime(2008, 11, 3, 9, tzinfo=LOCAL_ZONE))
    plan = ActPlan((city.id(PRIMARY),), city.id(NINE_YEAR), custodian=city.id(CITY))
    carry_through(city, "school_closure", plan, bureau=CITY)
    clerk, url = city.clerk(CITY), f"/certificates/attestations/new/{LETTER}/"
    client = signed_in(clerk)
    assert "毕业学校" in client.get(url).content.decode()
    assert client.post(url, {**typed, "school": str(city.id(PRIMARY))}).status_code == 302
    with acting(clerk) as actor:
        order = selectors.orders(None).get()
        services.agree(actor=actor, order=order.pk, act="examine", paper_seen=[1])
    with acting(city.head(CITY)) as actor:
        (number,) = services.agree(actor=actor, order=order.pk, act="approve").certificates
    with acting(clerk) as actor:
        text = text_of(services.print_papers(actor=actor, certificates=[paper(number).id]).pdf)
        assert "在秦淮云锦小学小学学习" in text
        assert "无19位学籍号，该校已于2008年11月3日撤销，学籍档案由南京市教育局保管" in text
        old = ArchiveLeaver("钱小", "2", date(1980, 5, 6), "primary", "1987-09", "1993-07", "1卷")
        for school, code in ((None, "archive_school"), (city.id(JUNIOR), "not_kept")):
            with pytest.raises(Refused) as refused:
                services.request(actor=actor, kind=LETTER, archive=[replace(old, school=school)])
            assert refused.value.code == f"certificate.{code}"


def test_a_guest_inside_the_register_gets_the_proof_of_attendance_from_the_host_alone(lives: Lives) -> None:
    city, child = lives.city, lives.open(name="买·买")
    attends = SetSpell(child.registration, "attends", str(city.id(BAIXIA_PRIMARY)))
    lives.change(child, "guest_study", date(2008, 8, 25), attends)
    kind, host = "proof_of_attendance", city.registrar(BAIXIA_PRIMARY)
    made = issue(city, child.student, kind=kind, by=host)
    text = text_of(made.pdf)
    assert "现为我校在读学生（借读，学籍在秦淮云锦小学）" in text
    with acting(host) as actor:
        assert verify(made.statement).result == "valid"
        certificate = paper(made.number)
        assert services.reprint(actor=actor, certificate=certificate.id).number == made.number
    for by, other, said in ((city.registrar(), kind, "由借读的学校出具"), (host, services.PROOF, "由学籍所在学校出具")):
        with pytest.raises(Refused, match=said):
            issue(city, child.student, kind=other, by=by)
    found = signed_in(host).post("/certificates/find/", {"q": "买·买"}).content.decode()
    assert f"/certificates/{kind}/for/{child.student}/" in found


def test_who_voided_a_paper_when_and_why_is_read_on_the_list_and_its_page_and_the_next_one_leads_to_it(
    lives: Lives,
) -> None:
    city, child = lives.city, lives.open(name="王小明")
    old = paper(issue(city, child.student).number)
    registrar = city.registrar()
    with acting(registrar) as actor:
        services.void(actor=actor, certificate=old.id, reason="用途写错")
    new = paper(issue(city, child.student).number)
    assert new.replaces_id == old.id
    page = signed_in(registrar)
    assert "用途写错" in page.get("/certificates/").content.decode()
    shown = page.get(f"/certificates/{old.id}/").content.decode()
    assert "用途写错" in shown
    assert f"/certificates/{new.id}/" in shown
    assert old.number in page.get(f"/certificates/{new.id}/").content.decode()
    for sent, there in (
        ({"text": "王小"}, {old.number, new.number}), ({"text": new.number}, {new.number}),
        ({"text": "王小", "state": "voided"}, {old.number}), ({"text": "无此人"}, set()),
        ({"text": "", "kind": "student_card"}, set()),
    ):  # fmt: skip
        answer = page.post("/certificates/", sent).content.decode()
        assert {number for number in (old.number, new.number) if f">{number}</a>" in answer} == there, sent
    assert signed_in(city.registrar(JUNIOR)).get(f"/certificates/{old.id}/").status_code == 404


def test_no_paper_is_reprinted_replaced_made_in_a_batch_printed_or_rolled_where_something_lacks(lives: Lives) -> None:
    city = lives.city
    child, gone = lives.open(), leaver(lives)
    proof = paper(issue(city, child.student).number)
    order = ask(city, [gone.student]).order
    with acting(city.registrar()) as actor:
        for act, code in (
            (lambda: services.replace_card(actor=actor, certificate=proof.id, reason="遗失"), "no_replacement"),
            (lambda: services.order_batch(actor=actor, kind=services.PROOF), "not_in_batch"),
            (lambda: services.order_batch(actor=actor, kind="student_card", classes=[uuid4()]), "nobody"),
            (lambda: services.print_papers(actor=actor, certificates=[proof.id]), "not_found"),
            (lambda: services.roll(actor=actor, order=order), "not_attested_yet"),
        ):
            with pytest.raises(Refused) as refused:
                act()
            assert refused.value.code == f"certificate.{code}"
            assert "student_card" not in refused.value.message
        services.void(actor=actor, certificate=proof.id, reason="印错")
        with pytest.raises(Refused, match="该证明已作废"):
            services.reprint(actor=actor, certificate=proof.id)
    stranger = city.registrar(JUNIOR)
    with acting(stranger) as actor:
        for act, code in (
            (lambda: services.reprint(actor=actor, certificate=proof.id), "not_found"),
            (lambda: services.roll(actor=actor, order=order), "no_order"),
        ):
            with pytest.raises(Refused) as refused:
                act()
            assert refused.value.code == f"certificate.{code}"
    with acting(city.proofreader()) as actor:
        for act in (
            lambda: services.reprint(actor=actor, certificate=proof.id),
            lambda: services.order_batch(actor=actor, kind="student_card"),
            lambda: services.print_papers(actor=actor, certificates=[proof.id]),
        ):
            with pytest.raises(Refused) as refused:
                act()
            assert refused.value.code == "certificate.post"
