"""曾就读证明: by the last school, and of a closed school by whoever keeps its records (clause B3, custody)."""

from __future__ import annotations

from datetime import datetime

import pytest

from tests.small_city import BAIXIA_PRIMARY, CITY, NINE_YEAR, PRIMARY
from xueji.doors.web.tests.support import signed_in
from xueji.duties.certificates import services
from xueji.duties.certificates.tests.attested import leaver
from xueji.duties.certificates.tests.support import issue, text_of
from xueji.duties.certificates.verification import verify
from xueji.duties.dossiers.tests.support import export
from xueji.ground.accounts.context import acting
from xueji.pure.kernel.environment import LOCAL_ZONE, SeededEnvironment
from xueji.pure.kernel.types import Refused
from xueji.registry.register.tests.lives import Lives
from xueji.registry.reorganisation.plans import ActPlan
from xueji.registry.reorganisation.tests.acts import carry_through

pytestmark = pytest.mark.django_db

KIND = "proof_of_former_study"


def test_the_keeper_of_a_closed_school_proves_the_study_of_its_former_pupils_and_gives_out_their_records(
    lives: Lives, environment: SeededEnvironment
) -> None:
    city, former = lives.city, leaver(lives, name="欧阳𠮷")
    own = text_of(issue(city, former.student, kind=KIND).pdf)
    assert "2008年7月1日从秦淮云锦小学毕业" in own
    assert "我单位保管" not in own
    pupil = lives.open(NINE_YEAR)
    for student in (pupil.student, lives.open().student):
        with pytest.raises(Refused) as refused:
            issue(city, student, kind=KIND)
        assert (refused.value.code, bool(refused.value.basis)) in {
            ("certificate.not_ended", True), ("certificate.unknown", True),
        }  # fmt: skip
    environment.move_to(datetime(2008, 11, 3, 9, tzinfo=LOCAL_ZONE))
    plan = ActPlan((city.id(PRIMARY),), city.id(NINE_YEAR), custodian=city.id(CITY))
    carry_through(city, "school_closure", plan, bureau=CITY)
    environment.move_to(datetime(2008, 12, 1, 9, tzinfo=LOCAL_ZONE))
    clerk = city.clerk(CITY)
    made = issue(city, former.student, kind=KIND, by=clerk)
    assert made.number == f"{CITY}-曾-2008-00001"
    text = text_of(made.pdf)
    for said in ("南京市教育局", "从秦淮云锦小学毕业", "撤销，学籍档案由我单位保管"):
        assert said in text, said
    with acting(city.registrar(BAIXIA_PRIMARY)):
        assert verify(made.statement).result == "valid"
    assert export(clerk, former.student).pages > 0
    page = signed_in(clerk).get(f"/pupils/{former.student}/").content.decode()
    assert "出具曾就读证明" in page
    assert "导出学籍档案" in page
    with acting(city.head(CITY)) as actor:
        services.void(actor=actor, certificate=made.id, reason="印错")
        assert verify(made.statement).result == "voided"
    with pytest.raises(Refused) as refused:
        issue(city, former.student, kind=KIND, by=city.clerk())
    assert refused.value.code == "certificate.post"
