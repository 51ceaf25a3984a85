"""验印: requested by the school, attested by the competent bureau, only as the register says (clauses B2, B3, C2)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

import pytest
from django.db import IntegrityError, transaction

from tests.small_city import BAIXIA, CITY, GAOCHUN, JUNIOR, PRIMARY, QINHUAI
from xueji.doors.web.tests.support import signed_in
from xueji.duties.certificates import selectors, services, verification
from xueji.duties.certificates.claims import ArchiveLeaver
from xueji.duties.certificates.models import Certificate, Order, OrderLine
from xueji.duties.certificates.sealed import open_claims
from xueji.duties.certificates.services.attesting import digest_of
from xueji.duties.certificates.tests.attested import COMPLETION, DIPLOMA, LETTER, ask, attest, leaver, paper, step
from xueji.duties.certificates.tests.support import text_of
from xueji.ground.accounts.context import acting, acting_system
from xueji.ground.documents.inspection import read_codes, read_text
from xueji.ground.journals.selectors import entries_of_organisation
from xueji.pure.kernel.environment import LOCAL_ZONE, SeededEnvironment
from xueji.pure.kernel.operations import SetFields
from xueji.pure.kernel.types import Refused
from xueji.registry.cases import selectors as cases
from xueji.registry.register.tests.lives import Lives
from xueji.registry.reorganisation.plans import ActPlan
from xueji.registry.reorganisation.tests.acts import carry_through

pytestmark = pytest.mark.django_db


def refused(act: Callable[[], object]) -> Refused:
    with pytest.raises(Refused) as caught:
        act()
    assert caught.value.message.endswith("。")
    return caught.value


def test_a_class_goes_from_the_request_over_clerk_and_head_to_numbers_without_a_gap(lives: Lives) -> None:
    city = lives.city
    pupils = [leaver(lives).student for _ in range(3)]
    made = ask(city, pupils)
    assert made.title == "验印申请 · 毕业证书 · 3 人"
    assert refused(lambda: step(city, made.order, "examine")).code == "another_act_due"
    step(city, made.order, "decide")
    with acting(city.clerk()) as actor:
        assert [item.subject for item in cases.inbox(actor).waiting] == [made.order]
    step(city, made.order, "examine")
    done = step(city, made.order, "approve")
    assert done.certificates == tuple(f"{PRIMARY}-毕-2008-{serial:05d}" for serial in (1, 2, 3))
    with acting(city.registrar()) as actor:
        (view, *_) = selectors.lines(made.order)
        assert (view.state, view.number, view.facts["stage"]) == ("attested", done.certificates[0], "小学")
        with transaction.atomic(), pytest.raises(IntegrityError):
            OrderLine.objects.filter(order=made.order).update(claim_digest="")
    with acting_system():
        order = Order.objects.get(pk=made.order)
        assert digest_of(order) == order.digest
        (entry,) = [one for one in entries_of_organisation(city.id(QINHUAI)) if one.entry_id == order.entry]
        assert entry.basis["digest"] == order.digest
    again = refused(lambda: ask(city, [pupils[0]]))
    assert again.code == "certificate.issued_before"
    assert "同一种证书只发一次" in again.message


def test_what_is_missing_is_said_of_every_pupil_at_once(lives: Lives) -> None:
    good = leaver(lives).student
    wanting = leaver(lives, guardian_1_name=None, name="丁一").student
    no_month = leaver(lives, enrolment_month=None, name="䶮𠮷").student
    here = lives.open(name="买·买").student
    message = refused(lambda: ask(lives.city, [good, wanting, no_month, here])).message
    for said in (
        "有 3 人不能申请毕业证书",
        "丁一：该生电子档案尚未建全",
        "没有“入学年月”",
        "买·买：学籍库中没有该生符合",
    ):
        assert said in message, said
    finished = leaver(lives, how="completion").student
    assert refused(lambda: ask(lives.city, [finished])).code == "certificate.not_ended"
    assert ask(lives.city, [finished], kind=COMPLETION).lines == 1


def test_only_a_registrar_requests_and_a_school_issues_no_attested_kind_alone(lives: Lives) -> None:
    city, pupil = lives.city, leaver(lives).student
    for actor in (city.deputy_head(), city.clerk()):
        with acting(actor):
            asked = refused(lambda actor=actor: services.request(actor=actor, kind=DIPLOMA, students=[pupil]))  # type: ignore[misc]
            assert asked.code == "certificate.post"
    with acting(city.registrar()) as actor:
        alone = refused(lambda: services.issue(actor=actor, kind=DIPLOMA, student=pupil))
        assert "须经主管教育局验印" in alone.message
        proof = refused(lambda: services.request(actor=actor, kind=services.PROOF, students=[pupil]))
        assert proof.code == "certificate.not_attested"
    with acting(city.registrar(JUNIOR)) as actor:
        assert (
            refused(lambda: services.request(actor=actor, kind=DIPLOMA, students=[pupil])).code == "certificate.unknown"
        )


def test_a_claim_whose_register_changed_since_the_request_is_left_out_when_it_is_attested(lives: Lives) -> None:
    city = lives.city
    same, changed = leaver(lives), leaver(lives, name="王小明")
    order = ask(city, [same.student, changed.student]).order
    step(city, order, "decide")
    assert step(city, order, "examine").left_out == {}
    lives.change(changed, "correction", date(2008, 7, 2), SetFields({"name": "王晓明"}))
    done = step(city, order, "approve")
    assert list(done.left_out) == [2]
    assert "与学籍库不一致：姓名" in done.left_out[2]
    assert len(done.certificates) == 1
    # What was left out may be asked for anew, as the register says now.
    assert ask(city, [changed.student]).lines == 1


def test_a_leaver_who_went_on_is_attested_with_the_month_in_which_he_came_to_the_school_that_he_left(
    lives: Lives,
) -> None:
    """The bureau sees his new registration, his old school does not: both read the same claim."""
    gone_on = leaver(lives, name="欧阳𠮷")
    entered = [SetFields({"enrolment_month": "2008-09"})]
    junior = {"stage": "junior", "intake_year": 2008, "on": date(2008, 9, 1), "how": "enrolment"}
    lives.open(JUNIOR, student=gone_on.student, more=entered, **junior)
    done = attest(lives.city, [gone_on.student])
    assert done.left_out == {}
    with acting_system():
        line = OrderLine.objects.get()
        (claim,) = open_claims([line])
    assert (claim["enrolment_month"], claim["ended_on"]) == ("2002年9月", "2008年7月1日")


def test_attestation_is_refused_where_nobody_is_left_and_the_school_asks_again(lives: Lives) -> None:
    city, pupil = lives.city, leaver(lives)
    order = ask(city, [pupil.student]).order
    step(city, order, "decide")
    lives.change(pupil, "correction", date(2008, 7, 2), SetFields({"gender": "2"}))
    assert refused(lambda: step(city, order, "examine")).code == "certificate.nobody_left"
    with acting(city.clerk()) as actor:
        services.send_back(actor=actor, order=order, reason="性别与学籍库不一致")
    with acting(city.registrar()) as actor:
        services.resubmit(actor=actor, order=order)
    for act in ("decide", "examine"):
        step(city, order, act)
    assert len(step(city, order, "approve").certificates) == 1


def test_rows_that_the_clerk_picks_out_need_a_reason_and_a_stale_page_decides_nothing(lives: Lives) -> None:
    city = lives.city
    order = ask(city, [leaver(lives).student, leaver(lives).student]).order
    step(city, order, "decide")
    assert refused(lambda: step(city, order, "examine", leave_out={2: " "})).code == "certificate.row"
    assert refused(lambda: step(city, order, "examine", seen="0" * 64)).code == "changed_meanwhile"
    step(city, order, "examine", leave_out={2: "照片与本人不符"})
    assert step(city, order, "approve").certificates == (f"{PRIMARY}-毕-2008-00001",)
    with acting(city.registrar()):
        assert [view.reason for view in selectors.lines(order)] == ["", "照片与本人不符"]


def test_another_bureau_neither_sees_nor_attests_and_no_school_writes_what_only_the_head_may(lives: Lives) -> None:
    city = lives.city
    order = ask(city, [leaver(lives).student]).order
    with acting(city.head(BAIXIA)) as actor:
        assert selectors.order(order) is None
        assert refused(lambda: services.agree(actor=actor, order=order, act="approve")).code == "certificate.no_order"
    with acting(city.registrar()), transaction.atomic(), pytest.raises(Exception, match="head alone attests"):
        OrderLine.objects.filter(order=order).update(state="attested")
    with acting(city.registrar()) as actor:
        services.retract(actor=actor, order=order)
        assert selectors.order(order).state == "retracted"  # type: ignore[union-attr]


def test_a_misprint_may_be_attested_anew_a_lost_diploma_is_followed_by_the_letter_alone(lives: Lives) -> None:
    city, pupil = lives.city, leaver(lives).student
    assert refused(lambda: ask(city, [pupil], kind=LETTER)).code == "certificate.no_diploma"
    (first,) = attest(city, [pupil]).certificates
    with acting(city.registrar()) as actor:
        early = refused(
            lambda: services.void(actor=actor, certificate=paper(first).id, reason="打偏", ground="misprint")
        )
        assert early.code == "certificate.void_post"
    with acting(city.deputy_head()) as actor:
        services.void(actor=actor, certificate=paper(first).id, reason="打偏", ground="misprint")
    (second,) = attest(city, [pupil]).certificates
    assert second.endswith("00002")
    assert refused(lambda: ask(city, [pupil])).code == "certificate.issued_before"
    (letter,) = attest(city, [pupil], kind=LETTER).certificates
    assert letter == f"{PRIMARY}-补-2008-00001"
    with acting(city.head()) as actor:
        services.void(actor=actor, certificate=paper(second).id, reason="冒名", ground="withdrawn")
    assert "已撤销，不再发给" in refused(lambda: ask(city, [pupil])).message


def test_a_leaver_of_old_is_attested_from_the_paper_archive_without_the_nineteen_digits(lives: Lives) -> None:
    city = lives.city
    old = ArchiveLeaver("赵大年", "1", date(1980, 5, 6), "primary", "1987-09", "1993-07", "1993-小毕-12卷7页")
    late = ArchiveLeaver("钱小", "2", date(1997, 5, 6), "primary", "2003-09", "2009-07", "")
    why = refused(lambda: ask(city, [], kind=LETTER, archive=[late])).message
    assert "请写明纸质学籍档案的档案号" in why
    assert "2008-09 以前离校" in why
    order = ask(city, [], kind=LETTER, archive=[old]).order
    step(city, order, "decide")
    assert refused(lambda: step(city, order, "examine")).code == "certificate.paper_unseen"
    step(city, order, "examine", paper_seen=[1])
    (number,) = step(city, order, "approve").certificates
    with acting(city.registrar()) as actor:
        printed = services.print_papers(actor=actor, certificates=[paper(number).id])
        ((code, _),) = read_codes(printed.pdf, "application/pdf", "a.pdf")
        found = verification.verify(code, printed=read_text(printed.pdf, "a.pdf"))
    assert (found.result, printed.blanks) == (verification.Result.VALID, ())
    assert found.statement is not None
    assert (found.statement.registration, found.statement.name) == ("", "赵＊＊")
    assert "档案号1993-小毕-12卷7页），2008年秋季以前离校，无19位学籍号" in text_of(printed.pdf)
    assert refused(lambda: ask(city, [], kind=LETTER, archive=[old])).code == "certificate.issued_before"


def test_the_database_keeps_what_was_attested(lives: Lives) -> None:
    city, pupil = lives.city, leaver(lives).student
    (number,) = attest(city, [pupil]).certificates
    with acting(city.head()):
        for change in ({"register_digest": "0"}, {"attested_by": city.clerk().person}, {"line": None}):
            with transaction.atomic(), pytest.raises(IntegrityError):
                Certificate.objects.filter(number=number).update(**change)
        twin = paper(number)
        twin.pk, twin.number, twin.line = twin.registration, "x", None
        with transaction.atomic(), pytest.raises(IntegrityError):
            twin.save(force_insert=True)


def test_after_a_merger_of_districts_the_successor_withdraws_what_the_old_bureau_attested(
    lives: Lives, environment: SeededEnvironment
) -> None:
    city, pupil = lives.city, leaver(lives).student
    (number,) = attest(city, [pupil]).certificates
    environment.move_to(datetime(2008, 11, 3, 9, tzinfo=LOCAL_ZONE))
    plan = ActPlan((city.id(QINHUAI),), city.id(BAIXIA))
    carry_through(city, "district_merger", plan, bureau=CITY)
    attested = paper(number).id
    with acting(city.head(GAOCHUN)) as actor:
        away = refused(lambda: services.void(actor=actor, certificate=attested, reason="冒名", ground="withdrawn"))
        assert away.code == "certificate.no_order"
    client, url = signed_in(city.head(BAIXIA)), f"/certificates/{attested}/void/"
    assert url in client.get("/certificates/").content.decode()
    assert client.post(url, {"reason": "冒名", "ground": "withdrawn"}).status_code == 302
    assert paper(number).void_ground == "withdrawn"
