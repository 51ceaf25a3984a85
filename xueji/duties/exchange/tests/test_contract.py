"""The package is a door like the others: what the rules say of a fault does not depend on where it came in."""

from __future__ import annotations

from datetime import date, datetime

from tests.small_city import PRIMARY
from xueji.duties.exchange.tests.conftest import Nodes
from xueji.duties.exchange.tests.nodes import Node, send
from xueji.duties.returns.standing import findings_now
from xueji.ground.accounts.context import acting_system
from xueji.pure.kernel.environment import LOCAL_ZONE, SeededEnvironment


def said(node: Node) -> list[tuple[str, str, str]]:
    """What the standing list of the school says at a node: rule, severity, sentence."""
    with node.at(), acting_system():
        found = findings_now([node.lives.city.id(PRIMARY)])
    return sorted((one["code"], one["severity"], one["message"]) for items in found.values() for one in items)


def test_invariant_12_the_same_fault_gives_the_same_finding_by_package_as_where_it_was_written(
    nodes: Nodes, environment: SeededEnvironment
) -> None:
    environment.move_to(datetime(2008, 9, 20, 9, tzinfo=LOCAL_ZONE))
    city, district = nodes.city, nodes.qinhuai
    city.lives.city.organisations[PRIMARY] = district.lives.city.id(PRIMARY)
    with district.at():
        lives = district.lives
        lives.open(birth_date="1995-03-04")
        lives.open(intake_year=2001)
        late = lives.open()
        lives.spell(late, "arrival", "awaited", date(2008, 9, 1))
        left = lives.open(intake_year=2000)
        lives.spell(left, "status", "suspended", date(2008, 3, 1))
    here = said(district)
    assert {code for code, _, _ in here} >= {
        "return.age_for_grade", "return.leaver_not_closed", "return.leaver_stays", "return.arrival_unconfirmed",
        "return.promotion_missing",
    }  # fmt: skip
    assert send(district, city).accepted  # well signed: never refused for what its pupils' entries say
    assert said(city) == here
