"""电子印章 on papers: only with the bureau's decision and within it, only one's own; what was issued keeps it."""

from __future__ import annotations

import shutil
from datetime import date, datetime
from pathlib import Path
from uuid import UUID

import pytest
from django.conf import settings
from django.db import IntegrityError, transaction

from tests.small_city import BAIXIA, BAIXIA_PRIMARY, CITY, JUNIOR, PRIMARY, QINHUAI, SmallCity, make_small_city
from xueji.duties.certificates import selectors, services, verification
from xueji.duties.certificates.impressions import impressions, picture_of
from xueji.duties.certificates.models import Certificate
from xueji.duties.certificates.seal_models import Seal
from xueji.duties.certificates.statement import decode, seal_uses
from xueji.duties.certificates.tests.attested import DIPLOMA, attest, leaver, paper, stock
from xueji.duties.certificates.tests.sealed_papers import (
    PROOF,
    approved,
    decided,
    picture,
    pictures_in,
    proposed,
    row,
    same,
    withdrawn,
)
from xueji.duties.certificates.tests.support import code_by_opencv, issue, text_of
from xueji.ground.accounts.context import acting, acting_system, system_actor
from xueji.ground.organisations import services as organisations
from xueji.ground.parameters import selectors as parameters
from xueji.ground.parameters.loader import default_folder
from xueji.pure.kernel.environment import LOCAL_ZONE, SeededEnvironment, today
from xueji.registry.register.tests.lives import Lives

FRAME, FOOTER = "学校学籍专用章", "本证明须加盖学校印章"


def kept_picture(city: SmallCity, seal: UUID) -> bytes:
    with acting(city.head(CITY)):
        return picture_of(parameters.rulebook(today()), row(seal)).picture


def bears(pdf: bytes) -> bool:
    """Whether a proof bears a picture; then it does not ask for the real seal, else it does."""
    found, text = pictures_in(pdf), text_of(pdf)
    assert (FRAME in text, FOOTER in text) == (not found, not found)
    return bool(found)


@pytest.mark.django_db
def test_a_paper_bears_the_picture_once_it_is_approved_and_its_record_names_it(lives: Lives) -> None:
    city, pupil = lives.city, lives.open()
    seal = proposed(city)
    decided(city, seal, "examine")
    assert not bears(issue(city, pupil.student).pdf), "examined is not approved"
    decided(city, seal, "approve")
    made = issue(city, pupil.student)
    assert bears(made.pdf)
    (found,) = pictures_in(made.pdf)
    assert same(found, kept_picture(city, seal))
    assert code_by_opencv(made.pdf) == made.statement
    with acting(city.registrar()):
        (said,) = Certificate.objects.get(id=made.id).seals
    assert said == {"use": "registration_seal", "seal": str(seal), "digest": row(seal).digest}


@pytest.mark.django_db
def test_verification_says_whether_the_seal_is_electronic_also_offline(lives: Lives) -> None:
    from xueji.ground.keys import services as keys

    city, pupil = lives.city, lives.open()
    plain = issue(city, pupil.student)
    approved(city)
    made = issue(city, pupil.student)
    with acting(city.registrar()):
        for key in (None, keys.public_key()):
            (found,) = verification.verify_file(made.pdf, "a.pdf", public_key=key)
            assert (found.result, found.compared) == ("valid", True)
            assert found.statement is not None
            assert seal_uses(found.statement) == ("registration_seal",)
            (other,) = verification.verify_file(plain.pdf, "a.pdf", public_key=key)
            assert other.statement is not None
            assert seal_uses(other.statement) == ()
    assert len(decode(made.statement).seals.partition(":")[2]) == 16


@pytest.mark.django_db
def test_the_frame_stays_empty_before_the_first_day_after_the_last_and_after_a_withdrawal(lives: Lives) -> None:
    city, pupil = lives.city, lives.open()
    seal = approved(city, starts_on=date(2008, 9, 1), ends_on=date(2008, 9, 3))
    book, school = parameters.rulebook(today()), city.id(PRIMARY)
    days = [date(2008, 8, 31), date(2008, 9, 1), date(2008, 9, 3), date(2008, 9, 4)]
    with acting(city.registrar()):
        found = [bool(impressions(book, book.certificates[PROOF], day, issuer=school)) for day in days]
    assert found == [False, True, True, False]
    withdrawn(city, seal)
    assert not bears(issue(city, pupil.student).pdf)


