"""Filings, courses and problems between nodes: the city's node sees a district's table and acknowledges it."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

import pytest

from tests.small_city import BAIXIA, QINHUAI
from xueji.duties.exchange import carried_duties
from xueji.duties.exchange.models import Package, Peer
from xueji.duties.exchange.services import pushing
from xueji.duties.exchange.services.exporting import file_of
from xueji.duties.exchange.tests.conftest import Nodes
from xueji.duties.exchange.tests.nodes import Node, send
from xueji.duties.exchange.writers import own_of, writers_of
from xueji.duties.filings import services as filings
from xueji.duties.filings.models import Filing, FilingState
from xueji.duties.maintenance import services as problems
from xueji.duties.maintenance.models import Problem
from xueji.duties.training import selectors as training
from xueji.duties.training.services import open_course
from xueji.ground.accounts.context import acting_system, system_actor
from xueji.ground.organisations import selectors
from xueji.ground.organisations import services as organisations
from xueji.ground.organisations.services import SchoolDraft
from xueji.pure.kernel.environment import LOCAL_ZONE, SeededEnvironment
from xueji.pure.kernel.types import Actor, Level, Refused, Role

DRAFTED = "32010421009"


def actor(node: Node, role: Role) -> Actor:
    """A holder of a post at the node's bureau."""
    level = Level.CITY if node.level == "city" else Level.DISTRICT
    person = UUID(int=int(node.code) * 100 + list(Role).index(role))
    return Actor(person, person, selectors.by_code(node.code).id, role, level, "某某")


def file_(node: Node) -> None:
    with node.at(), acting_system():
        filings.make(actor=actor(node, Role.CLERK), kind="school_codes", year=2008)
        filings.file_(actor=actor(node, Role.HEAD), kind="school_codes", year=2008)


def decided(nodes: Nodes, reason: str = "") -> None:
    """The city's head acknowledges what 秦淮 filed, or sends it back; the news go down."""
    with nodes.city.at(), acting_system():
        bureau, head = selectors.by_code(QINHUAI).id, actor(nodes.city, Role.HEAD)
        if reason:
            filings.send_back(actor=head, kind="school_codes", year=2008, bureau=bureau, reason=reason)
        else:
            filings.acknowledge(actor=head, kind="school_codes", year=2008, bureau=bureau)
    assert send(nodes.city, nodes.qinhuai).counts["duties"] == 1


def seen(node: Node) -> tuple[Filing, str]:
    """The filing as a node knows it, and the state of the drafted code."""
    with node.at(), acting_system():
        return Filing.objects.get(), selectors.by_code(DRAFTED).code_state


def test_a_districts_table_is_sent_back_filed_again_and_acknowledged_and_its_own_node_confirms_the_code(
    nodes: Nodes, environment: SeededEnvironment
) -> None:
    with nodes.qinhuai.at(), acting_system():
        bureau = selectors.by_code(QINHUAI).id
        draft = SchoolDraft(DRAFTED, "秦淮新苗小学", "primary", bureau)
        organisations.open_schools(actor=system_actor(bureau), drafts=[draft], effective_on=date(2008, 9, 1))
    file_(nodes.qinhuai)
    assert send(nodes.qinhuai, nodes.city).counts["duties"] == 1
    there, here = seen(nodes.city)[0], seen(nodes.qinhuai)[0]
    assert (there.state, there.content, there.digest) == (FilingState.FILED, here.content, here.digest)
    decided(nodes, "河西小学缺")
    assert (seen(nodes.qinhuai)[0].state, seen(nodes.qinhuai)[0].reason) == (FilingState.SENT_BACK, "河西小学缺")

    environment.move_to(datetime(2008, 9, 2, 9, tzinfo=LOCAL_ZONE))
    file_(nodes.qinhuai)
    assert send(nodes.qinhuai, nodes.city).counts["duties"] == 1
    decided(nodes)
    # The district's journal is written at its own node alone: there the code is confirmed, and comes up with it.
    assert [(one.state, code) for one, code in (seen(nodes.qinhuai), seen(nodes.city))] == [
        (FilingState.ACKNOWLEDGED, "confirmed"), (FilingState.ACKNOWLEDGED, "drafted"),
    ]  # fmt: skip
    assert send(nodes.qinhuai, nodes.city).counts["duties"] == 0
    assert seen(nodes.city)[1] == "confirmed"
    assert send(nodes.city, nodes.qinhuai).counts["duties"] == 0


