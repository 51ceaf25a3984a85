"""Forged codes and files: none is taken for one of ours, with the network and the database off (issue 5, show 3)."""

from __future__ import annotations

import base64
import io
import json
import random
import socket
from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pypdf import PdfReader, PdfWriter

from xueji.config.home import Home
from xueji.duties.certificates.cards import Card, typeset_cards
from xueji.duties.certificates.paper import Paper, print_paper
from xueji.duties.certificates.sheets import SAMPLE, SheetPaper, mark_of, typeset_sheets
from xueji.duties.certificates.statement import PREFIX, Statement, encode, masked_name, text_mark
from xueji.duties.certificates.verification import Result, Verified, verify, verify_file
from xueji.ground.documents.inspection import read_text
from xueji.ground.keys import services as keys
from xueji.ground.parameters.build import rulebook_from_files
from xueji.pure.kernel.rulebook import CertificateKind
from xueji.registry.photos.tests.pictures import portrait

DAY = date(2008, 9, 1)
KINDS = rulebook_from_files(DAY).certificates
#: The order of the group that Ed25519 signs in: a signature with it added verifies where that is not looked at.
ORDER = 2**252 + 27742317777372353535851937790883648493
CHANGED_TEXT = "文件上的文字与二维码所载不符，文件可能被改动过。"
#: As ``SAMPLE`` says it, and as a forger would have it.
FACTS = {**SAMPLE, "name": "张小明", "school": "秦淮云锦小学", "photo": ""}
FORGED = (
    {"name": "张小朋"}, {"school": "秦淮白鹭小学"},
    {"registration_number": "0000000000020050102", "registered_as": "学籍号0000000000020050102"},
)  # fmt: skip


