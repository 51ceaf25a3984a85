"""Whatever happens on the way, nodes agree once it has passed: nothing lost, nothing doubled, refusals with reasons.

Seeded: packages lost, doubled, overtaken, cut, grown, with a bit turned over, by a stranger, given to somebody else;
receivers and senders stopped at any statement; writing refused by a limit of file size, at the sender's and at the
receiver's door. Many more in the slow run.
"""

from __future__ import annotations

import json
import random
import resource
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import date
from pathlib import Path

import pytest
from django.db import connection

from xueji.config.home import Home
from xueji.duties.exchange import envelope, services
from xueji.duties.exchange.models import Package
from xueji.duties.exchange.services import Answer, arriving
from xueji.duties.exchange.tests.conftest import Nodes
from xueji.duties.exchange.tests.nodes import Node, send
from xueji.duties.exchange.tests.test_reconcile import compared
from xueji.duties.exchange.trust import receiving_key
from xueji.ground.accounts.context import acting_system
from xueji.ground.journals import selectors as journals
from xueji.ground.keys import node_keys


class _Killed(BaseException):
    """The process ends here: nothing after it runs, the transaction is gone."""


@contextmanager
def killed_at(statement: int) -> Iterator[None]:
    """Stop at the so many-th statement."""
    count = 0

    def stop(execute: Callable[..., object], *arguments: object) -> object:
        nonlocal count
        count += 1
        if count == statement:
            raise _Killed
        return execute(*arguments)

    with connection.execute_wrapper(stop):
        yield


class Chaos:
    """Sends packages of the two districts to the city and spoils them; ``faults``: how often each kind happened."""

    def __init__(self, nodes: Nodes, seed: int, folder: Path) -> None:
        self.nodes, self.rng, self.folder = nodes, random.Random(seed), folder
        self.faults: Counter[str] = Counter()
        self.unknown = Node("district", "320125", nodes.baixia.database, Home(folder / "stranger"))
        self.unknown.begin()
        self.reasons: Counter[str] = Counter()

    def step(self) -> None:
        sender, receiver = self.rng.choice(
            [(self.nodes.qinhuai, self.nodes.city), (self.nodes.city, self.nodes.baixia)]
        )
        if receiver is self.nodes.city:
            with sender.at():
                child = sender.lives.open()
                if self.rng.random() < 0.3:
                    sender.lives.spell(child, "status", "suspended", date(2008, 3, 1))
        kind = self.rng.choice(
            ["lost", "doubled", "late", "cut", "grown", "turned", "stranger", "misled", "receiver_killed",
             "sender_killed", "disk_full", "door_full"]
        )  # fmt: skip
        self.faults[kind] += 1
        getattr(self, kind)(sender, receiver)

    def _package(self, sender: Node, receiver: Node) -> Path:
        return sender.export(receiver, f"{sum(self.faults.values())}.xjp")

    def _refused(self, answer: Answer, *reasons: str) -> None:
        assert answer.accepted is False
        assert answer.reason in reasons
        self.reasons[answer.reason] += 1

    def lost(self, sender: Node, receiver: Node) -> None:
        self._package(sender, receiver)

    def doubled(self, sender: Node, receiver: Node) -> None:
        path = self._package(sender, receiver)
        first, again = receiver.receive(path), receiver.receive(path)
        assert (first.accepted, again.again) == (True, True)
        if self.rng.random() < 0.5:
            sender.note(again)

    def late(self, sender: Node, receiver: Node) -> None:
        old, new = self._package(sender, receiver), sender.export(receiver, "overtakes.xjp")
        assert receiver.receive(new).accepted
        self._refused(receiver.receive(old), "exchange.replay")

    def _spoilt(self, sender: Node, receiver: Node, spoil: Callable[[bytes], bytes]) -> Answer:
        path = self._package(sender, receiver)
        path.write_bytes(spoil(path.read_bytes()))
        return receiver.receive(path)

    def cut(self, sender: Node, receiver: Node) -> None:
        answer = self._spoilt(sender, receiver, lambda whole: whole[: self.rng.randrange(len(whole))])
        self._refused(answer, "exchange.truncated")

    def grown(self, sender: Node, receiver: Node) -> None:
        answer = self._spoilt(sender, receiver, lambda whole: whole + self.rng.randbytes(1 + self.rng.randrange(4096)))
        self._refused(answer, "exchange.bloated")

    def turned(self, sender: Node, receiver: Node) -> None:
        def turn(whole: bytes) -> bytes:
            spot = self.rng.randrange(len(whole))
            return whole[:spot] + bytes([whole[spot] ^ 1 << self.rng.randrange(8)]) + whole[spot + 1 :]

        answer = self._spoilt(sender, receiver, turn)
        assert not answer.accepted
        self.reasons[answer.reason] += 1

    def stranger(self, sender: Node, receiver: Node) -> None:
        """Somebody else's signature on a package that says it is the sender's, or his own name on it."""
        path = self.folder / "strange.xjp"
        keys = self.unknown
        with keys.at(), acting_system():
            pair = node_keys.load().current
        with sender.at(), acting_system():
            key = receiving_key(receiver.code)
        name = self.rng.choice([sender.code, self.unknown.code])
        envelope.write(
            path, [b"{}"], kind="up", sender=name, receiver=receiver.code, number=1000, previous="",
            made_at="2008-09-01T00:00:00+00:00", pair=pair, sealed_for=key.key_id, encryption=bytes(key.encryption),
            identity=json.dumps(keys.public()),
        )  # fmt: skip
        self._refused(receiver.receive(path), "exchange.unknown_sender")

    def misled(self, sender: Node, receiver: Node) -> None:
        other = self.nodes.baixia if receiver is self.nodes.city else self.nodes.qinhuai
        self._refused(other.receive(self._package(sender, receiver)), "exchange.not_for_us")

    def receiver_killed(self, sender: Node, receiver: Node) -> None:
        path = self._package(sender, receiver)
        with receiver.at(), suppress(_Killed), killed_at(1 + self.rng.randrange(60)):
            services.receive(path)
        assert receiver.receive(path).accepted

    def sender_killed(self, sender: Node, receiver: Node) -> None:
        with sender.at(), suppress(_Killed), killed_at(1 + self.rng.randrange(25)), acting_system():
            services.export(to=receiver.code)

    def disk_full(self, sender: Node, receiver: Node) -> None:
        """Writing is refused in the middle of the package: no half file is left, and the next one is whole."""
        before = set(sender.home.path.rglob("*.xjp"))
        with writing_refused(600), pytest.raises(OSError, match="too large"):
            self._package(sender, receiver)
        assert set(sender.home.path.rglob("*.xjp")) == before

    def door_full(self, sender: Node, receiver: Node) -> None:
        """Writing is refused while the package arrives: nothing waits, and it can be put down again."""
        whole = self._package(sender, receiver).read_bytes()
        with receiver.at():
            with writing_refused(self.rng.randrange(len(whole))), pytest.raises(OSError, match="too large"):
                arriving.arrive(iter([whole]))
            assert list(arriving.inbox().iterdir()) == []
            arriving.arrive(iter([whole]))
            assert arriving.take_arrived() == 1


