"""SM2 with SM3 by the system's OpenSSL: the standard's own example, every change refused, the key shown to nobody."""

from __future__ import annotations

import base64
import shutil
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xueji.ground.keys import files, node_keys, signatures, sm2
from xueji.ground.keys.tests.openssl import openssl_is
from xueji.pure.kernel.types import Refused

EXAMPLES_PRIVATE = bytes.fromhex("3945208F7B2144B13F36E38AC6D39F95889393692860B51A42FB81EF4DF7C5B8")
ORDER = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
numbers = st.one_of(st.integers(1, ORDER - 1), *(st.integers(1, 1 << width) for width in (1, 7, 8, 127, 247, 248, 255)))


@pytest.fixture(scope="module")
def key() -> sm2.PrivateKey:
    return sm2.generate()


@pytest.fixture(scope="module")
def public(key: sm2.PrivateKey) -> bytes:
    return sm2.public_of(key.secret)


def test_the_worked_example_of_the_standard_verifies_and_its_private_key_has_its_public_key() -> None:
    assert sm2.public_of(EXAMPLES_PRIVATE) == sm2.EXAMPLE[0]
    assert sm2.verify(*sm2.EXAMPLE)
    example, message, _ = sm2.EXAMPLE
    assert sm2.verify(example, message, sm2.sign(EXAMPLES_PRIVATE, message))


@pytest.mark.parametrize("message", [b"", b"\0", "签名".encode(), bytes(300_000)])
def test_what_is_signed_verifies_whatever_its_length(key: sm2.PrivateKey, public: bytes, message: bytes) -> None:
    signature = key.sign(message)
    assert len(signature) == sm2.SIGNATURE
    assert sm2.verify(public, message, signature)
    assert not sm2.verify(public, message + b"\0", signature)
    assert key.sign(message) != signature  # each has a secret number of its own