@pytest.fixture(autouse=True)
def off(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """No network; the database is refused to tests without the mark."""

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a code is checked without a network")

    for name in ("socket", "create_connection", "getaddrinfo"):
        monkeypatch.setattr(socket, name, refuse)


def _statements() -> list[Statement]:
    """Two pupils, and a paper of another kind of the first."""
    first = Statement(
        "32010421001-证-2008-00001", "proof_of_registration", "3201042100120070101", "张＊＊", "秦淮云锦小学", DAY,
        date(2008, 11, 29), text_mark("张小明"),
    )  # fmt: skip
    second = replace(first, number="32010421001-证-2008-00002", registration="3201042100120070102", name="王＊")
    other = replace(first, number="32010421001-毕-2008-00001", kind="graduation_certificate", valid_until=None)
    return [first, replace(second, text=text_mark("王五")), other]


def test_none_of_ten_thousand_forged_codes_is_accepted_with_the_public_key_alone() -> None:
    """Every bit of payload and signature, every field of another pupil's and kind's paper, other keys, mixed codes,
    other encodings of the same; seeded, so that a failure comes again."""
    codes, key = [encode(one) for one in _statements()], keys.public_key()
    assert all(verify(one, public_key=key, on=DAY).result == "valid" for one in codes)
    forged = {one for one in _forged(codes, random.Random(20081128)) if one not in codes}
    assert len(forged) > 10_000
    nothing = Verified(Result.INVALID)
    assert [one for one in forged if replace(verify(one, public_key=key, on=DAY), reason="") != nothing] == []


def _forged(codes: list[str], chance: random.Random) -> Iterator[str]:
    parts = [code.split(".") for code in codes]
    raws, signatures = [_raw(one[1]) for one in parts], [_raw(one[2]) for one in parts]
    for raw, signed in zip(raws, signatures, strict=True):
        yield from (_code(changed, signed) for changed in _every_bit(raw))
        yield from (_code(raw, changed) for changed in _every_bit(signed))
        yield _code(
            raw, signed[:41] + ((int.from_bytes(signed[41:], "little") + ORDER) % 2**256).to_bytes(32, "little")
        )
        yield from (_code(raw, signed[:place]) for place in range(len(signed)))
        yield _code(raw, keys.sign(raw))  # our key, over what it signs for nobody
    for mine in range(len(raws)):  # values of other papers, one by one and all at once
        for theirs in range(len(raws)):
            yield _code(raws[mine], signatures[theirs])
            yield from (_code(one, signatures[mine]) for one in _with_values_of(raws[mine], raws[theirs]))
    stranger = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    for number in range(8000):
        raw, signed = chance.choice(raws), chance.choice(signatures)
        values = json.loads(raw)
        place = chance.randrange(len(values))
        values[place] = chance.choice(
            (number, f"{values[place]}{number}", f"3201042{number:012d}", [values[place], number])
        )
        claimed = keys.canonical_json(values)
        if number % 2:
            yield _code(claimed, signed)
        else:  # signed by a stranger, under our key's name
            yield _code(claimed, signed[:9] + stranger.sign(PREFIX.encode() + b"." + claimed))
    for prefix, payload, signature in parts:  # the same bytes, written otherwise
        for changed in (payload + "=", payload + "A", f" {payload}", payload.replace("-", "+").replace("_", "/")):
            yield f"{prefix}.{changed}.{signature}"
        yield from (f"{one}.{payload}.{signature}" for one in ("XJ0", "XJ2", "xj1", "", "XJ1.XJ1"))
        yield from (f"{prefix}.{payload}.{signature[:-1]}{last}" for last in "ABCDEFGHIJKLMNOPQRSTUVWXYZ")


def _every_bit(data: bytes) -> Iterator[bytes]:
    for place in range(len(data) * 8):
        changed = bytearray(data)
        changed[place // 8] ^= 1 << place % 8
        yield bytes(changed)


def _with_values_of(raw: bytes, other: bytes) -> Iterator[bytes]:
    mine, theirs = json.loads(raw), json.loads(other)
    for place in range(len(mine)):
        yield keys.canonical_json([*mine[:place], theirs[place], *mine[place + 1 :]])
        yield keys.canonical_json([*mine[:place], *mine[place + 1 :]])
        yield keys.canonical_json([*mine[:place], mine[place], *mine[place:]])
        yield json.dumps([*mine[:place], theirs[place], *mine[place + 1 :]]).encode()


def _code(payload: bytes, signature: bytes) -> str:
    return f"{PREFIX}.{_said(payload)}.{_said(signature)}"


def _raw(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _said(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


@pytest.mark.parametrize("code", ["proof_of_registration", "student_card", "graduation_certificate"])
def test_a_file_whose_words_were_changed_is_refused_with_its_own_code_on_it(code: str) -> None:
    """A proof in words, a card, a diploma on its blank: one fact each, then a page that was added."""
    kind, key = KINDS[code], keys.public_key()
    mark = text_mark(read_text(_typeset(kind, FACTS, ""), "a.pdf")) if kind.sheet is None else mark_of(kind, _on(FACTS))
    said = encode(Statement("1", code, FACTS["registration_number"], masked_name("张小明"), "x", DAY, None, mark))
    whole = _typeset(kind, FACTS, said)
    (found,) = verify_file(whole, "a.pdf", public_key=key, on=DAY)
    assert (found.result, found.compared) == ("valid", True)
    more = PdfWriter(clone_from=PdfReader(io.BytesIO(whole)))
    more.append(PdfReader(io.BytesIO(_typeset(KINDS["proof_of_attendance"], FACTS, ""))))
    added = io.BytesIO()
    more.write(added)
    for forged in (*(_typeset(kind, {**FACTS, **one}, said) for one in FORGED), added.getvalue()):
        (found, *_) = verify_file(forged, "a.pdf", public_key=key, on=DAY)
        assert (found.result, found.reason) == ("invalid", CHANGED_TEXT)


def _on(facts: dict[str, str], statement: str = "") -> SheetPaper:
    return SheetPaper(facts, "1", DAY, statement)


def _typeset(kind: CertificateKind, facts: dict[str, str], statement: str) -> bytes:
    if kind.sheet is None:
        return print_paper(Paper(kind, "1", facts, statement, "办理医疗保险", DAY, None))
    if kind.is_card:
        return typeset_cards(kind, [Card(_on(facts, statement), portrait(1))])
    return typeset_sheets(kind, [_on(facts, statement)])
