"""版式: a bureau changes words and sheet, tries them with a sample; its head decides; what was issued stays."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

import pytest

from tests.small_city import BAIXIA_PRIMARY, CITY, PRIMARY, SmallCity
from xueji.duties.certificates import services
from xueji.duties.certificates.place_words import PLACE_WORDS, in_codes, in_words
from xueji.duties.certificates.services import Wanted, templating
from xueji.duties.certificates.tests.attested import DIPLOMA, attest, leaver, paper
from xueji.duties.certificates.tests.support import issue, text_of
from xueji.duties.certificates.verification import verify
from xueji.ground.accounts.context import acting, acting_system
from xueji.ground.documents.inspection import read_text
from xueji.ground.organisations import selectors as organisations
from xueji.ground.parameters.loader import load_layers
from xueji.ground.parameters.schema.certificates import PLACES, ROLL_PLACES, SHEET_PLACES, TRANSFER_PLACES
from xueji.ground.parameters.services import load_rulebooks
from xueji.pure.kernel.environment import LOCAL_ZONE, SeededEnvironment
from xueji.pure.kernel.types import Actor, Refused
from xueji.registry.register.tests.lives import Lives

pytestmark = pytest.mark.django_db

PROOF = services.PROOF
NEW = (
    "现证明{name}（{gender}，{birth_date}出生）为我校{grade}{class_name}学生，"
    "学籍号 {registration_number}，截至{on}在册。"
)
FROM = date(2008, 9, 10)


def _decide(actor: Actor, kind: str, wanted: Wanted, on: date = FROM) -> None:
    with acting(actor) as who:
        services.decide_template(actor=who, kind=kind, wanted=wanted, starts_on=on, basis="宁教学〔2008〕21号")


def test_new_words_hold_from_their_day_and_what_was_issued_keeps_its_own(
    lives: Lives, environment: SeededEnvironment
) -> None:
    city, pupil = lives.city, lives.open(name="张小明")
    first = issue(city, pupil.student)
    _decide(city.head(CITY), PROOF, Wanted(body=NEW, seal="学校公章"))
    _decide(city.head(), PROOF, Wanted(note="咨询电话 025-00000000。"))
    assert "现证明" not in text_of(issue(city, pupil.student).pdf)
    environment.move_to(datetime(2008, 9, 10, 9, tzinfo=LOCAL_ZONE))
    later = issue(city, pupil.student)
    text = text_of(later.pdf)
    for said in ("现证明张小明（男", "学校公章", "咨询电话025-00000000"):
        assert said in text, said
    # Another district's schools have the city's words without the note.
    other = lives.open(BAIXIA_PRIMARY)
    elsewhere = text_of(issue(city, other.student, by=city.registrar(BAIXIA_PRIMARY)).pdf)
    assert ("现证明" in elsewhere, "咨询电话" in elsewhere) == (True, False)
    with acting(city.registrar()) as actor:
        again = services.reprint(actor=actor, certificate=first.id)
        assert text_of(again.pdf) == text_of(first.pdf)
        for one in (first, later):
            assert verify(one.statement, printed=read_text(one.pdf, "a.pdf")).result == "valid"
    with acting(city.head(CITY)):
        (version,) = templating.versions(organisations.by_id(city.id(CITY)))[PROOF]
    assert (version.since, version.until, version.basis) == (FROM, None, "宁教学〔2008〕21号")


def test_what_a_bureau_may_not_change_is_refused_with_all_that_speaks_against_it(small_city: SmallCity) -> None:
    head, clerk, district = small_city.head(CITY), small_city.clerk(CITY), small_city.head()
    with acting(head):
        sheet = templating.own_book(organisations.by_id(small_city.id(CITY))).certificates[DIPLOMA].sheet
    assert sheet is not None
    away = replace(sheet, frames=tuple(replace(one, x=sheet.width) for one in sheet.frames), code_size=20)
    unsized = replace(sheet, places=tuple(replace(one, size=float("nan")) for one in sheet.places))
    for actor, kind, wanted, on, told in (
        (head, DIPLOMA, Wanted(sheet=unsized), FROM, "超出允许的范围"),
        (head, DIPLOMA, Wanted(sheet=replace(sheet, code_x=-5)), FROM, "超出纸面"),
        (head, PROOF, Wanted(body="兹证明{name}在读。"), FROM, "缺少{学籍号}"),
        (head, PROOF, Wanted(body=f"{NEW}{{id_number}}"), FROM, "不认识{id_number}"),
        (head, PROOF, Wanted(body=NEW), date(2008, 9, 1), "最早为明天"),
        (head, PROOF, Wanted(), FROM, "没有改动"),
        (head, PROOF, Wanted(sheet=sheet), FROM, "没有版面"),
        (head, DIPLOMA, Wanted(sheet=away), FROM, "超出纸面；二维码不能缩小"),
        (head, DIPLOMA, Wanted(sheet=replace(sheet, places=sheet.places[1:])), FROM, "不能增减"),
        (clerk, PROOF, Wanted(body=NEW), FROM, "由教育局负责人决定"),
        (district, PROOF, Wanted(body=NEW), FROM, "由市教育局规定"),
        (small_city.deputy_head(), PROOF, Wanted(body=NEW), FROM, "由教育局办理"),
    ):
        with pytest.raises(Refused) as refused:
            _decide(actor, kind, wanted, on)
        assert told in refused.value.message, told
        assert refused.value.basis


@pytest.mark.slow
def test_a_moved_sheet_is_tried_with_a_sample_and_prints_what_is_attested_afterwards(
    lives: Lives, environment: SeededEnvironment
) -> None:
    city, head = lives.city, lives.city.head()
    with acting(head) as actor:
        sheet = templating.own_book(organisations.by_id(actor.organisation)).certificates[DIPLOMA].sheet
        assert sheet is not None
        frames = tuple(
            replace(one, label="区教育局验印章" if "验印" in one.label else one.label) for one in sheet.frames
        )
        wanted = Wanted(sheet=replace(sheet, frames=frames, code_x=sheet.code_x + 5))
        sample = text_of(services.preview(actor=actor, kind=DIPLOMA, wanted=wanted))
    assert "区教育局验印章" in sample
    assert "样张" in sample
    before = attest(city, [leaver(lives).student]).certificates[0]
    _decide(head, DIPLOMA, wanted)
    environment.move_to(datetime(2008, 9, 10, 9, tzinfo=LOCAL_ZONE))
    after = attest(city, [leaver(lives).student]).certificates[0]
    with acting(city.registrar(PRIMARY)) as actor:
        services.receive_blanks(actor=actor, kind=DIPLOMA, first="A1", last="A9", received_on=date(2008, 9, 10))
        for number in (before, after):
            assert services.print_papers(actor=actor, certificates=[paper(number).id], first_blank="").count == 1


@pytest.mark.slow
def test_loading_the_files_again_leaves_what_a_bureau_decided_on_a_page(
    small_city: SmallCity, environment: SeededEnvironment
) -> None:
    _decide(small_city.head(CITY), PROOF, Wanted(body=NEW))
    _decide(small_city.head(), PROOF, Wanted(note="咨询电话 025-00000000。"))
    with acting_system() as system:
        ids = {code: key for code, key in small_city.organisations.items() if len(code) == 6}
        assert load_rulebooks(actor=system, organisations=ids, layers=load_layers()).loaded == ()
        kind = templating.own_book(organisations.by_id(small_city.id("320104")), FROM).certificates[PROOF]
    assert (kind.body, kind.footer.endswith("025-00000000。")) == (NEW, True)


def test_a_bureau_reads_and_writes_the_places_in_the_words_of_a_form() -> None:
    assert set(PLACE_WORDS) == {*SHEET_PLACES, *PLACES, *TRANSFER_PLACES, *ROLL_PLACES}
    assert len(set(PLACE_WORDS.values())) == len(PLACE_WORDS)
    shown = in_words("兹证明{name}，{birth_year}年生，{nobody}")
    assert shown == "兹证明{姓名}，{出生年}年生，{nobody}"
    assert in_codes(shown) == "兹证明{name}，{birth_year}年生，{nobody}"


def test_a_sample_of_the_sheet_as_it_is_needs_no_change(small_city: SmallCity) -> None:
    with acting(small_city.head()) as actor:
        assert services.preview(actor=actor, kind="graduation_certificate", wanted=Wanted()).startswith(b"%PDF")
