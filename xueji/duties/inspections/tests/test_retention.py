"""控辍保学 beside the check, and a sample by risk: a no-show whom nobody traced (clauses A4, D2)."""

from __future__ import annotations

import pytest

from tests.small_city import PRIMARY, QINHUAI, SmallCity
from xueji.duties.inspections import selectors
from xueji.duties.inspections.tests.support import drawn
from xueji.ground.accounts.context import acting
from xueji.pure.kernel.environment import SeededEnvironment
from xueji.registry.rollcall.tests.support import called, go_to, lines, opened, school_with_pupils
from xueji.registry.rollcall.types import Called

pytestmark = pytest.mark.django_db


def test_a_no_show_whom_nobody_traced_stands_beside_the_years_dropouts_and_is_drawn_first_by_risk(
    small_city: SmallCity, environment: SeededEnvironment
) -> None:
    school_with_pupils(small_city, QINHUAI, count=4)
    go_to(environment, 9, 20)
    roll = opened(small_city)
    ghost = lines(small_city, roll)[2]
    called(small_city, roll, Called(ghost.id, "absent"))
    with acting(small_city.head(QINHUAI)):
        line = selectors.retention_of([small_city.id(PRIMARY)], 2008)[0]
        assert (line.dropped_out, line.absent, line.nowhere, line.rolls_open) == (0, 1, 1, 1)
        assert line.differs
    inspection = drawn(small_city, method="risk", records=1)
    with acting(small_city.clerk(QINHUAI)):
        assert [(one.subject, one.why) for one in selectors.lines(inspection.pk)] == [(ghost.student, "risk")]
