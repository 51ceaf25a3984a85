"""A return's explanations, notes and reopenings between nodes: what one level wrote, the other reads and answers."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

import pytest

from tests.small_city import BAIXIA, PRIMARY, QINHUAI
from xueji.duties.exchange import carried_remarks, carried_reopenings
from xueji.duties.exchange.services.exporting import remarks_towards
from xueji.duties.exchange.tests.conftest import Nodes
from xueji.duties.exchange.tests.nodes import Node, send
from xueji.duties.exchange.tests.test_duties import actor
from xueji.duties.exchange.writers import own_of, writers_of
from xueji.duties.returns import remarks, selectors, services
from xueji.duties.returns.findings import key_of
from xueji.duties.returns.models import Return
from xueji.ground.accounts.context import acting_system
from xueji.ground.keys import node_keys
from xueji.ground.organisations import selectors as organisations
from xueji.pure.kernel.environment import LOCAL_ZONE, SeededEnvironment, environment
from xueji.pure.kernel.types import Refused, Role

ROUND = "2008"
FINDING = {"code": "return.large_change", "severity": "query", "message": "比上年少 12%", "row": None}


@pytest.fixture(autouse=True)
def _in_the_window(environment: SeededEnvironment) -> None:
    environment.move_to(datetime(2008, 9, 16, 9, tzinfo=LOCAL_ZONE))


def made(code: str, above: str, version: int = 1) -> Return:
    """A return of few figures, with one thing to be explained."""
    one = organisations.by_code(code)
    return Return.objects.create(
        id=environment().new_id(), level=one.level, round=ROUND, organisation=one.id,
        bureau=organisations.by_code(above).id, version=version, state="made", cut="0" * 64, sequence=1,
        digest=f"{version}" * 64, registered=0, attending=0, findings=[FINDING], made_at=environment().now(),
        made_by=UUID(int=1),
    )  # fmt: skip


def submitted(one: Return) -> Return:
    one.state, one.certified_at, one.certified_by = "certified", environment().now(), UUID(int=2)
    one.save()
    one.state, one.submitted_at = "submitted", environment().now()
    one.save()
    return one


def do(node: Node, act: Any, role: Role = Role.CLERK, **more: Any) -> Any:
    """An act at the node by its bureau about 秦淮's own return."""
    with node.at(), acting_system():
        bureau = organisations.by_code(QINHUAI).id
        return act(actor=actor(node, role), round_code=ROUND, organisation=bureau, **more)


def seen(node: Node, code: str = QINHUAI) -> Return:
    with node.at(), acting_system():
        found = selectors.current(ROUND, organisations.by_code(code).id)
    assert found is not None
    return found


def told(node: Node, one: Return) -> tuple[list[str], list[str]]:
    """Explanations and notes on a return as a node reads them."""
    with node.at(), acting_system():
        notes = [said.text for line in remarks.notes(one).values() for said in line]
        return [said.text for said in remarks.explanations(one).values()], notes


@pytest.fixture
def explained(nodes: Nodes) -> Nodes:
    """秦淮's own return, explained and not submitted yet, and a school's that is submitted."""
    with nodes.qinhuai.at(), acting_system():
        made(QINHUAI, nodes.city.code)
        submitted(made(PRIMARY, QINHUAI))
    explain = partial(do, nodes.qinhuai, services.explain)
    explain(texts={key_of(FINDING): "两校拆迁，学生随家长外迁"})
    return nodes


def test_a_district_s_explanations_go_up_with_its_return_and_the_city_s_notes_come_down(explained: Nodes) -> None:
    city, district = explained.city, explained.qinhuai
    # What is not submitted is nobody's business above.
    assert send(district, city).counts["remarks"] == 0
    with district.at(), acting_system():
        one = submitted(Return.objects.get(level="district"))
        head = actor(district, Role.HEAD)
        services.note(
            actor=head, round_code=ROUND, organisation=seen(district, PRIMARY).organisation, texts={"": "已核"}
        )
    lost = district.export(city, "lost.xjp")
    answer = city.receive(district.export(city))
    assert answer.counts["remarks"] == 2
    assert city.receive(lost).reason == "exchange.replay"
    assert told(city, one) == (["两校拆迁，学生随家长外迁"], [])
    assert told(city, seen(city, PRIMARY)) == ([], ["已核"])
    assert do(city, services.note, texts={key_of(FINDING): "请附拆迁通知"}) == 1
    do(city, services.send_back, Role.HEAD, reason="须附材料")
    # Unanswered, they go again; taken in once.
    again = send(district, city)
    assert (again.accepted, again.counts["remarks"]) == (True, 0)
    assert send(city, district).counts["remarks"] == 1
    assert told(district, one)[1] == ["请附拆迁通知"]
    assert (seen(district).state, seen(district).reason) == ("sent_back", "须附材料")
    for node, other in ((city, district), (district, city)):
        with node.at(), acting_system():
            way = "down" if node is city else "up"
            assert not remarks_towards(node_keys.load(), other.code, way).exists()
    assert send(city, district).counts["remarks"] == 0


