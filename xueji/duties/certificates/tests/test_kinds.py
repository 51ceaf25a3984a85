"""Each kind of paper is for the pupils whom the register says it is for (clauses B2, B3, C2)."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import pytest

from tests.small_city import BAIXIA_PRIMARY, SmallCity
from xueji.duties.certificates import services, verification
from xueji.duties.certificates.tests.support import issue, text_of
from xueji.ground.accounts.context import acting, acting_system
from xueji.pure.kernel.types import Refused
from xueji.registry.register.tests.lives import Lives

pytestmark = pytest.mark.django_db

LONG = "阿卜杜拉·买买提·吐尔逊江𠮷䶮"


def refused(city: SmallCity, kind: str, student: UUID) -> Refused:
    with pytest.raises(Refused) as caught:
        issue(city, student, kind=kind)
    assert caught.value.basis
    return caught.value


def test_a_kind_that_the_rulebook_does_not_have_is_refused_with_those_it_has(lives: Lives) -> None:
    refusal = refused(lives.city, "diploma_of_honour", lives.open().student)
    assert refusal.code == "certificate.kind"
    assert "现在可以办理：学籍证明、在读证明、" in refusal.message
    assert "proof_of_attendance" not in refusal.message


def test_a_proof_of_attendance_is_for_who_sits_in_the_school(lives: Lives) -> None:
    pupil = lives.open(name=LONG)
    made = issue(lives.city, pupil.student, kind="proof_of_attendance")
    text = text_of(made.pdf)
    for said in (LONG, "在读证明", "2007年9月入学，学籍号", "学校公章", "无19位学籍号的在读证明无效"):
        assert said in text, said
    with acting(lives.city.registrar()):
        assert verification.verify(made.statement).statement.kind == "proof_of_attendance"  # type: ignore[union-attr]
    lives.spell(pupil, "attends", str(lives.city.id(BAIXIA_PRIMARY)), date(2008, 3, 3))
    assert refused(lives.city, "proof_of_attendance", pupil.student).code == "certificate.guest_elsewhere"
    assert issue(lives.city, pupil.student).number  # still registered here


def test_suspended_pupils_have_the_suspension_certificate_and_returned_ones_that_of_resumption(lives: Lives) -> None:
    pupil = lives.open()
    assert refused(lives.city, "suspension_certificate", pupil.student).code == "certificate.status"
    assert refused(lives.city, "resumption_certificate", pupil.student).code == "certificate.never_suspended"
    lives.spell(pupil, "status", "suspended", date(2008, 3, 3))
    made = issue(lives.city, pupil.student, kind="suspension_certificate")
    assert "自2008年3月3日起休学，休学期间保留学籍" in text_of(made.pdf)
    assert refused(lives.city, "proof_of_attendance", pupil.student).code == "certificate.status"
    lives.spell(pupil, "status", "in_school", date(2008, 8, 30))
    back = issue(lives.city, pupil.student, kind="resumption_certificate")
    assert "自2008年8月30日起复学" in text_of(back.pdf)


def test_each_kind_has_a_row_of_numbers_of_its_own(lives: Lives) -> None:
    pupil = lives.open()
    proof, attendance = issue(lives.city, pupil.student), issue(lives.city, pupil.student, kind="proof_of_attendance")
    assert [one.number.split("-")[1:] for one in (proof, attendance)] == [
        ["证", "2008", "00001"],
        ["读", "2008", "00001"],
    ]


def test_no_kind_is_issued_for_a_record_that_is_not_established(lives: Lives) -> None:
    pupil = lives.open(guardian_1_name=None)
    with acting_system():
        from xueji.ground.parameters.selectors import rulebook

        # A guest from outside has no record here: the paper of that one kind rests on another list.
        kinds = [
            one.kind for one in rulebook(date(2008, 9, 1)).certificates.values() if "established" in one.conditions
        ]
    for kind in kinds:
        with pytest.raises(Refused) as caught, acting(lives.city.registrar()) as actor:
            services.issue(actor=actor, kind=kind, student=pupil.student)
        assert "尚未建全" in caught.value.message, kind
