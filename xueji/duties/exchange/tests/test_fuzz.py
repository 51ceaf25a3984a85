"""Whatever bytes come as a package: no crash, no half import, memory bounded (issue 4 Shows 5)."""

from __future__ import annotations

import json
import random
import resource
import zlib
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import asdict, replace
from pathlib import Path
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from xueji.duties.exchange import envelope
from xueji.duties.exchange.contents import FORMAT, SECTIONS, Reader
from xueji.duties.exchange.tests.conftest import Nodes
from xueji.duties.exchange.tests.nodes import photograph
from xueji.duties.exchange.tests.test_packages import state
from xueji.duties.exchange.trust import receiving_key
from xueji.ground.accounts.context import acting_system
from xueji.ground.keys import node_keys
from xueji.ground.keys.node_keys import Pair, PublicPair
from xueji.ground.keys.sealing import canonical_json
from xueji.pure.kernel.types import Refused

REASONS = {
    "exchange.altered", "exchange.forged", "exchange.not_writer", "exchange.gap", "exchange.fork", "documents.sealed",
}  # fmt: skip
OF_FILES = {f"exchange.{code}" for code in ("not_a_package", "truncated", "altered", "bloated", "version")}


def a_pair() -> Pair:
    signing, encryption = Ed25519PrivateKey.generate(), X25519PrivateKey.generate()
    public = (signing.public_key().public_bytes_raw(), encryption.public_key().public_bytes_raw())
    return Pair(PublicPair(1, "2008-09-01T00:00:00+00:00", *public, None), signing, encryption)


def sealed(path: Path, lines: Iterable[bytes], pair: Pair, to: tuple[str, bytes], sender: str, receiver: str) -> None:
    """A package of these lines with a right signature: what only a trusted node could send."""
    envelope.write(
        path, lines, kind="up", sender=sender, receiver=receiver, number=1, previous="",
        made_at="2008-09-01T00:00:00+00:00", pair=pair, sealed_for=to[0], encryption=to[1], identity="{}",
    )  # fmt: skip


def some_lines() -> list[bytes]:
    """A body with something in each section."""
    block = {"organisation": str(UUID(int=1)), "block_no": 1, "first_sequence": 1, "last_sequence": 2, "digest": "ab"}
    held: dict[str, list[dict[str, object]]] = {
        "peers": [{"code": "320104"}], "blocks": [block], "cuts": [{"heads": {}}], "returns": [{"id": "1"}],
        "messages": [{"id": "1", "content": {"name": "李丽"}}], "receipts": [{"accepted": True}],
        "duties": [{"part": "problem", "id": "1"}], "photos": [{"digest": "ab"}],
        "findings": [{"kind": "waiting"}], "remarks": [{"id": "1", "text": "已核实"}],
    }  # fmt: skip
    plain = {name: [canonical_json(one) for one in values] for name, values in held.items()}
    plain["data_keys"] = [f"{UUID(int=2).hex} {'A' * 43}=".encode()]
    plain["entries"] = [b"\t".join([b"value"] * 20)] * 2
    manifest = canonical_json({"format": FORMAT, "sections": [[name, len(plain[name])] for name in SECTIONS]})
    return [manifest, *(line for name in SECTIONS for line in plain[name])]


def opened(path: Path, pair: Pair) -> str:
    """Read a file to its end as the receiver does before anything is written; the reason why not, or ''."""
    try:
        found = envelope.open_head(path)
        envelope.check_body(found)
        reader = Reader(envelope.body_lines(found, pair))
        reader.begin()
        list(reader.objects("peers"))
        for _ in reader.data_keys():
            pass
        reader.blocks()
        list(reader.raw("entries"))
        for section in ("cuts", "returns", "messages", "receipts", "duties", "photos", "findings", "remarks"):
            list(reader.objects(section))
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


def fuzz_files(folder: Path, inputs: int, seed: int) -> Counter[str]:
    """Spoilt files and well sealed files of spoilt lines, by turns, read to their end; reasons of the refusals."""
    pair, rng, path, reasons = a_pair(), random.Random(seed), folder / "fuzz.xjp", Counter[str]()
    to, lines = (pair.public.key_id, pair.public.encryption), some_lines()
    sealed(path, lines, pair, to, "320104", "320100")
    assert opened(path, pair) == ""
    whole = path.read_bytes()
    for number in range(inputs):
        if number % 4 == 0:  # to seal a file takes the disk's time
            made = list(lines)
            for _ in range(1 + rng.randrange(3)):
                spot = rng.randrange(len(made))
                made[spot] = spoil(made[spot], rng)
            sealed(path, made, pair, to, "320104", "320100")
        else:
            path.write_bytes(spoil(whole, rng))
        reasons[opened(path, pair)] += 1
    return reasons


