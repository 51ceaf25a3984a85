"""SM2 signatures over SM3 (GB/T 32918.2 and .5, GM/T 0003) by the system's OpenSSL, 3.0 or newer (ADR 0016).

The library that does all else has no SM2, and no Python package of it is sound; ``openssl`` of the distribution is kept
and mended with it. The private key goes to it through a pipe: it is never in a file, an argument or the environment.
No certified module (商用密码产品认证): a bureau that must use one puts that one's calls into this file.
"""

from __future__ import annotations

import functools
import os
import re
import secrets
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

from xueji.pure.kernel.types import Refused

SECRET, PUBLIC, SIGNATURE = 32, 64, 64  # bytes: d; x ‖ y; r ‖ s
# The curve that GB/T 32918.5 recommends: y² = x³ + ax + b modulo P, a = −3; N points.
_P = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF
_B = 0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93
_N = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
# DER around a key: PKCS #8 with the number alone, SubjectPublicKeyInfo with the uncompressed point.
_CURVE = "301306072a8648ce3d020106082a811ccf5501822d"
_PRIVATE_HEAD = bytes.fromhex(f"3041020100{_CURVE}042730250201010420")
_PUBLIC_HEAD = bytes.fromhex(f"3059{_CURVE}03420004")
#: The signer's name where none was agreed on (GM/T 0009).
_SIGNER = "1234567812345678"
_SCHEME = ("-rawin", "-digest", "sm3", "-keyform", "DER", "-pkeyopt", f"distid:{_SIGNER}")
_REMEDY = "请软件维护员安装系统的 openssl（3.0 以上）后再办理，或改用 Ed25519。"
_LONGEST = 60  # seconds that a call may take


class Unavailable(Refused):
    """This machine can neither make nor check SM2 signatures: its own fault, nothing is said of any signature."""

    def __init__(self, why: str) -> None:
        super().__init__("keys.no_sm2", f"国密 SM2 签名在本机用不了：{why}。{_REMEDY}")


@dataclass(frozen=True, slots=True)
class PrivateKey:
    """A private key; signs as an Ed25519 key does."""

    secret: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.secret) != SECRET:
            raise ValueError("no private key")

    def sign(self, data: bytes) -> bytes:
        """r ‖ s, 64 bytes."""
        return sign(self.secret, data)

    def private_bytes_raw(self) -> bytes:
        """The number d, 32 bytes."""
        return self.secret


def generate() -> PrivateKey:
    """A fresh key: a number between 1 and N − 2, drawn by the system."""
    return PrivateKey((1 + secrets.randbelow(_N - 2)).to_bytes(SECRET, "big"))


def public_of(secret: bytes) -> bytes:
    """The public point x ‖ y of a private key."""
    done = _run(_openssl(), ("pkey", "-inform", "DER", "-pubout", "-outform", "DER"), b"", {"-in": _private(secret)})
    point = done.stdout.removeprefix(_PUBLIC_HEAD)
    if done.returncode or len(done.stdout) != len(_PUBLIC_HEAD) + PUBLIC or not is_point(point):
        raise _failed(done)
    return point


def sign(secret: bytes, message: bytes) -> bytes:
    """The signature r ‖ s over a message of any length, the signer's name in it as the standard has it."""
    done = _run(_openssl(), ("pkeyutl", "-sign", *_SCHEME), message, {"-inkey": _private(secret)})
    if done.returncode:
        raise _failed(done)
    return from_der(done.stdout)


def verify(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether the holder of ``public`` signed. Raises ``Unavailable`` where that cannot be told here."""
    return in_range(signature) and is_point(public) and _verify(_openssl(), public, message, signature)


def is_point(public: bytes) -> bool:
    """Whether x ‖ y is a point of the curve."""
    x, y = int.from_bytes(public[:32], "big"), int.from_bytes(public[32:], "big")
    return len(public) == PUBLIC and x < _P and y < _P and (y * y - (x * x - 3) * x - _B) % _P == 0


def in_range(signature: bytes) -> bool:
    """Whether r ‖ s can be a signature at all."""
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    return len(signature) == SIGNATURE and 0 < r < _N and 0 < s < _N


def from_der(der: bytes) -> bytes:
    """r ‖ s of a signature as OpenSSL writes it: two integers, without leading zeros or with one."""
    r, s = decode_dss_signature(der)
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def to_der(signature: bytes) -> bytes:
    """As OpenSSL reads it."""
    return encode_dss_signature(int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big"))


def _private(secret: bytes) -> bytes:
    return _PRIVATE_HEAD + secret


def _verify(program: str, public: bytes, message: bytes, signature: bytes) -> bool:
    files = {"-inkey": _PUBLIC_HEAD + public, "-sigfile": to_der(signature)}
    done = _run(program, ("pkeyutl", "-verify", "-pubin", *_SCHEME), message, files)
    if done.returncode == 0:
        return True
    if b"Signature Verification Failure" in done.stdout:
        return False
    raise _failed(done)


@functools.cache
def _openssl() -> str:
    """The program, once it verified the standard's own example; what failed is tried anew at the next call."""
    program = shutil.which("openssl")
    if program is None:
        raise Unavailable("没有找到 openssl 程序")
    said = _run(program, ("version",), b"", {}).stdout.decode(errors="replace")
    version = re.match(r"OpenSSL (\d+)\.", said)
    if version is None or int(version[1]) < 3:
        raise Unavailable(f"{program} 是 {said.strip()[:40] or '不认识的版本'}，版本太旧")
    public, message, signature = EXAMPLE
    if not _verify(program, public, message, signature):
        raise Unavailable(f"{program} 没有通过国家标准算例的检验")
    return program


#: GB/T 32918.5 A.2 (GM/T 0003.5): public key, message and signature of its worked example.
EXAMPLE = (
    bytes.fromhex(
        "09F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020"
        "CCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13"
    ),
    b"message digest",
    bytes.fromhex(
        "F5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3"
        "B1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA"
    ),
)


def _run(
    program: str, words: tuple[str, ...], message: bytes, files: Mapping[str, bytes]
) -> subprocess.CompletedProcess[bytes]:
    """Run OpenSSL with the message on its input and each of ``files`` (option → content) in a pipe of its own."""
    pipes = {option: _pipe(content) for option, content in files.items()}
    named = [word for option, pipe in pipes.items() for word in (option, f"/dev/fd/{pipe}")]
    try:
        return subprocess.run(
            [program, *words, *named], input=message, pass_fds=tuple(pipes.values()), capture_output=True,
            timeout=_LONGEST, check=False,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Unavailable(f"{program} 运行失败（{type(error).__name__}）") from error
    finally:
        for pipe in pipes.values():
            os.close(pipe)


def _pipe(content: bytes) -> int:
    """The reading end of a pipe that holds ``content``, which is short enough for its buffer."""
    reading, writing = os.pipe()
    try:
        os.write(writing, content)
    finally:
        os.close(writing)
    return reading


def _failed(done: subprocess.CompletedProcess[bytes]) -> Unavailable:
    """Its own words say nothing of the key: where it stands and what could not be read."""
    words = done.stderr.decode(errors="replace").strip().splitlines() or [f"{done.returncode}"]
    return Unavailable(f"openssl 没有办成（{words[0][:120]}）")
