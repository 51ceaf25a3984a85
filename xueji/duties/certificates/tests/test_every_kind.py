"""Every kind of the rulebook given out and read back: PDF/A, its words those of the register, its code read by another
library than its maker, names of 2 to 15 characters and rare ones (issue 5, show 1).

What lacks is refused at every door by ``doors/api/tests/test_papers_refused``."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import date

import pytest
from pypdf import PdfReader

from xueji.duties.certificates import verification
from xueji.duties.certificates.samples import SAMPLE_FACTS
from xueji.duties.certificates.tests.papers_of_kinds import CARD, MAKERS, NAMES, SHEET, Made
from xueji.duties.certificates.tests.support import code_by_opencv
from xueji.ground.accounts.context import acting
from xueji.ground.parameters.build import rulebook_from_files
from xueji.ground.parameters.schema.certificates import PLACES, ROLL_PLACES, TRANSFER_PLACES
from xueji.registry.register.tests.lives import Lives

KINDS = rulebook_from_files(date(2008, 9, 1)).certificates
LONG = NAMES[2]


def _right(lives: Lives, kind: str, names: Sequence[str]) -> None:
    made = MAKERS[kind](lives, names)
    assert "".join(one.name for one in made).replace("、", "") == "".join(names)
    for one in made:
        _is_archival(one.pdf)
        text = "".join(PdfReader(io.BytesIO(one.pdf)).pages[one.page].extract_text().split())
        for said in one.said:
            assert said in text, (kind, one.name, said)
        assert _code(kind, one) == one.statement, (kind, one.name)
        with acting(lives.city.registrar()):
            found = verification.verify(one.statement, printed=text)
        assert found.result == "valid", (kind, one.name, found.reason)


def _is_archival(pdf: bytes) -> None:
    """PDF/A-2b by its own word, every font inside."""
    reader = PdfReader(io.BytesIO(pdf))
    meta = reader.trailer["/Root"]["/Metadata"].get_data().decode()  # type: ignore[index]
    assert "<pdfaid:part>2</pdfaid:part>" in meta
    assert "<pdfaid:conformance>B</pdfaid:conformance>" in meta
    for page in reader.pages:
        for font in page["/Resources"]["/Font"].values():  # type: ignore[index]
            inner = font.get_object()["/DescendantFonts"][0].get_object()
            assert {"/FontFile2", "/FontFile3"} & set(inner["/FontDescriptor"].get_object())


def _code(kind: str, one: Made) -> str:
    # The card's code stands beside its photo; of the two codes of a sheet the upper one is the statement.
    left, height = 0.68 if kind == CARD else 0.0, 0.5 if kind == SHEET else 1.0
    return code_by_opencv(one.pdf, left=left, height=height, page=one.page)


def test_each_kind_of_the_rulebook_is_tried() -> None:
    assert {kind.removesuffix("_of_old") for kind in MAKERS} == set(KINDS)


@pytest.mark.django_db
@pytest.mark.parametrize("kind", MAKERS)
def test_a_paper_of_each_kind_says_what_the_register_says_and_can_be_verified(lives: Lives, kind: str) -> None:
    _right(lives, kind, [LONG])


@pytest.mark.slow
@pytest.mark.django_db
@pytest.mark.parametrize("kind", MAKERS)
def test_a_paper_of_each_kind_is_right_for_short_long_dotted_and_rare_names(lives: Lives, kind: str) -> None:
    _right(lives, kind, NAMES)


def test_each_kind_says_its_conditions_basis_number_and_words() -> None:
    numbers = [one.number_format for one in KINDS.values()]
    assert len(set(numbers)) == len(numbers), "each kind has a row of numbers of its own"
    for one in KINDS.values():
        assert all((one.title, one.body, one.footer, one.seal, one.basis, one.certainty, one.conditions)), one.kind
        about_a_record = not one.is_roll and "outside_guest" not in one.conditions
        for asked in ("established", "registration_number", "register_check"):
            assert (asked in one.conditions) == about_a_record or one.is_roll, (one.kind, asked)
        shown = one.body + "".join(place.text for place in one.sheet.places if one.sheet) if one.sheet else one.body
        if about_a_record:  # the nineteen digits, or what says why there are none
            assert "{registration_number}" in shown or "{registered_as}" in shown, one.kind
        assert one.attested == bool(one.roll), one.kind
        # What shows how things stand today counts for a time; what shows a decision or an ending counts for ever.
        lasting = one.attested or one.is_card or one.is_roll or one.status == ("suspended",)
        assert (one.valid_days is None) == (lasting or "former_pupil" in one.conditions), one.kind


def test_each_word_of_the_rulebook_stands_on_a_sample() -> None:
    assert {*PLACES, *TRANSFER_PLACES, *ROLL_PLACES} - {"guest", "on"} <= set(SAMPLE_FACTS)
