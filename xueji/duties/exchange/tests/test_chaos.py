"""Whatever happens on the way, nodes agree once it has passed: nothing lost, nothing doubled, refusals with reasons.

Seeded: packages lost, doubled, overtaken, cut, grown, with a bit turned over, by a stranger, given to somebody else;
receivers and senders stopped at any statement, and killed by the kernel (SIGKILL) at a statement or at any moment;
writing refused by a limit of file size, at the sender's and at the receiver's door. Many more in the slow run.
"""

from __future__ import annotations

import json
import os
import random
import resource
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import date
from pathlib import Path
from typing import NoReturn

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
from xueji.pure.kernel.environment import SeededEnvironment, environment, use_environment

#: Faults within this process, and those that cost a process of its own.
KINDS = ("lost", "doubled", "late", "cut", "grown", "turned", "stranger", "misled", "receiver_stopped",
    "sender_stopped", "disk_full", "door_full")  # fmt: skip
DYING = ("receiver_killed", "sender_killed")


class _Stopped(BaseException):
    """Nothing after it runs, the transaction is gone."""


def _stop() -> NoReturn:
    raise _Stopped


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


@contextmanager
def ended_at(statement: int, end: Callable[[], None] = _stop) -> Iterator[None]:
    """End at the so many-th statement."""
    count = 0

    def stop(execute: Callable[..., object], *arguments: object) -> object:
        nonlocal count
        count += 1
        if count == statement:
            end()
        return execute(*arguments)

    with connection.execute_wrapper(stop):
        yield


def killed(node: Node, work: Callable[[], object], rng: random.Random, statements: int) -> None:
    """The work in a process of its own, which the kernel kills at a statement, or at any moment; it may be through."""
    node.close()  # the child must not speak on the parent's connections
    statement = rng.choice([1 + rng.randrange(statements), None])
    own = SeededEnvironment(environment().now(), seed=rng.randrange(1 << 30))  # ids that nobody else gives
    child = os.fork()
    if child == 0:
        code = 1
        try:
            with use_environment(own), node.at(), ended_at(statement or 0, _die):
                work()
            code = 0
        finally:
            os._exit(code)
    if statement is None:
        time.sleep(rng.random() / 4)
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0, "the work failed by itself"


class Chaos:
    """Sends packages of the two districts to the city and spoils them; ``faults``: how often each kind happened."""

    def __init__(self, nodes: Nodes, seed: int, folder: Path) -> None:
        self.nodes, self.rng, self.folder = nodes, random.Random(seed), folder
        self.faults: Counter[str] = Counter()
        self.unknown = Node("district", "320125", nodes.baixia.database, Home(folder / "stranger"))
        self.unknown.begin()
        self.reasons: Counter[str] = Counter()

    def step(self, kinds: Sequence[str]) -> None:
        sender, receiver = self.rng.choice(
            [(self.nodes.qinhuai, self.nodes.city), (self.nodes.city, self.nodes.baixia)]
        )
        if receiver is self.nodes.city:
            with sender.at():
                child = sender.lives.open()
                if self.rng.random() < 0.3:
                    sender.lives.spell(child, "status", "suspended", date(2008, 3, 1))
        kind = self.rng.choice(kinds)
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

    def receiver_stopped(self, sender: Node, receiver: Node) -> None:
        path = self._package(sender, receiver)
        with receiver.at(), suppress(_Stopped), ended_at(1 + self.rng.randrange(60)):
            services.receive(path)
        assert receiver.receive(path).accepted

    def sender_stopped(self, sender: Node, receiver: Node) -> None:
        with sender.at(), suppress(_Stopped), ended_at(1 + self.rng.randrange(25)), acting_system():
            services.export(to=receiver.code)

    def receiver_killed(self, sender: Node, receiver: Node) -> None:
        """Killed at the door or while it takes in: the package is put down again, and is taken in once."""
        path = self._package(sender, receiver)
        whole = path.read_bytes()

        def take_in() -> int:
            arriving.arrive(iter([whole]))
            return arriving.take_arrived()

        killed(receiver, take_in, self.rng, 60)
        with receiver.at():
            take_in()
        assert receiver.receive(path).again

    def sender_killed(self, sender: Node, receiver: Node) -> None:
        def make() -> None:
            with acting_system():
                services.export(to=receiver.code)

        killed(sender, make, self.rng, 25)

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
            before = set(arriving.inbox().glob("*"))  # what a killed process left is swept away after a day
            with writing_refused(self.rng.randrange(len(whole))), pytest.raises(OSError, match="too large"):
                arriving.arrive(iter([whole]))
            assert set(arriving.inbox().glob("*")) == before
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


def survive(nodes: Nodes, faults: Sequence[Sequence[str]], seed: int, folder: Path) -> Chaos:
    """A fault of each of these choices; afterwards a package each way, and everybody agrees."""
    chaos = Chaos(nodes, seed, folder)
    for kinds in faults:
        chaos.step(kinds)
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
    chaos = survive(nodes, [*[KINDS] * 14, DYING[:1], *[KINDS] * 14, DYING[1:]], 2008, tmp_path)
    assert sum(chaos.faults.values()) == 30
    assert len(chaos.faults) >= 9


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
def test_nodes_agree_after_hundreds_of_faults(nodes: Nodes, tmp_path: Path, seed: int) -> None:
    chaos = survive(nodes, [KINDS + DYING] * 260, seed, tmp_path)
    assert len(chaos.faults) == 14
    assert sum(chaos.faults[kind] for kind in DYING) >= 20
