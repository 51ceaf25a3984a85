"""``reconcile --with URL``: questions at the door, answered by a job, sealed for who asks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from tests.small_city import PRIMARY
from xueji.duties.exchange.models import Peer
from xueji.duties.exchange.reconcile import HereSide, RemoteSide, answering, questions
from xueji.duties.exchange.reconcile.entries import Row
from xueji.duties.exchange.reconcile.remote import QUESTIONS
from xueji.duties.exchange.tests.conftest import Nodes
from xueji.duties.exchange.tests.nodes import Node, send
from xueji.ground.accounts.context import acting_system
from xueji.ground.keys import node_keys
from xueji.pure.kernel.types import Refused

ADDRESS = "https://node.example"


def asked(
    asker: Node, node: Node, file: Path, name: str, spoil: Callable[[bytes], bytes] = lambda raw: raw, **values: Any
) -> list[Row]:
    """A question put down at a node's own door, answered by its job, read by the asker."""
    with asker.at(), acting_system():
        raw = spoil(questions.write(node_keys.load(), to=node.code, name=name, values=values))
    with node.at():
        client = Client()
        put = client.post(QUESTIONS, raw, content_type="application/json")
        if put.status_code == 409:
            raise Refused(put.json()["code"], put.json()["message"])
        where = f"{QUESTIONS}/{put.json()['question']}"
        assert client.get(where).status_code == 202
        assert answering.answer_waiting() == 1
        answer = client.get(where)
        if answer.status_code == 409:
            raise Refused(answer.json()["code"], answer.json()["message"])
        file.write_bytes(answer.getvalue())
    with asker.at(), acting_system():
        Peer.objects.filter(code=node.code).update(address=ADDRESS)
        return RemoteSide(f"{ADDRESS}/").read_answer(raw, file)


def test_a_node_answers_the_one_above_about_all_and_one_below_about_its_own_schools_alone(
    nodes: Nodes, tmp_path: Path
) -> None:
    city, district, file = nodes.city, nodes.qinhuai, tmp_path / "answer"
    with district.at():
        child = district.lives.open()
    assert send(district, city).accepted
    school = district.lives.city.id(PRIMARY)
    with district.at(), acting_system():
        held = {name: HereSide().rows(name, {"organisation": school}) for name in ("entries", "details")}
        known, opened = HereSide().rows("tree"), HereSide().opened(school)
        own = HereSide().opened_fields(school, [child.student])
    for name, rows in held.items():
        assert sorted(asked(city, district, file, name, organisation=school), key=str) == sorted(rows, key=str)
        assert len(asked(district, city, file, name, organisation=school)) == len(rows)
    of_states = [row for row in asked(city, district, file, "opened", organisation=school) if row[0] == "state"]
    assert [row[1:] for row in of_states] == [(child.student, "", opened.states[child.student])]
    fields = asked(city, district, file, "opened_fields", organisation=school, students=[child.student])
    assert {(row[1], row[2]) for row in fields} == set(own[child.student].items())
    with pytest.raises(Refused, match="不归该节点管辖"):
        asked(nodes.baixia, city, file, "opened_fields", organisation=school, students=[child.student])
    assert asked(district, city, file, "histories", students=[child.student])[0][0] == child.student
    for name in ("tree", "journals"):
        assert {row[0] for row in asked(district, city, file, name)} <= {row[0] for row in known}
    with pytest.raises(Refused, match="不归该节点管辖"):
        asked(nodes.baixia, city, file, "entries", organisation=school)
    assert asked(nodes.baixia, city, file, "histories", students=[child.student]) == []
    with pytest.raises(Refused, match="平级节点"):
        asked(nodes.baixia, district, file, "tree")


def test_the_same_question_asked_again_is_answered_as_things_stand_then(nodes: Nodes, tmp_path: Path) -> None:
    city, district, file = nodes.city, nodes.qinhuai, tmp_path / "answer"
    school = district.lives.city.id(PRIMARY)
    before = asked(city, district, file, "entries", organisation=school)
    with district.at():
        district.lives.open()
    assert len(asked(city, district, file, "entries", organisation=school)) > len(before)


def test_a_question_that_no_trusted_key_signed_or_that_is_none_is_not_answered(nodes: Nodes, tmp_path: Path) -> None:
    city, district, file = nodes.city, nodes.qinhuai, tmp_path / "answer"
    with pytest.raises(Refused, match="受信任节点签名"):
        asked(district, city, file, "tree", spoil=lambda raw: raw.replace(b'"tree"', b'"states"'))
    for spoil in (lambda raw: raw[:-1], lambda raw: b"[]", lambda raw: raw.replace(b'"tree"', b'"sealed"')):
        with pytest.raises(Refused, match="没有回答"):
            asked(district, city, file, "tree", spoil=spoil)
    with pytest.raises(Refused, match="没有网址"), city.at(), acting_system():
        RemoteSide(ADDRESS)
