"""The file of a package: a signed head in clear, and a sealed body that is read as a stream (ADR 0016).

    magic (16) ‖ length of the head (4) ‖ head (canonical JSON) ‖ signature (73) ‖ body

The head names sender, receiver, number and algorithms, and vouches for the body by length and SHA-256; nothing of the
body is opened before the signature is right. The body is lines of text, deflated, cut into chunks of 1 MiB, each sealed
with AES-256-GCM under a key that an ephemeral X25519 pair agrees on with the receiver's; a chunk's nonce is its number
and whether it is the last. A reader needs one chunk and one line of memory, and stops where more comes out than the
head said.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import struct
import tempfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from xueji.ground.keys.node_keys import SIGNATURE, Pair
from xueji.ground.keys.sealing import canonical_json
from xueji.pure.kernel.types import Refused

MAGIC = b"XUEJI-PACKAGE-1\n"
CIPHER = "X25519-HKDF-SHA256-AES-256-GCM"
COMPRESSION = "deflate"
CHUNK = 1 << 20
LARGEST_HEAD = 64 << 10
LARGEST_BODY = 4 << 30
LARGEST_PLAIN = 16 << 30
LARGEST_LINE = 32 << 20
_LENGTH = struct.Struct(">I")


@dataclass(frozen=True, slots=True)
class Head:
    """What stands in clear. ``sender``, ``receiver``: codes; ``previous``: digest of the last package that the
    receiver acknowledged; ``signed_with``, ``sealed_for``: key ids; ``identity``: the sender's public file, by which a
    receiver that trusts an earlier key learns of an endorsed new one; sizes in bytes."""

    format: int
    kind: str
    sender: str
    receiver: str
    number: int
    previous: str
    made_at: str
    signed_with: str
    sealed_for: str
    identity: str
    cipher: str
    ephemeral: str
    compression: str
    plain_bytes: int
    body_bytes: int
    body_sha256: str


@dataclass(frozen=True, slots=True)
class Opened:
    """A file whose head could be read; nothing of it is believed yet. ``digest`` names the package."""

    path: Path
    head: Head
    raw: bytes
    signature: bytes
    body_at: int

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.raw).hexdigest()


def _refuse(code: str, sentence: str) -> Refused:
    return Refused(f"exchange.{code}", sentence)


def truncated() -> Refused:
    return _refuse("truncated", "数据包不完整（被截断），已拒收。请重新传送。")


def not_a_package() -> Refused:
    return _refuse("not_a_package", "这个文件不是数据包，已拒收。请核对文件。")


def altered() -> Refused:
    return _refuse("altered", "数据包的内容被改动过，或传送中损坏，已拒收。请重新传送。")


def bloated() -> Refused:
    return _refuse("bloated", "数据包大于其封面所说的大小或允许的上限，已拒收。请与发送方联系。")


def write(
    target: Path,
    lines: Iterable[bytes],
    *,
    kind: str,
    sender: str,
    receiver: str,
    number: int,
    previous: str,
    made_at: str,
    pair: Pair,
    sealed_for: str,
    encryption: bytes,
    identity: str,
) -> Opened:
    """Write a package of these lines to ``target``, whole or not at all."""
    ephemeral = X25519PrivateKey.generate()
    public = ephemeral.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    key = _agreed(ephemeral.exchange(X25519PublicKey.from_public_bytes(encryption)), public, encryption)
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.TemporaryFile(dir=target.parent) as body:
        plain_bytes, body_bytes, digest = _seal(body, lines, key)
        head = Head(
            1, kind, sender, receiver, number, previous, made_at, pair.public.key_id, sealed_for, identity,
            CIPHER, base64.b64encode(public).decode(), COMPRESSION, plain_bytes, body_bytes, digest,
        )  # fmt: skip
        raw = canonical_json(asdict(head))
        signature = pair.sign(_signed(raw))
        body.seek(0)
        handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(MAGIC + _LENGTH.pack(len(raw)) + raw + signature)
                while part := body.read(CHUNK):
                    stream.write(part)
                stream.flush()
                os.fsync(stream.fileno())
            Path(temporary).replace(target)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
    return Opened(target, head, raw, signature, len(MAGIC) + _LENGTH.size + len(raw) + SIGNATURE)


def _signed(raw: bytes) -> bytes:
    return MAGIC + hashlib.sha256(raw).digest()


def _agreed(shared: bytes, ephemeral: bytes, receiver: bytes) -> AESGCM:
    derived = HKDF(algorithm=SHA256(), length=32, salt=ephemeral + receiver, info=MAGIC).derive(shared)
    return AESGCM(derived)


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])


def _seal(body: BinaryIO, lines: Iterable[bytes], key: AESGCM) -> tuple[int, int, str]:
    """Deflate and seal; plain bytes, sealed bytes, SHA-256 of the sealed body."""
    digest, packer = hashlib.sha256(), zlib.compressobj(6)
    waiting, plain, sealed, number = bytearray(), 0, 0, 0

    def put(part: bytes, *, last: bool) -> None:
        nonlocal sealed, number
        cipher = key.encrypt(_nonce(number, last=last), part, None)
        body.write(cipher)
        digest.update(cipher)
        sealed, number = sealed + len(cipher), number + 1

    for line in lines:
        plain += len(line) + 1
        waiting += packer.compress(line + b"\n")
        while len(waiting) > CHUNK:
            put(bytes(waiting[:CHUNK]), last=False)
            del waiting[:CHUNK]
    waiting += packer.flush()
    while len(waiting) > CHUNK:
        put(bytes(waiting[:CHUNK]), last=False)
        del waiting[:CHUNK]
    put(bytes(waiting), last=True)
    return plain, sealed, digest.hexdigest()


def open_head(path: Path) -> Opened:
    """Read the head. Raises ``Refused``: ``exchange.not_a_package``, ``exchange.truncated``, ``exchange.version``."""
    with path.open("rb") as stream:
        magic = stream.read(len(MAGIC))
        if magic != MAGIC:
            raise truncated() if len(magic) < len(MAGIC) and MAGIC.startswith(magic) else not_a_package()
        length = stream.read(_LENGTH.size)
        if len(length) < _LENGTH.size:
            raise truncated()
        (size,) = _LENGTH.unpack(length)
        if size > LARGEST_HEAD:
            raise not_a_package()
        raw, signature = stream.read(size), stream.read(SIGNATURE)
        if len(raw) < size or len(signature) < SIGNATURE:
            raise truncated()
    return Opened(path, _head(raw), raw, signature, len(MAGIC) + _LENGTH.size + size + SIGNATURE)


def _head(raw: bytes) -> Head:
    try:
        value: Any = json.loads(raw)
        if set(value) != set(Head.__slots__) or canonical_json(value) != raw:
            raise ValueError("not canonical")
        kinds = {"int": int, "str": str}
        if any(type(value[name]) is not kinds[str(kind)] for name, kind in Head.__annotations__.items()):
            raise ValueError("wrong type")
        head = Head(**value)
    except (ValueError, TypeError, KeyError, RecursionError):
        raise not_a_package() from None
    if head.format != 1 or head.cipher != CIPHER or head.compression != COMPRESSION:
        raise _refuse("version", "数据包的格式或算法本版本不认识，已拒收。请升级程序后再接收。")
    return head


def signed_message(opened: Opened) -> bytes:
    """What the signature must be over."""
    return _signed(opened.raw)


def check_body(opened: Opened) -> None:
    """Length and digest of the sealed body, as the head vouches for them; nothing is opened."""
    head = opened.head
    if not 0 < head.body_bytes <= LARGEST_BODY or not 0 < head.plain_bytes <= LARGEST_PLAIN:
        raise bloated()
    size = opened.path.stat().st_size - opened.body_at
    if size != head.body_bytes:
        raise truncated() if size < head.body_bytes else bloated()
    digest = hashlib.sha256()
    with opened.path.open("rb") as stream:
        stream.seek(opened.body_at)
        while part := stream.read(CHUNK):
            digest.update(part)
    if digest.hexdigest() != head.body_sha256:
        raise altered()


def body_lines(opened: Opened, pair: Pair) -> Iterator[bytes]:
    """The lines of the body, opened with the receiver's pair; memory is bounded whatever stands in the file.

    Raises ``Refused`` ``exchange.altered`` or ``exchange.bloated`` while it is read: what was written meanwhile must
    be rolled back.
    """
    try:
        ephemeral = base64.b64decode(opened.head.ephemeral, validate=True)
        key = _agreed(
            pair.encryption.exchange(X25519PublicKey.from_public_bytes(ephemeral)), ephemeral, pair.public.encryption
        )
    except ValueError:
        raise altered() from None
    left, seen = b"", 0
    for part in _inflated(opened, key):
        seen += len(part)
        if seen > opened.head.plain_bytes:
            raise bloated()
        *whole, left = (left + part).split(b"\n")
        if len(left) > LARGEST_LINE:
            raise bloated()
        yield from whole
    if left or seen != opened.head.plain_bytes:
        raise altered()


def _inflated(opened: Opened, key: AESGCM) -> Iterator[bytes]:
    unpacker = zlib.decompressobj()
    for chunk in _chunks(opened, key):
        data = chunk
        while data and not unpacker.eof:
            try:
                part = unpacker.decompress(data, CHUNK)
            except zlib.error:
                raise altered() from None
            data = unpacker.unconsumed_tail
            if part:
                yield part
        if data or unpacker.unused_data:
            raise altered()
    if not unpacker.eof:
        raise altered()


def _chunks(opened: Opened, key: AESGCM) -> Iterator[bytes]:
    sealed = CHUNK + 16
    count = -(-opened.head.body_bytes // sealed)
    with opened.path.open("rb") as stream:
        stream.seek(opened.body_at)
        for number in range(count):
            try:
                yield key.decrypt(_nonce(number, last=number == count - 1), stream.read(sealed), None)
            except InvalidTag:
                raise altered() from None