@contextmanager
def writing_refused(beyond: int) -> Iterator[None]:
    """No file may grow beyond so many bytes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (beyond, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def refusals(nodes: Nodes) -> Counter[str]:
    """What the nodes wrote down of packages that they refused; each with a sentence."""
    found: Counter[str] = Counter()
    for node in (nodes.city, nodes.qinhuai, nodes.baixia):
        with node.at(), acting_system():
            rows = list(Package.objects.filter(direction="in", state="refused"))
            assert all(one.message for one in rows)
            found.update(one.reason for one in rows)
    return found


def survive(nodes: Nodes, faults: int, seed: int, folder: Path) -> Chaos:
    """So many faults; afterwards a package each way, and everybody agrees."""
    chaos = Chaos(nodes, seed, folder)
    for _ in range(faults):
        chaos.step()
    for district in (nodes.qinhuai, nodes.baixia):
        assert send(district, nodes.city).accepted
        assert send(nodes.city, district).accepted
    for district in (nodes.qinhuai, nodes.baixia):
        assert compared(nodes.city, district, deep=True).differences == []
    for node in (nodes.city, nodes.qinhuai, nodes.baixia):
        with node.at():
            assert journals.verify().faults == []
    with nodes.city.at(), acting_system(), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM register_student")
        at_city = cursor.fetchone()
    with nodes.qinhuai.at(), acting_system(), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM register_student")
        assert cursor.fetchone() == at_city
    assert refusals(nodes) == chaos.reasons
    return chaos


def test_nodes_agree_after_thirty_faults_on_the_way(nodes: Nodes, tmp_path: Path) -> None:
    chaos = survive(nodes, 30, 2008, tmp_path)
    assert sum(chaos.faults.values()) == 30
    assert len(chaos.faults) >= 7


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
def test_nodes_agree_after_hundreds_of_faults(nodes: Nodes, tmp_path: Path, seed: int) -> None:
    chaos = survive(nodes, 260, seed, tmp_path)
    assert len(chaos.faults) == 12
