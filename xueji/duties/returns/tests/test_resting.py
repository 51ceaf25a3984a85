"""A graduation that counted in a frozen return is not taken back (design §3 "One child, one return")."""

from __future__ import annotations

from datetime import date

import pytest

from tests.small_city import PRIMARY
from xueji.duties.returns.tests.support import certify, make
from xueji.ground.accounts.context import acting
from xueji.pure.kernel.types import Refused
from xueji.registry.applications import services
from xueji.registry.applications.resting import rooms
from xueji.registry.register import selectors as register
from xueji.registry.register.tests.lives import Lives


@pytest.mark.django_db
def test_what_a_frozen_return_has_counted_stays(school: Lives) -> None:
    leaver = school.open(intake_year=2002)
    school.close(leaver, "graduation", date(2008, 7, 1))
    make(school.city)
    certify(school.city)
    with acting(school.city.head()) as actor, pytest.raises(Refused, match="已计入 2008 年集中上报并冻结"):
        services.undo_graduation(actor=actor, students=[leaver.student], reason="有误")


@pytest.mark.django_db
def test_what_a_return_has_only_made_can_be_taken_back(school: Lives) -> None:
    leaver = school.open(intake_year=2002)
    school.close(leaver, "graduation", date(2008, 7, 1))
    make(school.city)
    with acting(school.city.head()) as actor:
        assert services.undo_graduation(actor=actor, students=[leaver.student], reason="有误") == 1
        assert leaver.student in {one.student for one in register.roster(school.city.id(PRIMARY), date(2008, 9, 15))}


def test_the_rooms_above_are_asked() -> None:
    assert rooms() == ["certificates", "returns"]
