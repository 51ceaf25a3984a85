"""在读证明 of a guest whose home is outside the register: attendance alone, no number, only while he is on the list."""

from __future__ import annotations

from datetime import date

import pytest

from tests.small_city import PRIMARY, SmallCity
from xueji.doors.web.tests.support import signed_in
from xueji.duties.certificates import services, verification
from xueji.duties.certificates.tests.support import text_of
from xueji.ground.accounts.context import acting
from xueji.pure.kernel.environment import SeededEnvironment
from xueji.pure.kernel.types import Refused
from xueji.registry.applications.tests.support import child, enrol
from xueji.registry.applications.tests.test_outside import AUTUMN, guest
from xueji.registry.applications.tests.told import move
from xueji.registry.applications.tests.ways import student_of

pytestmark = pytest.mark.usefixtures("fresh_database")


def test_a_guest_from_outside_gets_a_proof_of_attendance_and_of_nothing_else(
    small_city: SmallCity, environment: SeededEnvironment
) -> None:
    enrol(small_city, [child(1)])
    move(environment, AUTUMN)
    who, registrar = guest(small_city), small_city.registrar(PRIMARY)
    with acting(registrar) as actor:
        made = services.issue_to_guest(actor=actor, child=who, purpose="办理公交卡")
        text = text_of(made.pdf)
        for said in ("石外来", "学籍在安徽省合肥市庐阳区庐阳实验小学", "自2008年9月22日起", "只证明在读，不证明学籍"):
            assert said in text, said
        assert "19位学籍号的" not in text
        assert verification.verify(made.statement).result == "valid"
        assert services.reprint(actor=actor, certificate=made.id).number == made.number
        pupil = student_of(small_city, str(child(1)["name"]))
        with pytest.raises(Refused, match="只出具给学籍在外地"):
            services.issue(actor=actor, kind="guest_attendance_proof", student=pupil)
        with pytest.raises(Refused, match="没有这名学生的学籍档案"):
            services.issue(actor=actor, kind="proof_of_registration", student=who)
    page = signed_in(registrar)
    assert f"/certificates/guest/{who}/" in page.get("/changes/outside/").content.decode()
    assert "与外地借读名单核对" in page.get(f"/certificates/guest/{who}/").content.decode()
    assert page.post(f"/certificates/guest/{who}/", {"purpose": "参加活动"})["Content-Type"] == "application/pdf"
    assert "石外来" in page.get("/certificates/").content.decode()
    move(environment, date(2009, 7, 1))
    with acting(registrar) as actor, pytest.raises(Refused, match="请先办理外地借读延期或结束"):
        services.issue_to_guest(actor=actor, child=who)
