"""The sheets of attested papers: every name fits, what the code vouches for is what stands there (clause B2)."""

from __future__ import annotations

import io
from datetime import date

import pypdfium2
import pytest
from pypdf import PdfReader

from tests.small_city import SmallCity
from xueji.duties.certificates import services, verification
from xueji.duties.certificates.services.printing import statements_of
from xueji.duties.certificates.sheets import SAMPLE, SheetPaper, mark_of, typeset_sheets
from xueji.duties.certificates.statement import text_mark
from xueji.duties.certificates.tests.attested import DIPLOMA, attest, leaver, paper
from xueji.duties.certificates.tests.support import text_of
from xueji.ground.accounts.context import acting, acting_system
from xueji.ground.disclosure.models import Disclosure
from xueji.ground.parameters.build import rulebook_from_files
from xueji.registry.register.tests.lives import Lives

LONG = "阿卜杜拉·买买提·吐尔逊江𠮷䶮"
KINDS = {code: one for code, one in rulebook_from_files(date(2008, 9, 1)).certificates.items() if one.attested}


@pytest.mark.parametrize("code", KINDS)
def test_the_words_are_known_before_they_are_typeset_and_short_and_long_names_fit_their_place(code: str) -> None:
    kind = KINDS[code]
    papers = [SheetPaper({**SAMPLE, "name": name}, "1", date(2008, 9, 1), "XJ1.a") for name in (LONG, "丁一", "䶮𠮷")]
    pdf = typeset_sheets(kind, papers)
    pages = pypdfium2.PdfDocument(pdf)
    assert len(pages) == 3
    for page, one in zip(pages, papers, strict=True):
        words = page.get_textpage().get_text_range()
        assert text_mark(words) == mark_of(kind, one)
        assert one.facts["name"] in "".join(words.split())
    assert kind.sheet is not None
    assert [round(float(side) / 72 * 25.4) for side in PdfReader(io.BytesIO(pdf)).pages[0].mediabox[2:]] == [
        kind.sheet.width, kind.sheet.height,
    ]  # fmt: skip


@pytest.mark.django_db
def test_a_printed_diploma_can_be_verified_word_by_word_and_the_print_is_logged(
    small_city: SmallCity,
) -> None:
    pupil = leaver(Lives(small_city), name=LONG)
    (number,) = attest(small_city, [pupil.student]).certificates
    with acting(small_city.registrar()) as actor:
        services.receive_blanks(actor=actor, kind=DIPLOMA, first="JS0801")
        printer = services.keep_printer(actor=actor, name="针式", dx=15, dy=-20)
        made = services.print_papers(actor=actor, certificates=[paper(number).id], printer=printer.id)
        (code,) = statements_of([paper(number)])
        words = text_of(made.pdf)
        assert verification.verify(code, printed=words).result is verification.Result.VALID
        assert verification.verify(code, printed=words + "。").result is verification.Result.INVALID
    assert (made.blanks, LONG in text_of(made.pdf)) == (("JS0801",), True)
    assert "毕业证书" not in text_of(made.pdf), "the blank bears it already"
    with acting_system():
        assert [one.ground for one in Disclosure.objects.filter(kind="print")] == [f"打印毕业证书 {number}"]