def bounded(work: Callable[[], object], kibibytes: int = 48 << 10) -> None:
    """Memory at its highest grows by no more than so much."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    work()
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < kibibytes


def test_some_hundred_spoilt_files_are_refused_with_a_reason_each(tmp_path: Path) -> None:
    reasons = fuzz_files(tmp_path, 400, 2008)
    assert set(reasons) - {""} <= OF_FILES
    assert reasons[""] < 100  # what stands in a line is judged where it is taken in
    assert len(reasons) >= 4


@pytest.mark.slow
def test_a_hundred_thousand_spoilt_files_are_refused_without_a_crash(tmp_path: Path) -> None:
    found: list[Counter[str]] = []
    bounded(lambda: found.append(fuzz_files(tmp_path, 100_000, 4)))
    assert set(found[0]) - {""} <= OF_FILES


def test_a_bomb_stops_where_the_head_said_and_takes_no_memory(tmp_path: Path) -> None:
    pair, path = a_pair(), tmp_path / "bomb.xjp"
    to = (pair.public.key_id, pair.public.encryption)
    sealed(path, [b"0" * (8 << 20)] * 9, pair, to, "320104", "320100")  # 72 MiB of nothing
    assert path.stat().st_size < 1 << 20
    made = envelope.open_head(path)
    body = path.read_bytes()[made.body_at :]
    for plain in (5_000, envelope.LARGEST_PLAIN + 1):
        raw = canonical_json({**asdict(made.head), "plain_bytes": plain})
        signature = pair.sign(envelope.signed_message(replace(made, raw=raw)))
        path.write_bytes(envelope.MAGIC + len(raw).to_bytes(4, "big") + raw + signature + body)
        bounded(lambda: opened_is_bloated(path, pair))
    one_line = tmp_path / "line.xjp"
    sealed(one_line, [b"0" * (envelope.LARGEST_LINE + (1 << 20))], pair, to, "320104", "320100")
    assert opened(one_line, pair) == "exchange.bloated"


def opened_is_bloated(path: Path, pair: Pair) -> None:
    assert opened(path, pair) == "exchange.bloated"


def test_deep_and_doubly_deflated_bodies_are_refused(tmp_path: Path) -> None:
    pair, path = a_pair(), tmp_path / "deep.xjp"
    to = (pair.public.key_id, pair.public.encryption)
    for lines in ([b"[" * 100_000], [zlib.compress(b"0" * 1000)], [json.dumps({"format": FORMAT}).encode()], []):
        sealed(path, lines or [b""], pair, to, "320104", "320100")
        assert opened(path, pair) == "exchange.altered"


def judged(lines: list[bytes]) -> list[int]:
    """The lines that hinder a package when they are spoilt: a receipt that is not to be believed says nothing."""
    names = ["manifest", *(name for name, count in json.loads(lines[0])["sections"] for _ in range(count))]
    return [spot for spot, name in enumerate(names) if name != "receipts"]


def import_nonsense(nodes: Nodes, folder: Path, inputs: int, seed: int) -> Counter[str]:
    """Well signed packages with a spoilt line, given to the receiver in earnest; nothing of them may stand."""
    with nodes.qinhuai.at():
        child = nodes.qinhuai.lives.open()
    photograph(nodes.qinhuai, child)
    package = nodes.qinhuai.export(nodes.city)
    with nodes.city.at(), acting_system():
        pair = node_keys.load().current
    with nodes.qinhuai.at(), acting_system():
        keys, key = node_keys.load(), receiving_key(nodes.city.code)
    to = (key.key_id, bytes(key.encryption))
    lines = list(envelope.body_lines(envelope.open_head(package), pair))
    before, rng, reasons = state(nodes.city), random.Random(seed), Counter[str]()
    path = folder / "nonsense.xjp"
    for _ in range(inputs):
        made = list(lines)
        spot = rng.choice(judged(lines))
        made[spot] = spoil(made[spot], rng).replace(b"\n", b"")
        if made[spot].lower() == lines[spot].lower():  # an id in other letters is the same id
            continue
        sealed(path, made, keys.current, to, keys.code, nodes.city.code)
        answer = nodes.city.receive(path)
        reasons[answer.reason] += 1
        assert not answer.accepted
    assert state(nodes.city) == before
    return reasons


def test_a_well_signed_package_of_nonsense_is_refused_whole(nodes: Nodes, tmp_path: Path) -> None:
    assert set(import_nonsense(nodes, tmp_path, 15, 4)) <= REASONS


@pytest.mark.slow
def test_thousands_of_well_signed_packages_of_nonsense_are_refused_whole(nodes: Nodes, tmp_path: Path) -> None:
    assert set(import_nonsense(nodes, tmp_path, 3_000, 5)) <= REASONS
