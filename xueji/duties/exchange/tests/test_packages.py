"""Packages between nodes: taken in whole, once, from whom they should come, or refused with a reason (design §5)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from uuid import UUID

import pytest
from django.db import ProgrammingError, connection

from tests.small_city import BAIXIA_PRIMARY, PRIMARY
from xueji.config.home import Home
from xueji.duties.exchange.models import Package, PeerKey
from xueji.duties.exchange.tests.conftest import Nodes
from xueji.duties.exchange.tests.nodes import Node, send
from xueji.duties.exchange.trust import revoke
from xueji.ground.accounts.context import acting_system
from xueji.ground.journals import histories
from xueji.ground.journals import selectors as journals
from xueji.ground.journals.histories import Foldable, SealedEntry
from xueji.ground.keys import node_keys
from xueji.ground.parameters import selectors as parameters
from xueji.pure.kernel.types import Refused
from xueji.registry.register import selectors as register
from xueji.registry.register import writing
from xueji.registry.register.models import CarriedDouble
from xueji.registry.register.services import carried

DAY = date(2008, 9, 15)


def state(node: Node, table: str = "register_registration") -> list[tuple[object, ...]]:
    columns = {
        "register_registration": "id, student_id, school, number, started_on, ended_on, opened_by_entry",
        "register_student": "id, name, birth_date, fields::text, holder, last_entry",
        "organisations_organisation": "id, code, name, last_entry",
    }
    with node.at(), acting_system(), connection.cursor() as cursor:
        cursor.execute(f"SELECT {columns[table]} FROM {table} ORDER BY 1")
        return list(cursor.fetchall())


def test_a_districts_journals_stand_at_the_city_as_they_were_written_and_give_the_same_register(nodes: Nodes) -> None:
    with nodes.qinhuai.at():
        child = nodes.qinhuai.lives.open()
        nodes.qinhuai.lives.open()
        nodes.qinhuai.lives.spell(child, "status", "suspended", date(2008, 3, 1))
    answer = send(nodes.qinhuai, nodes.city)
    assert (answer.accepted, answer.reason) == (True, "")
    assert answer.counts["students"] == 2
    for table in ("register_registration", "register_student"):
        assert state(nodes.city, table) == state(nodes.qinhuai, table)
    with nodes.city.at():
        assert journals.verify().faults == []
        with acting_system():
            record = register.student_record(child.student, DAY)
            assert record is not None
    with nodes.qinhuai.at():
        assert journals.verify().faults == []
        with acting_system():
            assert parameters.rulebook(DAY).version


def test_a_package_taken_in_twice_changes_nothing_and_gets_the_same_receipt(nodes: Nodes) -> None:
    with nodes.qinhuai.at():
        nodes.qinhuai.lives.open()
    path = nodes.qinhuai.export(nodes.city)
    first, again = nodes.city.receive(path), nodes.city.receive(path)
    assert (first.accepted, again.accepted, again.again) == (True, True, True)
    assert again.receipt == first.receipt


def test_a_lost_package_heals_itself_since_the_next_one_brings_what_was_not_acknowledged(nodes: Nodes) -> None:
    with nodes.qinhuai.at():
        nodes.qinhuai.lives.open()
    lost = nodes.qinhuai.export(nodes.city, "lost.xjp")
    with nodes.qinhuai.at():
        nodes.qinhuai.lives.open()
    assert send(nodes.qinhuai, nodes.city).accepted
    assert nodes.city.receive(lost).reason == "exchange.replay"
    assert state(nodes.city) == state(nodes.qinhuai)


def refusal(node: Node, path: Path) -> str:
    """The reason; nothing else may have changed, and the refusal is written down."""
    before = state(node), state(node, "organisations_organisation")
    answer = node.receive(path)
    assert not answer.accepted
    assert before == (state(node), state(node, "organisations_organisation"))
    with node.at(), acting_system():
        refused = Package.objects.filter(direction="in", state="refused", reason=answer.reason)
        assert refused.filter(message=answer.message).exists()
    assert answer.message.endswith("。")
    return answer.reason


def test_what_is_cut_altered_grown_or_no_package_is_refused_with_its_reason(nodes: Nodes, tmp_path: Path) -> None:
    with nodes.qinhuai.at():
        nodes.qinhuai.lives.open()
    whole = nodes.qinhuai.export(nodes.city).read_bytes()
    broken = tmp_path / "broken.xjp"

    def given(content: bytes) -> str:
        broken.write_bytes(content)
        return refusal(nodes.city, broken)

    assert given(b"") == given(whole[:9]) == given(whole[:200]) == given(whole[:-1]) == "exchange.truncated"
    assert given(whole + b"\0") == "exchange.bloated"
    assert given(whole[:-20] + bytes([whole[-20] ^ 1]) + whole[-19:]) == "exchange.altered"
    assert given(b"PK" + whole) == "exchange.not_a_package"
    number = whole.index(b'"number":') + 9
    assert given(whole[:number] + b"9" + whole[number + 1 :]) == "exchange.bad_signature"
    assert given(whole.replace(b'"receiver":"320100"', b'"receiver":"320103"')) == "exchange.not_for_us"


def test_strangers_and_revoked_keys_are_refused(nodes: Nodes) -> None:
    assert refusal(nodes.city, nodes.qinhuai.export(nodes.baixia)) == "exchange.not_for_us"
    stranger = Node("district", "320125", nodes.qinhuai.database, Home(nodes.city.home.path / "stranger"))
    stranger.begin()
    assert refusal(nodes.city, stranger.export(nodes.city)) == "exchange.unknown_sender"
    with nodes.city.at(), acting_system():
        revoke(key=PeerKey.objects.get(peer_id=nodes.qinhuai.code).key_id, reason="钥匙丢失")
    assert refusal(nodes.city, nodes.qinhuai.export(nodes.city)) == "exchange.revoked_key"


def test_a_rotated_key_is_learnt_from_the_package_since_the_old_one_signed_it(nodes: Nodes) -> None:
    with nodes.qinhuai.at():
        nodes.qinhuai.lives.open()
        with acting_system():
            node_keys.rotate()
    assert send(nodes.qinhuai, nodes.city).accepted
    with nodes.city.at(), acting_system():
        node_keys.rotate()
    assert send(nodes.city, nodes.qinhuai).accepted
    assert send(nodes.qinhuai, nodes.city).accepted


def test_a_lost_key_needs_the_fingerprint_before_its_successor_is_believed(nodes: Nodes) -> None:
    from xueji.ground.keys import node_keys

    with nodes.qinhuai.at(), acting_system():
        node_keys.rotate(lost="电脑被盗")
    package = nodes.qinhuai.export(nodes.city)
    assert refusal(nodes.city, package) == "keys.not_endorsed"
    public = nodes.qinhuai.public()
    with pytest.raises(Refused, match="核对指纹"):
        nodes.city.trusts(public)
    with nodes.qinhuai.at(), acting_system():
        fingerprint = node_keys.load().current.public.fingerprint
    nodes.city.trusts(public, fingerprint=fingerprint, replace=True)
    assert send(nodes.qinhuai, nodes.city).accepted


def test_no_node_writes_in_a_journal_that_another_one_writes(nodes: Nodes) -> None:
    with nodes.qinhuai.at():
        child = nodes.qinhuai.lives.open()
    send(nodes.qinhuai, nodes.city)
    with nodes.city.at():
        nodes.city.lives.city.organisations = {PRIMARY: child.school}
        with pytest.raises(ProgrammingError, match="is written at node 320104"):
            nodes.city.lives.spell(child, "status", "suspended", date(2008, 3, 1))


def test_a_large_package_is_folded_in_parts_and_a_number_borne_twice_is_let_stand_wherever_it_lies(
    nodes: Nodes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(carried, "CHUNK", 2)
    monkeypatch.setattr(writing, "_COPY_FROM", 1)
    number = "320104200103049999"
    with nodes.baixia.at():
        other = nodes.baixia.lives.open(BAIXIA_PRIMARY, id_number=number)
    assert send(nodes.baixia, nodes.city).accepted
    with nodes.qinhuai.at():
        children = [nodes.qinhuai.lives.open(id_number=f"3201042001030490{one:02d}") for one in range(6)]
        double = nodes.qinhuai.lives.open(id_number=number)
        children += [double, nodes.qinhuai.lives.open(id_number="320104200103049100")]
        nodes.qinhuai.lives.spell(children[2], "status", "suspended", date(2008, 3, 1))
    answer = send(nodes.qinhuai, nodes.city)
    assert (answer.accepted, answer.counts["students"], answer.counts["waiting"]) == (True, 8, 0)
    mine = {str(child.student) for child in children}
    for table, whose in (("register_registration", 1), ("register_student", 0)):
        there = [row for row in state(nodes.city, table) if str(row[whose]) in mine]
        assert there == state(nodes.qinhuai, table)
    with nodes.city.at(), acting_system():
        assert list(CarriedDouble.objects.values_list("student", "other")) == [(double.student, other.student)]


def test_a_part_that_does_not_open_refuses_the_whole_package_wherever_it_lies(
    nodes: Nodes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(carried, "CHUNK", 2)
    with nodes.qinhuai.at():
        children = [nodes.qinhuai.lives.open() for _ in range(6)]
    last = max(children, key=lambda child: child.student.int)
    opened = histories.opened

    def spoilt(entries: Sequence[SealedEntry], keys: Mapping[UUID, bytes]) -> dict[UUID, list[Foldable]]:
        return opened(entries, {**keys, last.student: bytes(32)} if last.student in keys else keys)

    monkeypatch.setattr(histories, "opened", spoilt)
    before = state(nodes.city)
    answer = send(nodes.qinhuai, nodes.city)
    assert (answer.accepted, answer.reason) == (False, "exchange.forged")
    assert state(nodes.city) == before
