"""学生证: with photo and code, one or a school's at once; nobody gets one whom the register does not bear out."""

from __future__ import annotations

import io
import json
from pathlib import Path
from uuid import UUID

import pypdfium2
import pytest
from django.db import IntegrityError, transaction

from tests.small_city import PRIMARY
from xueji.duties.certificates import selectors, services, verification
from xueji.duties.certificates.cards import Card, typeset_cards
from xueji.duties.certificates.models import BatchPart, Certificate
from xueji.duties.certificates.rolls import open_left_out
from xueji.duties.certificates.services import batching
from xueji.duties.certificates.sheets import SAMPLE, SheetPaper
from xueji.duties.certificates.tests.support import code_by_opencv, issue, text_of
from xueji.ground.accounts.context import acting, acting_system
from xueji.ground.disclosure.models import Disclosure
from xueji.ground.documents.inspection import read_codes, read_text
from xueji.ground.parameters.build import rulebook_from_files
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.types import Actor, Refused
from xueji.registry.photos.tests.pictures import give_photo, portrait
from xueji.registry.register.tests.lives import Lives

CARD = "student_card"
LONG = "阿卜杜拉·买买提·吐尔逊江𠮷䶮"
pytestmark = pytest.mark.django_db


def test_a_card_shows_the_photo_both_numbers_and_a_code_that_binds_its_words(lives: Lives) -> None:
    child = lives.open(name=LONG)
    give_photo(lives.city, child.student, 1)
    made = issue(lives.city, child.student, kind=CARD, purpose="")
    text = text_of(made.pdf)
    with acting(lives.city.registrar()):
        (paper,) = selectors.issued(None)
    registered = f"{PRIMARY}20070101"
    for said in (LONG, "学生证", "秦淮云锦小学", registered, registered[-8:], made.number, "二（1）班"):
        assert said in text, said
    page = pypdfium2.PdfDocument(made.pdf)[0]
    assert [round(one / 72 * 25.4) for one in page.get_size()] == [90, 60]
    assert code_by_opencv(made.pdf, left=0.68) == made.statement
    assert paper.kind == CARD
    with acting(lives.city.registrar()):
        printed = read_text(made.pdf, "学生证.pdf")
        assert verification.verify(made.statement, printed=printed).result == "valid"
        altered = printed.replace("二（1）班", "三（1）班")
        assert verification.verify(made.statement, printed=altered).result == "invalid"


def test_without_a_photo_or_with_a_card_already_none_is_issued(lives: Lives) -> None:
    child = lives.open()
    with pytest.raises(Refused) as caught:
        issue(lives.city, child.student, kind=CARD)
    assert (caught.value.code, "照片采集" in caught.value.message) == ("certificate.no_photo", True)
    assert caught.value.basis
    give_photo(lives.city, child.student, 1)
    first = issue(lives.city, child.student, kind=CARD)
    with pytest.raises(Refused, match="已有学生证"):
        issue(lives.city, child.student, kind=CARD)
    with acting(lives.city.registrar()) as actor:
        assert services.reprint(actor=actor, certificate=first.id).statement == first.statement
        again = services.replace_card(actor=actor, certificate=first.id, reason="遗失")
        assert again.number != first.number
        assert verification.verify(first.statement).result == "voided"
        assert verification.verify(again.statement).result == "valid"
    give_photo(lives.city, child.student, 2)
    with acting(lives.city.registrar()) as actor, pytest.raises(Refused, match="已有变化"):
        services.reprint(actor=actor, certificate=again.id)


def test_two_cards_of_one_registration_cannot_stand_beside_each_other(lives: Lives) -> None:
    child = lives.open()
    give_photo(lives.city, child.student, 1)
    issue(lives.city, child.student, kind=CARD)
    with acting_system():
        one = Certificate.objects.get()
        one.id, one.number = UUID(int=7), "X"
        with pytest.raises(IntegrityError), transaction.atomic():
            one.save(force_insert=True)


def _school(lives: Lives) -> dict[str, UUID]:
    """Two classes: three with photos, one without, one whose record is not established."""
    made = {
        "甲": lives.open(name="甲一").student,
        "乙": lives.open(name=LONG).student,
        "丙": lives.open(name="丙三", intake_year=2006).student,
        "丁": lives.open(name="丁四").student,
        "戊": lives.open(name="戊五", intake_year=2006, guardian_1_name=None).student,
    }
    for seed, key in enumerate("甲乙丙戊"):
        give_photo(lives.city, made[key], seed)
    return made


def _batch(actor: Actor) -> UUID:
    with acting(actor):
        return services.order_batch(actor=actor, kind=CARD)


