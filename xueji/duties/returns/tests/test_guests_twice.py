"""A guest from outside who stands on two schools' lists: stopped by their common bureau, found across bureaus."""

from __future__ import annotations

import pytest

from tests.small_city import BAIXIA, BAIXIA_PRIMARY, NINE_YEAR, PRIMARY, QINHUAI, SmallCity
from xueji.duties.returns.standing import findings_now
from xueji.ground.accounts.context import acting
from xueji.pure.kernel.environment import SeededEnvironment
from xueji.pure.kernel.types import Refused
from xueji.registry.applications.tests.support import child, enrol, step
from xueji.registry.applications.tests.test_outside import AUTUMN, GUEST, guest, lodge
from xueji.registry.applications.tests.told import decide, move
from xueji.registry.applications.tests.ways import class_of

pytestmark = pytest.mark.usefixtures("fresh_database")


def test_a_guest_of_two_schools_is_stopped_by_their_bureau_and_found_across_bureaus(
    small_city: SmallCity, environment: SeededEnvironment
) -> None:
    for number, (school, bureau) in enumerate(((PRIMARY, QINHUAI), (NINE_YEAR, QINHUAI), (BAIXIA_PRIMARY, BAIXIA))):
        enrol(small_city, [child(number)], school=school, bureau=bureau, file=school)
    move(environment, AUTUMN)
    guest(small_city)
    second = lodge(
        small_city, "guest_outside_begin", {**GUEST, "class_group": str(class_of(small_city, NINE_YEAR))},
        school=NINE_YEAR,
    )  # fmt: skip
    step(small_city.proofreader(NINE_YEAR), second, "proofread")
    step(small_city.deputy_head(NINE_YEAR), second, "decide")
    with pytest.raises(Refused, match="已在秦淮云锦小学的外地借读"):
        step(small_city.clerk(QINHUAI), second, "examine")
    claim = {**GUEST, "class_group": str(class_of(small_city, BAIXIA_PRIMARY))}
    third = lodge(small_city, "guest_outside_begin", claim, school=BAIXIA_PRIMARY)
    decide(small_city, third, school=BAIXIA_PRIMARY)
    with acting(small_city.head(QINHUAI)):
        found = findings_now([small_city.id(PRIMARY)])[small_city.id(PRIMARY)]
    assert [one["severity"] for one in found if one["code"] == "return.guest_twice"] == ["query"]
