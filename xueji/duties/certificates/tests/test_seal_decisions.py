"""电子印章: who proposes, who decides, what is refused and why; decision and withdrawal are kept for ever."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from uuid import UUID

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from PIL import Image, ImageChops, PngImagePlugin

from tests.small_city import BAIXIA, CITY, JUNIOR, PRIMARY, QINHUAI, SmallCity
from xueji.duties.certificates import services
from xueji.duties.certificates.impressions import picture_of
from xueji.duties.certificates.seal_models import Seal, SealState
from xueji.duties.certificates.tests.sealed_papers import (
    PROOF,
    RED,
    approved,
    decided,
    picture,
    pictures_in,
    proposed,
    row,
    same,
    withdrawn,
)
from xueji.duties.certificates.tests.support import text_of
from xueji.ground.accounts.context import acting
from xueji.ground.journals.selectors import entries_of_organisation
from xueji.ground.parameters import selectors as parameters
from xueji.pure.kernel.environment import LOCAL_ZONE, SeededEnvironment, today
from xueji.pure.kernel.types import Actor, Refused, Role
from xueji.registry.cases import selectors as cases

pytestmark = pytest.mark.django_db


def refused(act: Callable[[], object]) -> Refused:
    """The refusal of an act: code, Chinese sentence, basis."""
    with pytest.raises(Refused) as caught:
        act()
    assert caught.value.message.endswith("。")
    assert caught.value.basis
    return caught.value


def test_registrar_or_deputy_head_propose_a_bureau_by_its_clerk(small_city: SmallCity) -> None:
    city = small_city
    for actor in (city.proofreader(), city.head(QINHUAI)):
        assert refused(lambda actor=actor: proposed(city, by=actor)).code == "seal.post"  # type: ignore[misc]
    assert refused(lambda: proposed(city, by=city.actor(CITY, Role.RESEARCH))).code == "accounts.read_only"
    assert row(proposed(city, by=city.deputy_head())).state == SealState.PROPOSED
    assert row(proposed(city, by=city.clerk(QINHUAI))).bureau == city.id(CITY)


def test_kinds_that_need_the_real_seal_other_peoples_seals_and_periods_too_long_are_refused(
    small_city: SmallCity,
) -> None:
    city = small_city
    diploma = refused(lambda: proposed(city, use="school_seal", kinds=("graduation_certificate",)))
    assert (diploma.code, "毕业证书按规则不用电子的学校公章，须加盖实物印章" in diploma.message) == ("seal.kind", True)
    bureaus = refused(lambda: proposed(city, use="attestation_seal"))
    assert (bureaus.code, "验印章不是本单位使用的印章" in bureaus.message) == ("seal.level", True)
    assert refused(lambda: proposed(city, use="steel_seal")).code == "seal.use"
    assert refused(lambda: proposed(city, kinds=())).code == "seal.no_kind"
    assert "最长 1096 天" in refused(lambda: proposed(city, ends_on=date(2011, 9, 2))).message
    assert refused(lambda: proposed(city, starts_on=date(2008, 8, 1), ends_on=date(2008, 8, 31))).code == "seal.over"
    assert refused(lambda: proposed(city, reason=" 要 ")).code == "seal.reason"


def test_one_proposal_at_a_time_and_one_approval_a_day(small_city: SmallCity) -> None:
    city = small_city
    first = proposed(city)
    assert refused(lambda: proposed(city)).code == "seal.waiting"
    decided(city, first, "examine")
    decided(city, first, "approve")
    assert "2008-09-01 至 2009-08-31 已有批准的" in refused(lambda: proposed(city)).message
    later = proposed(city, starts_on=date(2009, 9, 1), ends_on=date(2010, 8, 31))
    assert row(later).state == SealState.PROPOSED
    with acting(city.registrar()) as actor:
        services.retract_seal(actor=actor, seal=later)
    assert row(later).state == SealState.RETRACTED


@pytest.mark.parametrize(
    ("content", "name", "code"),
    [
        (b"", "a.png", "documents.empty"),
        (b"GIF89a", "a.png", "documents.kind"),
        (b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF", "a.pdf", "documents.broken"),
        (picture(size=120), "a.png", "documents.too_small"),
        (picture()[:-200], "a.png", "documents.broken"),
        (picture(), "a.jpg", "documents.disguised"),
        (picture(colour=(255, 255, 255), form="JPEG"), "a.jpg", "documents.nothing_seen"),
        (b"\x89PNG\r\n\x1a\n" + b"0" * 2048 * 1024, "a.png", "documents.large"),
    ],
)
def test_a_picture_that_is_none_or_shows_nothing_is_refused(
    small_city: SmallCity, content: bytes, name: str, code: str
) -> None:
    assert refused(lambda: proposed(small_city, content=content, name=name)).code == code


def test_the_picture_is_made_anew_and_nothing_else_of_the_file_is_kept(small_city: SmallCity) -> None:
    city, hidden, told = small_city, io.BytesIO(), PngImagePlugin.PngInfo()
    told.add_text("Comment", "机密")
    shown = Image.open(io.BytesIO(picture(size=1500)))
    shown.putpixel((0, 0), (1, 2, 3, 0))
    shown.save(hidden, "PNG", pnginfo=told)
    seal = proposed(city, content=hidden.getvalue())
    with acting(city.registrar()):
        kept = Image.open(io.BytesIO(picture_of(parameters.rulebook(today()), row(seal)).picture))
    assert (kept.size, kept.mode, kept.format) == ((600, 600), "RGBA", "PNG")
    assert kept.info == {}
    assert kept.getpixel((0, 0)) == (0, 0, 0, 0)
    assert kept.getpixel((300, 300)) == (200, 30, 30, 255)


def test_a_picture_on_white_is_lifted_off_it_so_that_words_under_the_seal_can_be_read(small_city: SmallCity) -> None:
    city, given = small_city, picture(form="JPEG")
    seal = proposed(city, use="school_seal", kinds=("proof_of_attendance",), content=given, name="a.jpg")
    with acting(city.registrar()):
        kept = Image.open(io.BytesIO(picture_of(parameters.rulebook(today()), row(seal)).picture))
    on_white, on_words = (Image.new("RGBA", kept.size, paper) for paper in ("white", "black"))
    on_white.alpha_composite(kept)
    on_words.alpha_composite(kept)
    assert on_words.getpixel((kept.width // 2, kept.height // 4)) == (0, 0, 0, 255), "between ring and star"
    before = Image.open(io.BytesIO(given)).convert("RGB").resize(kept.size)
    apart = ImageChops.difference(on_white.convert("RGB"), before)
    assert max(apart.tobytes()) <= 20
    middle = on_white.getpixel((kept.width // 2, kept.height // 2))
    assert isinstance(middle, tuple)
    assert all(abs(one - other) <= 6 for one, other in zip(middle, (*RED, 255), strict=True))


def test_clerk_examines_head_decides_no_other_bureau_and_nobody_twice(small_city: SmallCity) -> None:
    city = small_city
    seal = proposed(city)
    assert refused(lambda: decided(city, seal, "approve")).code == "another_act_due"
    for actor in (city.clerk(BAIXIA), city.head(BAIXIA), city.registrar(JUNIOR)):
        assert refused(lambda actor=actor: decided(city, seal, "examine", by=actor)).code == "seal.not_found"  # type: ignore[misc]
    for actor in (city.deputy_head(), city.clerk(CITY)):
        assert refused(lambda actor=actor: decided(city, seal, "examine", by=actor)).code == "not_your_step"  # type: ignore[misc]
    same_person = _with_person(city.clerk(QINHUAI), city.registrar().person)
    assert refused(lambda: decided(city, seal, "examine", by=same_person)).code == "four_eyes"
    decided(city, seal, "examine")
    both = _with_person(city.head(QINHUAI), city.clerk(QINHUAI).person)
    assert refused(lambda: decided(city, seal, "approve", by=both)).code == "four_eyes"
    done = decided(city, seal, "approve")
    assert (done.state, done.decided_by, done.bureau) == ("approved", city.head(QINHUAI).person, city.id(QINHUAI))


def _with_person(actor: Actor, person: UUID) -> Actor:
    return replace(actor, person=person)


def test_a_seal_whose_period_is_over_is_not_approved_any_more(
    small_city: SmallCity, environment: SeededEnvironment
) -> None:
    seal = proposed(small_city, ends_on=date(2008, 9, 5))
    decided(small_city, seal, "examine")
    environment.move_to(datetime(2008, 9, 6, 9, tzinfo=LOCAL_ZONE))
    assert "使用期已于 2008-09-05 结束" in refused(lambda: decided(small_city, seal, "approve")).message


def test_refused_with_its_reason_another_one_may_follow(small_city: SmallCity) -> None:
    city = small_city
    seal = proposed(city)
    with acting(city.clerk()) as actor:
        assert refused(lambda: services.refuse_seal(actor=actor, seal=seal, reason=" ")).code == "reason_missing"
        services.refuse_seal(actor=actor, seal=seal, reason="印模不清楚")
    with acting(city.registrar()):
        case = cases.case_of(seal)
    assert case is not None
    assert [(step.outcome, step.reason) for step in case.steps] == [("refused", "印模不清楚"), ("", "")]
    assert row(proposed(city)).state == SealState.PROPOSED


def test_of_the_citys_own_seal_its_head_alone_decides(small_city: SmallCity) -> None:
    city = small_city
    seal = proposed(city, by=city.clerk(CITY))
    done = decided(city, seal, "approve", by=city.head(CITY))
    assert (done.state, done.bureau) == ("approved", city.id(CITY))


def test_withdrawn_by_the_bureaus_head_or_whose_seal_it_is_with_a_reason_once(small_city: SmallCity) -> None:
    city = small_city
    waiting = proposed(city)
    assert "现在是“待批准”" in refused(lambda: withdrawn(city, waiting)).message
    decided(city, waiting, "examine")
    decided(city, waiting, "approve")
    assert (
        _stop_refused(city.registrar(), waiting) == _stop_refused(city.clerk(QINHUAI), waiting) == "seal.withdraw_post"
    )
    assert _stop_refused(city.head(BAIXIA), waiting) == "seal.not_found"
    assert refused(lambda: withdrawn(city, waiting, "换")).code == "seal.withdraw_reason"
    with acting(city.deputy_head()) as actor:
        done = services.withdraw_seal(actor=actor, seal=waiting, reason="图片外泄")
    assert (done.state, done.withdraw_reason, done.withdrawn_by) == ("withdrawn", "图片外泄", city.deputy_head().person)
    assert refused(lambda: withdrawn(city, waiting)).code == "seal.not_approved"
    with acting(city.head(QINHUAI)) as actor:
        told = [one.text for one in cases.notices(actor) if one.code == "seal_withdrawn"]
    assert told == ["秦淮云锦小学的电子学籍专用章已停用，今后的证明须加盖实物印章。原因请打开查看。"]


def _stop_refused(somebody: Actor, seal: UUID) -> str:
    with acting(somebody) as actor:
        return refused(lambda: services.withdraw_seal(actor=actor, seal=seal, reason="印章更换")).code


def test_decision_and_withdrawal_are_entries_of_the_journals(small_city: SmallCity) -> None:
    city = small_city
    seal = approved(city)
    withdrawn(city, seal)
    with acting(city.head(QINHUAI)):
        found = entries_of_organisation(city.id(QINHUAI), kinds={"seal_approved", "seal_withdrawn"})
    assert [one.kind for one in found] == ["seal_approved", "seal_withdrawn"]
    said = found[0].basis
    assert (said["seal"], said["digest"], said["kinds"]) == (str(seal), row(seal).digest, [PROOF])
    assert (said["from"], said["to"], said["organisation"]) == ("2008-09-01", "2009-08-31", str(city.id(PRIMARY)))
    assert found[1].basis["reason"] == "印章已经更换"
    assert [one.entry_id for one in found] == [row(seal).entry, row(seal).withdrawal]


def test_the_database_keeps_every_seal_and_lets_the_competent_head_alone_approve(small_city: SmallCity) -> None:
    city = small_city
    seal = proposed(city)
    yes = {"state": "approved", "decided_at": datetime(2008, 9, 1, tzinfo=LOCAL_ZONE), "entry": UUID(int=1)}
    for actor in (city.deputy_head(), city.clerk(QINHUAI), city.head(CITY)):
        with acting(actor), pytest.raises(DatabaseError, match="competent bureau alone"), transaction.atomic():
            Seal.objects.filter(pk=seal).update(**yes, decided_by=actor.person, bureau=actor.organisation)
    with acting(city.registrar()):
        for change in ({"digest": "0" * 64}, {"kinds": ["proof_of_attendance"]}, {"ends_on": date(2010, 1, 1)}):
            with pytest.raises(IntegrityError, match="decided once"), transaction.atomic():
                Seal.objects.filter(pk=seal).update(**change)
    decided(city, seal, "examine")
    decided(city, seal, "approve")
    with acting(city.head(QINHUAI)):
        for undone in ({"state": "proposed"}, {"decided_by": UUID(int=1)}):
            with pytest.raises(IntegrityError, match="decided once"), transaction.atomic():
                Seal.objects.filter(pk=seal).update(**undone)
        assert Seal.objects.filter(pk=seal).delete()[0] == 0
    old = row(seal)
    old.id, old.state, old.decided_by, old.decided_at, old.entry = UUID(int=5), "proposed", None, None, None
    with (
        acting(city.registrar(JUNIOR)),
        pytest.raises(DatabaseError, match="proposed by whose seal"),
        transaction.atomic(),
    ):
        old.save(force_insert=True)


def test_a_sample_shows_the_seal_to_its_own_people_alone_and_only_on_the_kinds_asked_for(
    small_city: SmallCity,
) -> None:
    city = small_city
    seal = proposed(city)
    with acting(city.clerk()) as actor:
        made = services.sample_with_seal(actor=actor, seal=seal, kind=PROOF)
        kept = picture_of(parameters.rulebook(today()), row(seal)).picture
        other = refused(lambda: services.sample_with_seal(actor=actor, seal=seal, kind="proof_of_attendance"))
    assert other.code == "seal.kind"
    assert "样张，不作证明使用" in text_of(made)
    assert same(pictures_in(made)[0], kept)
    bureaus = proposed(city, by=city.clerk(QINHUAI))
    for somebody, wanted in ((city.registrar(JUNIOR), seal), (city.registrar(), bureaus), (city.head(BAIXIA), seal)):
        assert _sample_refused(somebody, wanted) == "seal.not_found"


def _sample_refused(somebody: Actor, seal: UUID) -> str:
    with acting(somebody) as actor:
        return refused(lambda: services.sample_with_seal(actor=actor, seal=seal, kind=PROOF)).code
