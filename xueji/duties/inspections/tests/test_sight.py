"""Who sees what of regular checks. Committed data: a grant of the same transaction would show everything."""

from __future__ import annotations

import pytest

from tests.small_city import BAIXIA, BAIXIA_PRIMARY, CITY, QINHUAI, SmallCity
from xueji.duties.inspections import selectors, services
from xueji.duties.inspections.models import InspectionFinding
from xueji.duties.inspections.services import Wrong
from xueji.duties.inspections.tests.support import drawn, examined, school_with_pupils
from xueji.ground.accounts.context import acting, acting_system
from xueji.pure.kernel.environment import SeededEnvironment
from xueji.pure.kernel.types import Refused, Role

pytestmark = pytest.mark.usefixtures("fresh_database")


def test_a_school_sees_only_checks_of_itself(small_city: SmallCity, environment: SeededEnvironment) -> None:
    school_with_pupils(small_city, environment, count=2)
    inspection = drawn(small_city, records=1)
    examined(small_city.clerk(QINHUAI), inspection, {"form": Wrong("没有签名")})
    with acting_system():
        found = InspectionFinding.objects.get(inspection=inspection).pk
    for actor, seen, rounds in (
        (small_city.registrar(), True, 0),
        (small_city.head(QINHUAI), True, 1),
        (small_city.head(CITY), True, 1),
        (small_city.registrar(BAIXIA_PRIMARY), False, 0),
        (small_city.head(BAIXIA), False, 0),
        (small_city.actor(CITY, Role.RESEARCH), False, 0),
    ):
        with acting(actor):
            assert bool(selectors.inspections(None)) is seen
            assert (selectors.finding(found) is not None) is seen
            assert len(selectors.rounds(None)) == rounds
    other = small_city.clerk(BAIXIA)
    with acting(other), pytest.raises(Refused, match="没有找到这次检查"):
        services.hand_over(actor=other, inspection=inspection.pk)
