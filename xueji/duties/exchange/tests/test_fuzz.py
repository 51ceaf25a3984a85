"""Whatever bytes come as a package: no crash, no half import, memory bounded (issue 4 Shows 5)."""

from __future__ import annotations

import random
import resource
from collections import Counter
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from xueji.duties.exchange import envelope
from xueji.duties.exchange.contents import Reader
from xueji.duties.exchange.tests.conftest import Nodes
from xueji.duties.exchange.tests.test_packages import state
from xueji.duties.exchange.trust import receiving_key
from xueji.ground.accounts.context import acting_system
from xueji.ground.keys import node_keys
from xueji.ground.keys.sealing import canonical_json
from xueji.pure.kernel.types import Refused


def opened(path: Path, pair: node_keys.Pair) -> str:
    """Read a file to its end as the receiver does before anything is written; the reason why not, or ''."""
    try:
        found = envelope.open_head(path)
        envelope.check_body(found)
        reader = Reader(envelope.body_lines(found, pair))
        reader.begin()
        for section in ("peers",):
            list(reader.objects(section))
        for _ in reader.data_keys():
            pass
        reader.blocks()
        for section in ("entries", "cuts", "returns", "messages", "receipts"):
            for _ in reader.raw(section):
                pass
        reader.end()
    except Refused as refused:
        return refused.code
    return ""


def spoil(whole: bytes, rng: random.Random) -> bytes:
    """Cut, turned, doubled, exchanged, or nothing of it."""
    made = bytearray(whole)
    for _ in range(1 + rng.randrange(4)):
        spot, length = rng.randrange(len(made) or 1), rng.randrange(64)
        kind = rng.randrange(6)
        if kind == 0:
            del made[spot:]
        elif kind == 1 and made:
            made[spot] ^= 1 << rng.randrange(8)
        elif kind == 2:
            made[spot:spot] = made[spot : spot + length]
        elif kind == 3:
            made[spot : spot + length] = rng.randbytes(length)
        elif kind == 4:
            del made[spot : spot + length]
        else:
            made += rng.randbytes(length)
    return bytes(made)


def written(nodes: Nodes, path: Path, lines: list[bytes]) -> None:
    """A package of these lines with a right signature: what only a trusted node could send."""
    with nodes.qinhuai.at(), acting_system():
        keys, key = node_keys.load(), receiving_key(nodes.city.code)
    envelope.write(
        path, lines, kind="up", sender=keys.code, receiver=nodes.city.code, number=1, previous="",
        made_at="2008-09-01T00:00:00+00:00", pair=keys.current, sealed_for=key.key_id,
        encryption=bytes(key.encryption), identity="{}",
    )  # fmt: skip


def test_a_bomb_stops_where_the_head_said_and_takes_no_memory(nodes: Nodes, tmp_path: Path) -> None:
    path = tmp_path / "bomb.xjp"
    written(nodes, path, [b"0" * (8 << 20)] * 40)  # 320 MiB of nothing
    assert path.stat().st_size < 2 << 20
    made = envelope.open_head(path)
    raw = canonical_json({**asdict(made.head), "plain_bytes": 5000})
    with nodes.qinhuai.at(), acting_system():
        signature = node_keys.load().current.sign(envelope.signed_message(replace(made, raw=raw)))
    body = path.read_bytes()[made.body_at :]
    path.write_bytes(envelope.MAGIC + len(raw).to_bytes(4, "big") + raw + signature + body)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert nodes.city.receive(path).reason == "exchange.bloated"
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 64 << 10  # kibibytes


def test_a_well_signed_package_of_nonsense_is_refused_whole(nodes: Nodes, tmp_path: Path) -> None:
    with nodes.qinhuai.at():
        nodes.qinhuai.lives.open()
    package = nodes.qinhuai.export(nodes.city)
    with nodes.city.at(), acting_system():
        pair = node_keys.load().current
    lines = list(envelope.body_lines(envelope.open_head(package), pair))
    before, rng, reasons = state(nodes.city), random.Random(4), Counter[str]()
    for number in range(25):
        made = list(lines)
        spot = rng.randrange(len(made))
        made[spot] = spoil(made[spot], rng).replace(b"\n", b"")
        path = tmp_path / f"{number}.xjp"
        written(nodes, path, made)
        answer = nodes.city.receive(path)
        if made != lines:
            reasons[answer.reason] += 1
            assert not answer.accepted
    assert state(nodes.city) == before
    assert set(reasons) <= {
        "exchange.altered",
        "exchange.forged",
        "exchange.not_writer",
        "exchange.gap",
        "exchange.fork",
    }


@pytest.mark.slow
def test_a_hundred_thousand_spoilt_files_are_refused_without_a_crash(nodes: Nodes, tmp_path: Path) -> None:
    with nodes.qinhuai.at():
        nodes.qinhuai.lives.open()
    whole = nodes.qinhuai.export(nodes.city).read_bytes()
    with nodes.city.at(), acting_system():
        pair = node_keys.load().current
    path, rng, reasons = tmp_path / "fuzz.xjp", random.Random(2008), Counter[str]()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for _ in range(100_000):
        made = spoil(whole, rng)
        path.write_bytes(made)
        reasons[opened(path, pair) if made != whole else "same"] += 1
    # A changed signature is the next check's matter: here only what the bytes themselves say.
    assert reasons[""] + reasons["same"] < 20_000
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 64 << 10