def test_a_reopening_asked_for_at_the_district_is_decided_at_the_city_and_opens_the_district_s_return(
    explained: Nodes,
) -> None:
    city, district = explained.city, explained.qinhuai
    with district.at(), acting_system():
        submitted(Return.objects.get(level="district"))
    send(district, city)
    do(city, services.accept, Role.HEAD)
    send(city, district)
    asked = do(district, services.ask_reopening, reason="漏计 9 月 10 日转入的学生")
    # The city's clerk asks on his own the same day: one decision answers both.
    do(city, services.ask_reopening, reason="与学籍簿不符，须重开")
    assert send(district, city).accepted
    assert do(city, services.send_back, Role.HEAD, reason="同意，请补正").state == "sent_back"
    assert send(city, district).counts["duties"] == 1
    assert seen(district).state == "sent_back"
    send(district, city)
    send(city, district)
    for node in (city, district):
        with node.at(), acting_system():
            found = selectors.reopenings_of(ROUND, organisations.by_code(QINHUAI).id)
            assert {(one.outcome, one.answer) for one in found} == {("agreed", "同意，请补正")}
            assert asked.id in {one.id for one in found}
    assert [send(*pair).counts["duties"] for pair in ((district, city), (city, district))] == [0, 0]


def test_nobody_explains_notes_or_decides_for_another_by_a_package(explained: Nodes) -> None:
    city, district = explained.city, explained.qinhuai
    with district.at(), acting_system():
        one = submitted(Return.objects.get(level="district"))
        said = list(carried_remarks.lines(list(carried_remarks.upward(QINHUAI, city.code))))
    send(district, city)
    do(city, services.accept, Role.HEAD)
    send(city, district)
    do(district, services.ask_reopening, reason="漏计 9 月 10 日转入的学生")
    with district.at(), acting_system():
        (line,) = carried_reopenings.upward(QINHUAI)
    decided = {
        **line, "examined_at": line["asked_at"], "examined_by": str(UUID(int=3)), "outcome": "agreed",
        "decided_at": line["asked_at"], "decided_by": str(UUID(int=4)),
    }  # fmt: skip
    with city.at(), acting_system():
        stranger, sender = writers_of(BAIXIA), writers_of(QINHUAI)

        def refused(act: Any, *given: Any, **how: Any) -> str:
            with pytest.raises(Refused) as caught:
                act(*given, **how)
            return caught.value.code

        below = {"bureaus": own_of(QINHUAI), "concerned": sender, "from_below": True}
        foreign = {**below, "bureaus": own_of(BAIXIA), "concerned": stranger}
        take = carried_reopenings.take
        assert refused(take, line, **foreign) == refused(take, decided, **below) == "exchange.not_writer"
        assert refused(take, {"part": "reopening"}, **below) == "exchange.altered"
        assert (take(line, **below), take(line, **below), take(decided, **below)) == (1, 0, 0)  # type: ignore[arg-type]
        assert refused(take, {**line, "reason": "另一个理由"}, **below) == "exchange.fork"
        say = carried_remarks.take
        assert refused(say, said, concerned=stranger, authors=stranger) == "exchange.not_writer"
        assert refused(say, [{**said[0], "version": 2}], concerned=sender, authors=sender) == "exchange.fork"
        assert refused(say, [{**said[0], "text": 1}], concerned=sender, authors=sender) == "exchange.altered"
        assert say(said, concerned=sender, authors=sender) == 0
        assert selectors.reopening_of(one) is not None
