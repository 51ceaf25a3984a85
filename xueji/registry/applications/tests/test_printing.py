"""Printed papers: form of every kind, acceptance slip, one-time list; each with a code that leads back to its file."""

from __future__ import annotations

import io
from datetime import datetime
from uuid import UUID

import pytest
from pypdf import PdfReader

from tests.small_city import PRIMARY, QINHUAI, Beginning, SmallCity
from xueji.ground.accounts.context import acting
from xueji.ground.documents.inspection import read_codes
from xueji.ground.parameters.selectors import rulebook
from xueji.pure.kernel.environment import LOCAL_ZONE, SeededEnvironment, today
from xueji.pure.kernel.types import Actor, Refused
from xueji.registry.applications import selectors, services
from xueji.registry.applications.papers import codes, facts, printing
from xueji.registry.applications.papers import selectors as papers
from xueji.registry.applications.services.lodging import school_rulebook
from xueji.registry.applications.tests.support import child, lodge, step, two_pupils
from xueji.registry.applications.tests.ways import lodge_from_outside
from xueji.registry.applications.tests.ways import papers as scanned

pytestmark = pytest.mark.usefixtures("fresh_database")
PDF = "application/pdf"
CLAIM = {"effective_on": "2008-09-22", "until": "2009-08-31", "reason_code": "illness", "reason": "术后休养"}


def words(pdf: bytes) -> str:
    return "".join("".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(pdf)).pages)


def code_of(pdf: bytes) -> codes.PaperCode | None:
    return codes.read(read_codes(pdf, PDF, "a.pdf")[0][0])


@pytest.fixture
def beginning() -> Beginning:
    return two_pupils


@pytest.fixture
def pupil(begun: UUID, environment: SeededEnvironment) -> UUID:
    environment.move_to(datetime(2008, 9, 22, 9, tzinfo=LOCAL_ZONE))
    return begun


@pytest.fixture
def suspension(small_city: SmallCity, pupil: UUID) -> UUID:
    with acting(small_city.registrar()) as actor:
        return services.lodge_change(
            actor=actor,
            kind="suspension",
            school=small_city.id(PRIMARY),
            student=pupil,
            claim=CLAIM,
            evidence=scanned(actor, ("application_form", "medical_proof")),
        ).application


def form(actor: Actor, application: UUID) -> bytes:
    with acting(actor):
        view = selectors.application(application, with_claim=True)
        assert view is not None
        book = school_rulebook(view.school, today())
        change = book.changes[view.kind]
        given = papers.given_keys(papers.papers_of(application, change))
        return printing.form(change, book, school=view.school, view=view, given=given)


def test_the_form_bears_claim_register_papers_and_a_frame_for_each_step(
    small_city: SmallCity, suspension: UUID
) -> None:
    pdf = form(small_city.registrar(), suspension)
    text = words(pdf)
    for part in ("休学申请表", str(child(1)["name"]), "2009年8月31日", "√因病", "术后休养", "分管校长审核", "必交"):
        assert part in text
    assert str(child(1)["id_number"]) not in text
    assert code_of(pdf) == codes.PaperCode(application=suspension)
    assert len(PdfReader(io.BytesIO(pdf)).pages) == 1


def test_a_decided_step_stands_in_its_frame_with_name_day_and_file_number(
    small_city: SmallCity, suspension: UUID
) -> None:
    step(small_city.proofreader(), suspension, "proofread")
    step(small_city.deputy_head(), suspension, "decide", reason="情况属实")
    step(small_city.clerk(QINHUAI), suspension, "examine")
    step(small_city.head(QINHUAI), suspension, "approve")
    text = words(form(small_city.registrar(), suspension))
    for part in ("同意：情况属实", "2008年9月22日", "秦淮区教育局负责人", "卷号320104-2008-08-0002"):
        assert part in text


def test_every_kind_has_a_blank_form_and_each_shape_of_form_a_prefilled_one(small_city: SmallCity, pupil: UUID) -> None:
    with acting(small_city.registrar()):
        book = school_rulebook(small_city.id(PRIMARY), today())
        prefilled: set[tuple[bool, bool]] = set()  # of the shapes of a form: a list or not, with a family or not
        for change in book.changes.values():
            if change.forbidden:
                continue
            if change.form == printing.REORGANISATION:  # about schools: no boxes of a pupil, no application at all
                with pytest.raises(Refused, match="凭批文办理，没有申请表"):
                    printing.form(change, book, school=small_city.id(PRIMARY))
                continue
            blank = printing.form(change, book, school=small_city.id(PRIMARY))
            said = words(blank)
            assert (change.form_title or f"{change.title}申请表") in said
            asked = [ask.label.removesuffix("代码") if ask.type == "school" else ask.label for ask in change.asks]
            assert all(label.replace(" ", "") in said for label in asked)
            assert code_of(blank) == codes.PaperCode(kind=change.kind)
            assert len(PdfReader(io.BytesIO(blank)).pages) <= 2
            if facts.is_list(change):
                assert "名单附后" in said
            family = facts.asks_family(change)
            assert ("监护人（申请人）" in said) is family, "what a school reports or lists asks no family"
            shape = (facts.is_list(change), family)
            if shape in prefilled:
                continue
            prefilled.add(shape)
            filled = printing.form(change, book, school=small_city.id(PRIMARY), student=pupil)
            assert str(child(1)["name"]) in words(filled)
            assert code_of(filled) == codes.PaperCode(student=pupil, kind=change.kind)