def test_a_problem_and_its_answer_go_up_and_down_and_a_course_is_seen_above(
    nodes: Nodes, environment: SeededEnvironment
) -> None:
    with nodes.qinhuai.at(), acting_system():
        clerk = actor(nodes.qinhuai, Role.CLERK)
        problem = problems.report(actor=clerk, title="打印慢", text="打印卡片时等很久").pk
        open_course(actor=clerk, title="岗前培训", kind="new", held_on=date(2008, 9, 1), examined=False)
    assert send(nodes.qinhuai, nodes.city).counts["duties"] == 2
    with nodes.city.at(), acting_system():
        assert [one.course.title for one in training.courses(selectors.by_code(QINHUAI).id)] == ["岗前培训"]
        environment.move_to(datetime(2008, 9, 2, 9, tzinfo=LOCAL_ZONE))
        problems.answer(actor=actor(nodes.city, Role.CLERK), problem=problem, text="已在新版本中改正")
    assert send(nodes.city, nodes.qinhuai).counts["duties"] == 1
    with nodes.qinhuai.at(), acting_system():
        found = Problem.objects.get()
        assert (found.state, [one.kind for one in found.notes.order_by("at")]) == ("answered", ["report", "answer"])
        environment.move_to(datetime(2008, 9, 3, 9, tzinfo=LOCAL_ZONE))
        problems.reopen(actor=actor(nodes.qinhuai, Role.CLERK), problem=problem, text="还是慢")
    send(nodes.qinhuai, nodes.city)
    with nodes.city.at(), acting_system():
        assert (Problem.objects.get().state, Problem.objects.get().notes.count()) == ("open", 3)


def test_what_a_bureau_filed_held_or_reported_is_not_taken_over_by_another_under_its_own_name(nodes: Nodes) -> None:
    file_(nodes.qinhuai)
    with nodes.qinhuai.at(), acting_system():
        clerk = actor(nodes.qinhuai, Role.CLERK)
        problems.report(actor=clerk, title="打印慢", text="打印卡片时等很久")
        open_course(actor=clerk, title="岗前培训", kind="new", held_on=date(2008, 9, 1), examined=False)
        lines = carried_duties.upward(QINHUAI)
        own = str(selectors.by_code(QINHUAI).id)
    send(nodes.qinhuai, nodes.city)
    with nodes.city.at(), acting_system():
        other = str(selectors.by_code(BAIXIA).id)
        for line in lines:
            stolen = {key: other if value == own else value for key, value in line.items()}
            with pytest.raises(Refused) as refused:
                carried_duties.take(
                    [stolen], sender=BAIXIA, writers=writers_of(BAIXIA), own=own_of(nodes.city.code), from_below=True
                )
            assert refused.value.code == "exchange.not_writer", line["part"]


def test_a_node_speaks_only_for_its_own_bureau_and_is_asked_again_only_when_something_changed(nodes: Nodes) -> None:
    file_(nodes.qinhuai)
    with nodes.qinhuai.at(), acting_system():
        lines = carried_duties.upward(QINHUAI)
        Peer.objects.filter(code=nodes.city.code).update(address="https://city.example")
        assert pushing.make_due() == 1
        made = file_of(Package.objects.get(direction="out", state="made"))
    nodes.qinhuai.note(nodes.city.receive(made))
    with nodes.qinhuai.at():
        assert pushing.make_due() == 0
    with nodes.qinhuai.at(), acting_system():
        problems.report(actor=actor(nodes.qinhuai, Role.CLERK), title="打印慢", text="打印卡片时等很久")
    with nodes.qinhuai.at():
        assert pushing.make_due() == 1
    with nodes.city.at(), acting_system():
        foreign = {"sender": BAIXIA, "writers": writers_of(BAIXIA), "own": own_of(nodes.city.code), "from_below": True}
        with pytest.raises(Refused) as refused:
            carried_duties.take(lines, **foreign)  # type: ignore[arg-type]
        assert refused.value.code == "exchange.not_writer"
        for broken in ({"part": "filing"}, {"part": "none"}, {**lines[0], "year": "x"}, {**lines[0], "more": 1}):
            with pytest.raises(Refused) as refused:
                carried_duties.take([broken], **{**foreign, "sender": QINHUAI})  # type: ignore[arg-type]
            assert refused.value.code == "exchange.altered"
