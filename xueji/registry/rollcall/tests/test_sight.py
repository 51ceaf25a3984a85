"""Who sees what of a roll-call, and 空挂 found across schools.

Committed data: a grant of the same transaction would show everything (design §4).
"""

from __future__ import annotations

from uuid import UUID

import pytest

from tests.small_city import BAIXIA, BAIXIA_PRIMARY, CITY, QINHUAI, SmallCity
from xueji.ground.accounts.context import acting
from xueji.pure.kernel.environment import SeededEnvironment
from xueji.pure.kernel.types import Role
from xueji.registry.intake.tests.invented import good_row
from xueji.registry.rollcall import selectors, services
from xueji.registry.rollcall.tests.support import called, go_to, lines, opened, rest_here, school_with_pupils
from xueji.registry.rollcall.types import Called

pytestmark = pytest.mark.usefixtures("fresh_database")


@pytest.fixture
def roll(fresh_database: str, small_city: SmallCity, environment: SeededEnvironment) -> UUID:
    """The list of 秦淮's primary school with six pupils, on 3 September."""
    school_with_pupils(small_city, QINHUAI)
    go_to(environment, 9, 3)
    return opened(small_city)


def test_ghosts_are_those_absent_without_reason_whom_nobody_settled(
    small_city: SmallCity, roll: UUID, environment: SeededEnvironment
) -> None:
    ghost, ill, *_ = lines(small_city, roll)
    called(small_city, roll, Called(ghost.id, "absent"), Called(ill.id, "excused", reason="住院"))
    rest_here(small_city, roll)
    with acting(small_city.head(QINHUAI)):
        found = selectors.ghosts("2008")
    assert [one.line for one in found] == [ghost.id]
    with acting(small_city.head(BAIXIA)):
        assert selectors.ghosts("2008") == []


def test_a_ghost_is_matched_with_the_class_in_which_another_school_found_the_child(
    small_city: SmallCity, roll: UUID
) -> None:
    school_with_pupils(small_city, BAIXIA, count=1, code=BAIXIA_PRIMARY, first=20)
    other = opened(small_city, BAIXIA_PRIMARY)
    line = lines(small_city, roll)[0]
    called(small_city, roll, Called(line.id, "absent"))
    row = next(good_row(n, grade=3) for n in range(6) if good_row(n, grade=3)["name"] == line.name)
    with acting(small_city.registrar(BAIXIA_PRIMARY)) as actor:
        services.add_separated(actor=actor, roll=other, name=row["name"], document=("1", row["id_number"]))
    with acting(small_city.head(CITY)):
        assert [one.elsewhere for one in selectors.ghosts("2008")] == [small_city.id(BAIXIA_PRIMARY)]
    with acting(small_city.head(QINHUAI)):
        assert [one.elsewhere for one in selectors.ghosts("2008")] == [None], "not a district's own business"


def test_no_school_sees_another_ones_list(small_city: SmallCity, roll: UUID) -> None:
    with acting(small_city.registrar(BAIXIA_PRIMARY)):
        assert selectors.roll(roll) is None
        assert selectors.lines([roll]) == []
        assert selectors.counts_of([roll]) == {}
    with acting(small_city.actor(CITY, Role.RESEARCH)):
        assert selectors.lines([roll]) == []