@pytest.mark.django_db
def test_it_stands_on_no_other_kind_and_on_no_other_schools_paper(lives: Lives) -> None:
    city, pupil = lives.city, lives.open()
    approved(city)
    other = issue(city, pupil.student, kind="proof_of_attendance")
    assert pictures_in(other.pdf) == []
    assert "学校公章" in text_of(other.pdf)
    moved = lives.transfer(lives.open(), BAIXIA_PRIMARY, date(2008, 3, 3))
    assert not bears(issue(city, moved.student, by=city.registrar(BAIXIA_PRIMARY)).pdf)


@pytest.mark.django_db
def test_after_a_renaming_the_old_seal_is_not_used_any_more(lives: Lives) -> None:
    city, pupil = lives.city, lives.open()
    seal = approved(city)
    with acting_system():
        organisations.set_fields(
            actor=system_actor(city.id(QINHUAI)),
            organisation=city.id(PRIMARY),
            fields={"name": "秦淮云锦实验小学"},
            effective_on=date(2008, 9, 1),
        )
    assert not bears(issue(city, pupil.student).pdf)
    with acting(city.clerk()):
        assert selectors.renamed([row(seal)], today()) == {seal}


@pytest.mark.django_db
def test_what_was_issued_is_printed_again_as_it_was_whatever_became_of_the_seal(lives: Lives) -> None:
    city, pupil = lives.city, lives.open()
    seal = approved(city)
    made = issue(city, pupil.student)
    withdrawn(city, seal)
    with acting(city.registrar()) as actor:
        again = services.reprint(actor=actor, certificate=made.id)
        assert verification.verify(made.statement).result == "valid"
    assert (text_of(again.pdf), again.statement) == (text_of(made.pdf), made.statement)
    assert same(pictures_in(again.pdf)[0], kept_picture(city, seal))


@pytest.mark.django_db
def test_a_missing_or_changed_file_stops_the_paper(lives: Lives) -> None:
    from xueji.pure.kernel.types import Refused

    city, pupil = lives.city, lives.open()
    seal = row(approved(city))
    file = Path(settings.XUEJI_FILES) / seal.sealed[:2] / seal.sealed
    assert b"PNG" not in file.read_bytes(), "sealed, as every document"
    file.write_bytes(b"changed")
    with pytest.raises(Refused, match="缺失或被改动过") as caught:
        issue(city, pupil.student)
    assert (caught.value.code, bool(caught.value.basis)) == ("seal.file", True)


@pytest.mark.django_db
def test_the_database_lets_no_paper_bear_what_was_not_approved_for_it(lives: Lives) -> None:
    city, pupil = lives.city, lives.open()
    seal = row(approved(city))
    made = issue(city, pupil.student)
    own = {"use": seal.use, "seal": str(seal.id), "digest": seal.digest}

    def copy(number: str, **changed: object) -> None:
        old = Certificate.objects.get(id=made.id)
        for name, value in {"id": UUID(int=int(number)), "number": number, **changed}.items():
            setattr(old, name, value)
        with transaction.atomic():
            old.save(force_insert=True)

    with acting(city.registrar()):
        copy("1")
        for changed in (
            {"kind": "proof_of_attendance"},
            {"issued_on": date(2009, 9, 1)},
            {"seals": [{**own, "digest": "0" * 64}]},
            {"seals": [{**own, "use": "school_seal"}]},
            {"seals": [own, {**own, "seal": str(UUID(int=7))}]},
        ):
            with pytest.raises(IntegrityError, match="bears no seal but one approved"):
                copy("2", **changed)
        with pytest.raises(IntegrityError, match="only voided"), transaction.atomic():
            Certificate.objects.filter(id=made.id).update(seals=[])
    foreign = city.registrar(BAIXIA_PRIMARY)
    with acting(foreign), pytest.raises(IntegrityError, match="bears no seal"), transaction.atomic():
        Certificate.objects.create(
            id=UUID(int=3), number="3", kind=PROOF, student=pupil.student, registration=pupil.registration,
            school=foreign.organisation, statement=b"x", register_digest="x", issued_on=today(),
            issued_at=datetime(2008, 9, 1, tzinfo=LOCAL_ZONE), issued_by=foreign.person, seals=[own],
        )  # fmt: skip
    withdrawn(city, seal.id)
    with acting(city.registrar()), pytest.raises(IntegrityError, match="bears no seal"):
        copy("4")