def test_the_slip_tells_the_parent_what_was_received_and_by_when_it_is_decided(
    small_city: SmallCity, suspension: UUID
) -> None:
    with acting(small_city.registrar()):
        view = selectors.application(suspension, with_claim=True)
        assert view is not None
        book = school_rulebook(view.school, today())
        pdf = printing.slip(view, book.changes["suspension"], book)
    text = words(pdf)
    due = book.calendar.due(today(), 20).on
    number = codes.receipt_number(suspension, today())
    for part in ("受理回执", number, "秦淮云锦小学", "2008年9月22日", f"{due.year}年{due.month}月{due.day}日", "休学"):
        assert part in text
    assert f"{str(child(1)['name'])[:1]}**" in text
    assert str(child(1)["name"]) not in text
    assert code_of(pdf) == codes.PaperCode(application=suspension, paper="slip")


def test_the_slip_of_a_roster_says_how_many(small_city: SmallCity) -> None:
    application = lodge(small_city, [child(1), child(2), child(3)]).application
    with acting(small_city.registrar()):
        view = selectors.application(application)
        assert view is not None
        book = school_rulebook(view.school, today())
        assert "共3人" in words(printing.slip(view, book.changes["enrolment"], book))


def test_the_form_and_slip_of_one_child_from_outside_name_him_before_the_register_knows_him(
    small_city: SmallCity,
) -> None:
    row = child(4, grade=3)
    lodged = lodge_from_outside(small_city, row)
    text = words(form(small_city.registrar(), lodged))
    assert str(row["name"]) in text
    assert "三（1）班" in text
    assert str(row["id_number"]) not in text, "masked"
    with acting(small_city.registrar()):
        view = selectors.application(lodged, with_claim=True)
        assert view is not None
        book = school_rulebook(view.school, today())
        assert str(row["name"])[0] in words(printing.slip(view, book.changes[view.kind], book))


def test_the_list_tells_at_once_what_is_needed_there_and_missing(small_city: SmallCity, pupil: UUID) -> None:
    with acting(small_city.registrar()):
        book = rulebook(today())
        change = book.changes["suspension"]
        pdf = printing.notice(change, book, school=small_city.id(PRIMARY), given={"application_form"}, student=pupil)
        complete = printing.notice(
            change, book, school=small_city.id(PRIMARY), given={one.key for one in change.evidence}
        )
    text = words(pdf)
    until = book.calendar.due(today(), 5).on
    assert "尚缺：县级以上医院病历或诊断证明，或有关部门证明。" in text
    assert f"{until.year}年{until.month}月{until.day}日前补交" in text
    assert code_of(pdf) == codes.PaperCode(student=pupil, kind="suspension")
    assert "必交材料已经齐全" in words(complete)


def test_a_name_that_no_font_holds_is_refused_in_words(small_city: SmallCity) -> None:
    with acting(small_city.registrar()):
        book = rulebook(today())
        from dataclasses import replace

        odd = replace(book.changes["suspension"], title="休学\U0010fffd")
        with pytest.raises(Refused, match="字库里没有的字"):
            printing.form(odd, book, school=small_city.id(PRIMARY))


def test_the_form_of_a_correction_says_what_stands_there_and_what_it_should_be(
    small_city: SmallCity, pupil: UUID
) -> None:
    with acting(small_city.registrar()) as actor:
        book = school_rulebook(small_city.id(PRIMARY), today())
        change = book.changes["key_correction"]
        before = words(printing.form(change, book, school=small_city.id(PRIMARY), student=pupil))
        application = services.lodge_key_correction(
            actor=actor,
            school=small_city.id(PRIMARY),
            student=pupil,
            values={"name": "石改名"},
            nature="wrong",
            reason="录入时抄错",
            evidence=scanned(actor, [paper.key for paper in change.evidence]),
        ).application
    after = words(form(small_city.registrar(), application))
    for part in ("学籍档案现为", "更正为", "出生日期", "身份证件号"):
        assert part in before
    assert f"姓名{child(1)['name']}石改名" in after
    assert str(child(1)["id_number"]) not in before