def test_a_batch_gives_cards_by_class_and_says_who_got_none(lives: Lives) -> None:
    made = _school(lives)
    registrar = lives.city.registrar()
    batch = _batch(registrar)
    assert _batch(registrar) == batch  # the same order twice is one
    done = services.carry_out(actor=registrar, batch=batch)
    assert (done.total, done.done, done.failed, done.cards, done.left_out) == (2, 2, 0, 3, 2)
    with acting(registrar) as actor:
        second, third = selectors.batch_parts(batch)
        assert [second.title, third.title] == ["二（1）班", "三（1）班"]
        left = {one.student: one.code for part in (second, third) for one in open_left_out(part)}
        assert left == {made["丁"]: "certificate.no_photo", made["戊"]: "certificate.not_established"}
        files = services.part_files(actor=actor, part=second.id)
        assert files.sheets is not None
        numbers = [Certificate.objects.get(pk=one).number for one in second.certificates]
        codes = read_codes(files.sheets, "application/pdf", "拼版.pdf")
        said = [verification.verify(text) for text, _ in codes]
        assert {one.statement.number for one in said if one.statement} == set(numbers)
        assert {one.result for one in said} == {"valid"}
        roll = text_of(files.roll)
        assert all(word in roll for word in (LONG, "甲一", "没有办理的1人", "丁四", "还没有照片", *numbers))
        assert round(pypdfium2.PdfDocument(files.sheets)[0].get_size()[0] / 72 * 25.4) == 210
        assert Disclosure.objects.filter(kind="print", ground__contains="拼版").count() == 1
        again = services.part_files(actor=actor, part=second.id)
        assert again.sheets == files.sheets


def test_a_batch_that_was_killed_goes_on_and_passes_finished_classes_over(
    lives: Lives, monkeypatch: pytest.MonkeyPatch
) -> None:
    _school(lives)
    registrar = lives.city.registrar()
    batch = _batch(registrar)

    class Killed(BaseException):
        pass

    def kill(_: object) -> None:
        raise Killed

    with pytest.raises(Killed):
        services.carry_out(actor=registrar, batch=batch, tell=kill)
    with acting(registrar):
        first, second = selectors.batch_parts(batch)
        assert (first.state, second.state) == ("done", "waiting")
        given = list(first.certificates)
    done = services.carry_out(actor=registrar, batch=batch)
    with acting(registrar):
        assert list(selectors.batch_parts(batch)[0].certificates) == given
        assert (done.cards, Certificate.objects.count()) == (3, 3)


def test_files_are_made_again_of_the_cards_that_the_register_still_bears_out(lives: Lives) -> None:
    """Where they were erased, and where a record has changed: no kept sheet prints around the register."""
    made = _school(lives)
    registrar = lives.city.registrar()
    batch = _batch(registrar)
    services.carry_out(actor=registrar, batch=batch)
    give_photo(lives.city, made["甲"], 9)  # his card shows another photo than his record now
    for erased in (False, True):
        with acting_system():
            if erased:
                BatchPart.objects.update(sheets=None, roll=None)
            assert batching.sweep_files() == 0
        with acting(registrar) as actor:
            part = selectors.batch_parts(batch)[0]
            files = services.part_files(actor=actor, part=part.id)
        assert files.sheets is not None
        assert len(read_codes(files.sheets, "application/pdf", "拼版.pdf")) == 1
        assert "已有变化" in text_of(files.roll)
    with acting_system():
        printed = Disclosure.objects.filter(kind="print", ground__contains="拼版").values_list("subjects", flat=True)
        assert list(printed) == [[made["乙"]]] * 2


def test_a_card_is_typeset_for_short_and_long_names_with_rare_characters() -> None:
    book = rulebook_from_files(today(), None)
    kind = book.certificates[CARD]
    facts = {**SAMPLE, "photo": ""}
    names = ("丁一", "欧阳𠮷䶮", str(SAMPLE["name"]))
    cards = [Card(SheetPaper({**facts, "name": name}, f"样-{name}", today()), portrait(1)) for name in names]
    pdf = typeset_cards(kind, cards)
    document = pypdfium2.PdfDocument(io.BytesIO(pdf))
    assert len(document) == 3
    for page, name in zip(document, names, strict=True):
        assert name in "".join(page.get_textpage().get_text_range().split())
    assert len(pypdfium2.PdfDocument(typeset_cards(kind, cards, imposed=True))) == 1


def test_the_note_in_the_folder_names_the_batch(tmp_path: Path) -> None:
    from xueji.doors.cli.card_batch import NOTE, _note

    _note(tmp_path, UUID(int=1))
    assert json.loads((tmp_path / NOTE).read_text(encoding="utf-8")) == {"batch": str(UUID(int=1))}