def test_any_bit_turned_in_message_signature_or_key_is_refused() -> None:
    @settings(max_examples=40, deadline=None)
    @given(which=st.integers(0, 2), data=st.data())
    def turned(which: int, data: st.DataObject) -> None:
        parts = [bytearray(one) for one in sm2.EXAMPLE]
        bit = data.draw(st.integers(0, len(parts[which]) * 8 - 1))
        parts[which][bit // 8] ^= 1 << bit % 8
        public, message, signature = map(bytes, parts)
        assert not sm2.verify(public, message, signature)

    turned()


def test_another_key_another_algorithm_and_numbers_out_of_range_are_refused(key: sm2.PrivateKey, public: bytes) -> None:
    message = b"message"
    value = key.sign(message)
    whole = b"\x02" + files.signing_id(public) + value
    other = sm2.public_of(sm2.generate().secret)
    assert signatures.verify_with(message, whole, public)
    assert not sm2.verify(other, message, value)
    assert not signatures.verify_with(message, b"\x02" + files.signing_id(other) + value, other)
    for wrong in (b"\x01" + whole[1:], b"\x03" + whole[1:], whole[:-1], whole + b"\0", b""):
        assert not signatures.verify_with(message, wrong, public)
    short = public[:32]  # an SM2 signature under a key of Ed25519's length
    assert not signatures.verify_with(message, b"\x02" + files.signing_id(short) + value, short)
    r, s = value[:32], value[32:]
    for wrong in (bytes(32) + s, r + bytes(32), r + ORDER.to_bytes(32, "big"), b"\xff" * 32 + s, r):
        assert not sm2.verify(public, message, wrong)
    for point in (bytes(64), public[:-1], public[32:] + public[:32], b"\xff" * 64):
        assert not sm2.verify(point, message, value)


@given(r=numbers, s=numbers)
def test_a_signature_goes_to_der_and_back_whatever_zeros_its_numbers_begin_with(r: int, s: int) -> None:
    signature = r.to_bytes(32, "big") + s.to_bytes(32, "big")
    assert sm2.from_der(sm2.to_der(signature)) == signature


def test_der_of_short_numbers_and_of_those_with_the_highest_bit_is_as_the_encoding_has_it() -> None:
    one, high = (1).to_bytes(32, "big"), (0x80).to_bytes(32, "big")
    assert sm2.to_der(one + high).hex() == "3007" + "020101" + "02020080"
    assert sm2.from_der(bytes.fromhex("3007" + "02020080" + "020101")) == high + one
    assert sm2.to_der(sm2.EXAMPLE[2])[:5].hex() == "3046022100"


def test_no_key_is_on_a_command_line_in_the_environment_or_in_a_file(
    key: sm2.PrivateKey, public: bytes, tmp_path: Path
) -> None:
    real, log, work = shutil.which("openssl"), tmp_path / "log", tmp_path / "work"
    work.mkdir()
    seen = f'(echo "$@"; /usr/bin/env) >>{log}'
    with pytest.MonkeyPatch.context() as patch, openssl_is(tmp_path / "bin", f'{seen}\nexec {real} "$@"'):
        patch.setenv("TMPDIR", str(work))
        patch.chdir(work)
        assert sm2.public_of(key.secret) == public
        assert sm2.verify(public, b"message", key.sign(b"message"))
    said = log.read_bytes()
    assert b"-inkey /dev/fd/" in said
    for form in (key.secret, key.secret.hex().encode(), base64.b64encode(key.secret)):
        assert form not in said
    assert list(work.iterdir()) == []
    assert key.secret.hex() not in repr(key)
    assert repr(key.secret) not in repr(key)


VERSION = '[ "$1" = version ] && { echo "OpenSSL %s"; exit; }'


@pytest.mark.parametrize(
    ("script", "why"),
    [
        ("", "没有找到 openssl"),
        (VERSION % "1.1.1w  11 Sep 2023", "版本太旧"),
        ('echo "LibreSSL 3.8.2"', "版本太旧"),
        (VERSION % "3.0.19 27 Jan 2026" + "\necho 'no such curve' >&2; exit 1", "no such curve"),
        (VERSION % "3.0.19 27 Jan 2026" + "\necho 'Signature Verification Failure'; exit 1", "标准算例"),
        (VERSION % "4.0.0" + "\nkill -9 $$", "没有办成"),
    ],
)
def test_a_machine_that_cannot_says_so_with_the_remedy_and_calls_no_signature_wrong(
    tmp_path: Path, script: str, why: str
) -> None:
    with openssl_is(tmp_path / "bin", script):
        for call in (
            lambda: sm2.verify(*sm2.EXAMPLE),
            lambda: sm2.sign(EXAMPLES_PRIVATE, b"m"),
            lambda: sm2.public_of(EXAMPLES_PRIVATE),
        ):
            with pytest.raises(sm2.Unavailable, match=why) as refused:
                call()
            assert "安装系统的 openssl（3.0 以上）" in refused.value.message
            assert refused.value.code == "keys.no_sm2"
    assert sm2.verify(*sm2.EXAMPLE)


def test_openssl_that_is_installed_or_breaks_later_is_noticed_without_a_restart(tmp_path: Path) -> None:
    real = shutil.which("openssl")
    with openssl_is(tmp_path / "bin"):
        with pytest.raises(sm2.Unavailable):
            sm2.verify(*sm2.EXAMPLE)
        program = tmp_path / "bin" / "openssl"
        program.symlink_to(str(real))
        assert sm2.verify(*sm2.EXAMPLE)
        program.unlink()
        with pytest.raises(sm2.Unavailable, match="运行失败"):
            sm2.verify(*sm2.EXAMPLE)


def test_a_node_key_file_holds_either_algorithm_and_opens_without_openssl(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "current_home", lambda: tmp_path)
    made = node_keys.create("city", "320100", signing=signatures.SM2)
    turned = node_keys.rotate(signing=signatures.ED25519)
    again = node_keys.rotate(signing=signatures.SM2)
    kept = node_keys.rotate()
    assert [one.public.algorithm.option for one in kept.pairs] == ["sm2", "ed25519", "sm2", "sm2"]
    assert len({one.public.key_id for one in kept.pairs}) == 4
    for older, newer in (
        (made.current, turned.current),
        (turned.current, again.current),
        (again.current, kept.current),
    ):
        endorsement = newer.public.endorsement or b""
        assert node_keys.verify(older.public.signing, newer.public.statement("320100"), endorsement)
        assert len(endorsement) == node_keys.SIGNATURE
        assert endorsement[0] == older.public.algorithm.byte
        assert node_keys.public_pair(newer.public.to_json()) == newer.public
    with openssl_is(tmp_path / "bin"):
        assert node_keys.load().current.public == kept.current.public
        with pytest.raises(Refused, match="安装"):
            node_keys.rotate()
        assert node_keys.rotate(signing=signatures.ED25519, lost="电脑被盗").current.public.serial == 5


def test_a_public_key_that_is_named_otherwise_or_is_no_point_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "current_home", lambda: tmp_path)
    whole = node_keys.create("city", "320100", signing=signatures.SM2).current.public.to_json()
    for change in (
        {"algorithm": "Ed25519"}, {"algorithm": "SM2"}, {"algorithm": ["SM2-SM3"]}, {"public": ""},
        {"public": base64.b64encode(bytes(64)).decode()}, {"public": base64.b64encode(bytes(32)).decode()},
    ):  # fmt: skip
        with pytest.raises(ValueError, match=r"\w"):
            node_keys.public_pair({**whole, "signing": {**whole["signing"], **change}})