@pytest.mark.django_db
def test_seals_are_seen_within_the_jurisdiction_alone(lives: Lives) -> None:
    city = lives.city
    seal = approved(city)
    for actor in (city.registrar(), city.proofreader(), city.clerk(QINHUAI), city.head(CITY)):
        with acting(actor):
            assert selectors.seal(seal) is not None
    for actor in (city.registrar(JUNIOR), city.deputy_head(BAIXIA_PRIMARY), city.head(BAIXIA)):
        with acting(actor):
            assert selectors.seal(seal) is None
            assert Seal.objects.count() == 0


@pytest.fixture
def free_city(fresh_database: str, tmp_path: Path, environment: SeededEnvironment) -> SmallCity:
    """A city whose rulebook lets diplomas bear electronic seals of the school and of the bureau."""
    copy = tmp_path / "rulebooks"
    shutil.copytree(default_folder(), copy)
    file = copy / "city" / "nanjing-2008" / "certificates" / "attested.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("electronic_seal: false", "electronic_seal: true", 1))
    return make_small_city(folder=copy)


def test_an_attested_paper_keeps_the_seals_of_its_day_when_they_are_withdrawn_before_it_is_printed(
    free_city: SmallCity,
) -> None:
    city, lives = free_city, Lives(free_city)
    own = approved(city, use="school_seal", kinds=(DIPLOMA,))
    green = picture(colour=(20, 120, 20))
    bureaus = proposed(city, by=city.clerk(QINHUAI), use="attestation_seal", kinds=(DIPLOMA,), content=green)
    decided(city, bureaus, "examine", by=city.clerk(CITY))
    decided(city, bureaus, "approve", by=city.head(CITY))
    first, second, third = (leaver(lives, name=name) for name in ("甲一", "乙二", "丙三"))
    number, other = attest(city, [first.student, second.student]).certificates
    withdrawn(city, own)
    with acting(city.head(CITY)) as actor:
        services.withdraw_seal(actor=actor, seal=bureaus, reason="印章已经更换")
    (bare,) = attest(city, [third.student]).certificates
    assert sorted(one["seal"] for one in paper(number).seals) == sorted(map(str, (own, bureaus)))
    assert paper(bare).seals == []
    stock(city, "J001", "J003")
    with acting(city.registrar()) as actor:
        made = services.print_papers(actor=actor, certificates=[paper(number).id], first_blank="J001")
    assert _shown_on(city, made.pdf, own, bureaus) == ["attestation_seal", "school_seal"]
    with acting(city.clerk()) as actor:
        batch = services.order_diplomas(actor=actor, kind=DIPLOMA, year=2008)
    done = services.carry_out(actor=city.clerk(), batch=batch)
    with acting(city.clerk()) as actor:
        (part,) = selectors.batch_parts(batch)
        sheets = services.part_files(actor=actor, part=part.id).sheets or b""
    assert (done.cards, part.certificates) == (2, [str(paper(other).id), str(paper(bare).id)])
    assert _shown_on(city, sheets, own, bureaus) == ["attestation_seal", "school_seal"], "on the first page alone"


def _shown_on(city: SmallCity, pdf: bytes, *seals: UUID) -> list[str]:
    """The uses that the first page's code names; its pictures are these seals."""
    found = pictures_in(pdf)
    assert len(found) == len(seals)
    for seal in seals:
        assert any(same(one, kept_picture(city, seal)) for one in found)
    with acting(city.registrar()):
        assert {one.result for one in verification.verify_file(pdf, "a.pdf")} == {"valid"}
        return sorted(seal_uses(decode(code_by_opencv(pdf))))
