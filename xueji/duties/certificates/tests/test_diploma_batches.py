"""A bureau prints its schools' diplomas in one order: what is attested and borne out, each on its school's blank."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

import pypdfium2
import pytest

from tests.small_city import BAIXIA, JUNIOR, PRIMARY, QINHUAI
from xueji.doors.web.tests.support import signed_in
from xueji.duties.certificates import selectors, services, verification
from xueji.duties.certificates.leavers import WhyNot
from xueji.duties.certificates.models import Batch, BatchPart, Blank, Certificate
from xueji.duties.certificates.rolls import open_left_out
from xueji.duties.certificates.services import batching
from xueji.duties.certificates.tests.attested import DIPLOMA, attest, attest_at, junior_leaver, leaver, paper, stock
from xueji.duties.certificates.tests.support import text_of
from xueji.ground.accounts.context import acting, acting_system
from xueji.ground.disclosure.models import Disclosure
from xueji.ground.documents.inspection import read_codes, read_text
from xueji.pure.kernel.environment import SeededEnvironment
from xueji.pure.kernel.operations import SetFields
from xueji.pure.kernel.types import Actor, Refused
from xueji.registry.register.tests.lives import Lives

pytestmark = pytest.mark.django_db


def order(actor: Actor, **wanted: object) -> UUID:
    with acting(actor):
        return services.order_diplomas(actor=actor, kind=DIPLOMA, year=2008, **wanted)  # type: ignore[arg-type]


def test_a_districts_diplomas_are_one_order_by_school_and_class_with_the_roll_and_who_is_left_out(lives: Lives) -> None:
    city, clerk = lives.city, lives.city.clerk()
    later = leaver(lives, name="丙三", class_no=2).student
    first = [leaver(lives, name=name).student for name in ("甲一", "阿卜杜拉·买买提·吐尔逊江𠮷䶮")]
    unattested = leaver(lives, name="丁四").student
    attest(city, [later, *first])
    attest_at(city, JUNIOR, [junior_leaver(lives, name="戊五").student])
    stock(city, "JS001", "JS009")
    stock(city, "JS101", "JS109", JUNIOR)
    with acting(clerk):
        seen = selectors.outlooks(city.id(QINHUAI), selectors.diploma_kinds()[0], 2008)
        assert [(one.leavers, one.ready, dict(one.left_out), one.blanks) for one in seen] == [
            (4, 3, {WhyNot.NOT_ATTESTED: 1}, 9), (1, 1, {}, 9),
        ]  # fmt: skip
        assert selectors.leaving_years(city.id(QINHUAI)) == [2008]
    batch = order(clerk)
    assert order(clerk) == batch  # the same order twice is one
    done = services.carry_out(actor=clerk, batch=batch)
    assert (done.total, done.done, done.failed, done.cards, done.left_out) == (2, 2, 0, 4, 1)
    with acting(clerk) as actor:
        primary, junior = selectors.batch_parts(batch)
        assert [primary.title, junior.title] == ["秦淮云锦小学", "秦淮致远中学"]
        assert {one.student: one.code for one in open_left_out(primary)} == {unattested: "certificate.not_attested_yet"}
        printed = [Certificate.objects.get(pk=one) for one in primary.certificates]
        assert [one.student for one in printed] == [*first, later]  # by class, then by number
        on = [Blank.objects.get(certificate=one.pk).serial for one in printed]
        assert on == ["JS001", "JS002", "JS003"]  # in the order of the pages
        files = services.part_files(actor=actor, part=primary.id)
        assert files.sheets is not None
        assert len(pypdfium2.PdfDocument(files.sheets)) == 3
        assert len(read_codes(files.sheets, "application/pdf", "证书.pdf")) == 3
        roll = text_of(files.roll)
        assert all(word in roll for word in ("毕业生花名册", "甲一", "JS003", "秦淮区教育局", printed[2].number))
        (code, _), *_more = read_codes(files.roll, "application/pdf", "花名册.pdf")
        checked = verification.verify(code, printed=read_text(files.roll, "花名册.pdf"))
        assert (checked.result, checked.statement and checked.statement.name) == (
            "valid", "2008年小学毕业证书 3 人",
        )  # fmt: skip
        (logged,) = Disclosure.objects.filter(kind="print", ground__contains="毕业生花名册")
        assert set(logged.subjects) == {one.student for one in printed}


def test_what_was_printed_voided_changed_or_has_no_blank_is_left_out_with_its_reason(lives: Lives) -> None:
    city, clerk = lives.city, lives.city.clerk()
    pupils = {name: leaver(lives, name=name) for name in ("甲一", "乙二", "丙三", "丁四", "戊五")}
    numbers = attest(city, [one.student for one in pupils.values()]).certificates
    stock(city, "JS001", "JS002")
    with acting(city.registrar()) as actor:
        services.print_papers(actor=actor, certificates=[paper(numbers[0]).pk], first_blank="JS001")
    with acting(city.deputy_head()) as actor:
        services.void(actor=actor, certificate=paper(numbers[1]).pk, reason="姓名有误", ground="misprint")
    lives.change(pupils["丙三"], "correction", date(2008, 7, 2), SetFields({"name": "丙山"}))
    batch = order(clerk, schools=[city.id(PRIMARY)])
    done = services.carry_out(actor=clerk, batch=batch)
    assert (done.cards, done.left_out) == (1, 4)
    with acting(clerk):
        (part,) = selectors.batch_parts(batch)
        left = {one.student: one for one in open_left_out(part)}
    assert {name: left[child.student].code for name, child in pupils.items() if child.student in left} == {
        "甲一": "certificate.printed", "乙二": "certificate.voided", "丙三": "certificate.changed",
        "戊五": "certificate.blanks_short",
    }  # fmt: skip
    assert "空白证书 JS001 上" in left[pupils["甲一"].student].message
    with acting_system():
        assert Blank.objects.get(serial="JS002").certificate_id == paper(numbers[3]).pk


def test_an_order_that_was_killed_goes_on_at_the_school_where_it_stopped(
    lives: Lives, monkeypatch: pytest.MonkeyPatch
) -> None:
    city, clerk = lives.city, lives.city.clerk()
    attest(city, [leaver(lives).student])
    attest_at(city, JUNIOR, [junior_leaver(lives).student])
    stock(city, "JS001", "JS009")
    stock(city, "JS101", "JS109", JUNIOR)
    batch = order(clerk)

    class Killed(BaseException):
        pass

    def kill(_: object) -> None:
        raise Killed

    with pytest.raises(Killed):
        services.carry_out(actor=clerk, batch=batch, tell=kill)
    with acting(clerk):
        first, second = selectors.batch_parts(batch)
        assert (first.state, second.state) == ("done", "waiting")
    assert services.carry_out(actor=clerk, batch=batch).cards == 2
    with acting(clerk):
        assert selectors.batch_parts(batch)[0].finished_at == first.finished_at
        assert list(Blank.objects.filter(state="used").order_by("serial").values_list("serial", flat=True)) == [
            "JS001", "JS101",
        ]  # fmt: skip


def test_files_are_swept_and_made_again_only_of_papers_that_stand_on_their_blank(
    lives: Lives, environment: SeededEnvironment
) -> None:
    city, clerk = lives.city, lives.city.clerk()
    attest(city, [leaver(lives, name="甲一").student, leaver(lives, name="乙二").student])
    stock(city, "JS001", "JS009")
    batch = order(clerk)
    services.carry_out(actor=clerk, batch=batch)
    with acting(clerk):
        (part,) = selectors.batch_parts(batch)
    with acting_system():
        assert batching.sweep_files() == 0
        environment.move_to(environment.now() + timedelta(days=8))
        assert batching.sweep_files() == 1
    with acting(city.registrar()) as actor:
        services.spoil_blank(actor=actor, blank=Blank.objects.get(serial="JS001").pk, reason="卡纸")
    with acting(clerk) as actor:
        files = services.part_files(actor=actor, part=part.id)
        assert files.sheets is not None
        assert len(pypdfium2.PdfDocument(files.sheets)) == 1
        assert "乙二" in text_of(files.roll)
        assert "甲一" not in text_of(files.roll)
        first, second = Certificate.objects.filter(kind="graduate_roll").order_by("number")
        assert (first.voided_at is None, second.voided_at, second.replaces_id) == (False, None, first.id)
        assert second.number in text_of(services.part_files(actor=actor, part=part.id).roll)
        with pytest.raises(Refused, match="在“成批打印证书”中再次打印"):
            services.reprint(actor=actor, certificate=second.id)
    listed = signed_in(city.registrar()).get("/certificates/?kind=graduate_roll").content.decode()
    assert "成批打印 · 毕业证书 · 秦淮云锦小学 · 1 份" in listed
    assert f"/certificates/{second.id}/print/" not in listed
    assert "成批打印 · 毕业证书" in signed_in(clerk).get(f"/certificates/{second.id}/").content.decode()
    # The spoilt one goes into the next order, on the next blank.
    again = order(clerk)
    assert services.carry_out(actor=clerk, batch=again).cards == 1
    with acting_system():
        assert Blank.objects.get(serial="JS003").certificate is not None


def test_only_the_bureau_orders_and_neither_its_neighbour_nor_the_school_sees_the_order(lives: Lives) -> None:
    city, clerk = lives.city, lives.city.clerk()
    attest(city, [leaver(lives).student])
    for actor, code in ((city.registrar(), "certificate.post"), (city.clerk(BAIXIA), "certificate.nobody")):
        with pytest.raises(Refused) as caught:
            order(actor)
        assert caught.value.code == code
    with pytest.raises(Refused, match="登记空白证书"):
        order(clerk)
    stock(city, "JS001", "JS009")
    batch = order(clerk)
    services.carry_out(actor=clerk, batch=batch)
    with acting_system():
        part = BatchPart.objects.get()
    for other in (city.clerk(BAIXIA), city.registrar()):
        with acting(other) as actor:
            assert not Batch.objects.exists()
            with pytest.raises(Refused, match="没有这一部分"):
                services.part_files(actor=actor, part=part.id)


def test_a_bureau_prints_with_the_offset_of_its_own_printer(lives: Lives) -> None:
    city, clerk = lives.city, lives.city.clerk()
    attest(city, [leaver(lives).student])
    stock(city, "JS001", "JS009")
    with acting(city.registrar()) as actor:
        of_school = services.keep_printer(actor=actor, name="教务处", dx=5, dy=0)
    with acting(clerk) as actor:
        own = services.keep_printer(actor=actor, name="普教科", dx=20, dy=-10)
        assert services.sample_sheet(actor=actor, kind=DIPLOMA, printer=own.pk).startswith(b"%PDF")
    with pytest.raises(Refused, match="没有这台打印机"):
        order(clerk, printer=of_school.pk)
    batch = order(clerk, printer=own.pk)
    assert services.carry_out(actor=clerk, batch=batch).cards == 1
