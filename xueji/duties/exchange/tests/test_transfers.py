"""A transfer between two nodes: closed first, then opened; in transit counted once and listed (design §5)."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

import pytest

from tests.small_city import BAIXIA, BAIXIA_PRIMARY, PRIMARY, QINHUAI
from xueji.duties.exchange import transfers
from xueji.duties.exchange.models import NodeTransfer
from xueji.duties.exchange.tests.conftest import Nodes
from xueji.duties.exchange.tests.nodes import Node, photograph, send
from xueji.duties.exchange.tests.test_reconcile import compared
from xueji.ground.accounts.context import acting, acting_system
from xueji.ground.accounts.selectors import actors_of
from xueji.ground.accounts.services import RosterRow, admit_roster
from xueji.ground.journals import selectors as journals
from xueji.pure.kernel.environment import LOCAL_ZONE, SeededEnvironment
from xueji.pure.kernel.operations import SetFields
from xueji.pure.kernel.record_items import RECORDED, Item, items_in
from xueji.pure.kernel.types import Actor, Refused, Role
from xueji.registry.photos import selectors as photos
from xueji.registry.photos.tests.pictures import portrait
from xueji.registry.register import selectors as register
from xueji.registry.register.services import rebuild


def head_of(node: Node) -> Actor:
    with node.at(), acting_system() as system:
        row = RosterRow(2, "负责人", node.code, Role.HEAD, started_on=date(2007, 9, 1), trained_on=date(2007, 9, 1))
        return actors_of(admit_roster(actor=system, rows=[row]).slips[0].account)[0]


def record(node: Node, student: UUID) -> Any:
    with node.at(), acting_system():
        return register.student_record(student)


def test_a_pupil_moves_between_nodes_and_is_counted_once_on_every_day(
    nodes: Nodes, environment: SeededEnvironment
) -> None:
    city, sender, receiver = nodes.city, nodes.qinhuai, nodes.baixia
    environment.move_to(datetime(2007, 10, 15, 9, tzinfo=LOCAL_ZONE))
    with sender.at():
        child = sender.lives.open(intake_year=2005, name="李丽")
        item = Item(child.student, "term_marks", "2007-autumn", {"chinese": "92.5"})
        sealed = {item.code: item.to_json()}
        sender.lives.change(child, RECORDED, date(2007, 10, 12), SetFields({}, (item.code,)), sensitive=sealed)
    digest = photograph(sender, child)
    number = record(sender, child.student).numbers[-1]
    asks, lets_go = head_of(receiver), head_of(sender)
    with receiver.at():
        group = receiver.lives.group(BAIXIA_PRIMARY, "primary", 2005)
        for reason, said in ((" ", "请写明转学理由"), ("迁居", ""), ("迁居", "已于 2007-10-15 向对方教育局提出过")):
            with acting(asks), pytest.raises(Refused, match=said) if said else nullcontext():
                transfers.ask(actor=asks, class_group=group, name="李丽", number=number, reason=reason)
        with acting(asks):  # a district without a node of its own: who asks is told, and no package is held up
            transfers.ask(actor=asks, class_group=group, name="王强", number=f"320199{number[6:]}", reason="迁居")
    assert send(sender, city).accepted
    assert send(receiver, city).accepted
    assert send(city, sender).accepted
    environment.move_to(datetime(2007, 10, 18, 9, tzinfo=LOCAL_ZONE))
    with sender.at():
        with acting_system():
            (case,) = transfers.asked_here()
            assert (case.student, case.from_school) == (child.student, child.school)
        with acting(lets_go):
            assert transfers.against(actor=lets_go, transfer=case.id) == []
            with pytest.raises(Refused, match="负责人办理"):
                transfers.release(actor=replace(lets_go, role=Role.CLERK), transfer=case.id)
            transfers.release(actor=lets_go, transfer=case.id)
        with acting_system():
            assert [one.student for one in transfers.in_transit()] == [child.student]
    assert send(sender, city).accepted
    with city.at(), acting_system():
        assert [one.student for one in transfers.in_transit()] == [child.student]
        assert register.student_record(child.student).in_force is None  # type: ignore[union-attr]
    environment.move_to(datetime(2007, 10, 20, 9, tzinfo=LOCAL_ZONE))
    assert send(city, receiver).accepted
    there = record(receiver, child.student)
    assert (there.name, there.in_force.school) == ("李丽", receiver.lives.city.id(BAIXIA_PRIMARY))
    assert there.sensitive == record(sender, child.student).sensitive == record(city, child.student).sensitive
    assert items_in(there.sensitive) == [item]
    assert photos.digest_of(there) == digest
    with receiver.at(), acting_system():
        assert photos.contents(photos.photos([digest]).values()) == {digest: portrait(1)}
    for _ in range(2):
        assert send(receiver, city).accepted
        assert send(city, sender).accepted
    for node in (city, sender, receiver):
        with node.at():
            assert journals.verify().faults == []
            with acting_system():
                assert transfers.in_transit() == []
                assert NodeTransfer.objects.get(id=case.id).state == "opened"
                assert rebuild().differed == ()
    with receiver.at(), acting_system():
        nowhere = NodeTransfer.objects.exclude(id=case.id).get()
        assert (nowhere.state, nowhere.answer[:14]) == ("refused", "没有代码为 320199 的")
    both = record(city, child.student)
    assert [one.school for one in both.registrations] == [
        sender.lives.city.id(PRIMARY),
        receiver.lives.city.id(BAIXIA_PRIMARY),
    ]
    assert both.numbers == (number, there.numbers[-1])
    for district in (sender, receiver):
        for deep in (False, True):
            assert compared(city, district, deep=deep).differences == [], (QINHUAI, BAIXIA)
