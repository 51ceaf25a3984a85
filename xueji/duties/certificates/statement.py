"""The signed statement that a paper carries in its QR code (clause B2, C2; issue 2 "Proof").

A statement is small enough for a QR code and says what can be compared with the paper in hand: certificate number,
kind, registration number, masked name, school, day; of one with electronic seals also these. It is signed by the home's
key and can be checked offline.

Form: ``XJ1.<payload>.<signature>``, both base64url without padding; the payload is the canonical JSON array of the
statement's values in their order, since every character makes the code denser.

With a public key it is read on a machine that has no home: only ``encode`` and the home's own keys need the room
``keys``, which is imported for them alone.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping
from dataclasses import astuple, dataclass
from datetime import date
from uuid import UUID

from xueji.ground.keys.sealing import canonical_json
from xueji.ground.keys.signatures import verify_with

PREFIX = "XJ1"


@dataclass(frozen=True, slots=True)
class Statement:
    """What a paper claims. ``number`` is the certificate's, ``registration`` the 19 digits; ``valid_until`` the last
    day on which it counts, None where it has no term; ``text`` binds all that is printed (``text_mark``), ``seals``
    the electronic seals (``seals_mark``); '' on a paper that needs the real ones, whose code is as it always was."""

    number: str
    kind: str
    registration: str
    name: str
    school: str
    issued_on: date
    valid_until: date | None
    text: str = ""
    seals: str = ""


class InvalidStatement(Exception):
    """The text is no statement of ours; the message says why, in Chinese."""


def text_mark(text: str) -> str:
    """16 characters that stand for the text of a paper, spaces aside: 96 bits of its SHA-256."""
    digest = hashlib.sha256("".join(text.split()).encode()).digest()
    return _text(digest[:12])


def seals_mark(digests: Mapping[str, str]) -> str:
    """By use 16 characters that stand for the picture of an electronic seal: ``registration_seal:…``."""
    return ",".join(f"{use}:{_text(bytes.fromhex(digest)[:12])}" for use, digest in sorted(digests.items()))


def seal_uses(statement: Statement) -> tuple[str, ...]:
    """The uses of the electronic seals that a paper bears."""
    return tuple(one.partition(":")[0] for one in statement.seals.split(",") if one)


def masked_name(name: str) -> str:
    """The first character, the others hidden: enough to compare with the paper, too little to publish."""
    return name[:1] + "＊" * max(1, len(name) - 1)


def sealed_place(certificate: UUID) -> bytes:
    """The place that a paper's sealed statement is bound to."""
    return b"certificates_certificate" + certificate.bytes


def encode(statement: Statement) -> str:
    """The text of the QR code, signed under the home's key."""
    values = [value.isoformat() if isinstance(value, date) else value for value in astuple(statement)]
    values = values if statement.seals else values[:-1]
    from xueji.ground.keys import services as keys

    payload = canonical_json(values)
    return f"{PREFIX}.{_text(payload)}.{_text(keys.sign(_signed(payload)))}"


def decode(text: str, public_key: bytes | None = None) -> Statement:
    """The statement, after its signature was found right (offline).

    Raises InvalidStatement. ``public_key``: 32 raw bytes of the issuer, default this home's keys.
    """
    parts = text.strip().split(".")
    if len(parts) != 3 or parts[0] != PREFIX:
        raise InvalidStatement("这不是学籍系统签发的二维码")
    try:
        payload, signature = _bytes(parts[1]), _bytes(parts[2])
    except (ValueError, binascii.Error):
        raise InvalidStatement("二维码内容不完整，请重新扫描") from None
    if _text(payload) != parts[1] or _text(signature) != parts[2]:
        raise InvalidStatement("二维码内容已被改动")
    if not _is_signed(_signed(payload), signature, public_key):
        raise InvalidStatement("签名不符：内容已被改动，或不是本局签发")
    number, kind, registration, name, school, issued_on, until, *marks = json.loads(payload)
    last = date.fromisoformat(until) if until else None
    return Statement(number, kind, registration, name, school, date.fromisoformat(issued_on), last, *marks)


def _is_signed(message: bytes, signature: bytes, public_key: bytes | None) -> bool:
    if public_key is not None:
        return verify_with(message, signature, public_key)
    from xueji.ground.keys import services as keys

    return keys.verify(message, signature)


def _signed(payload: bytes) -> bytes:
    """What the signature is over: never the bytes of anything else that this key signs."""
    return PREFIX.encode() + b"." + payload


def _text(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def _bytes(value: str) -> bytes:
    return base64.b64decode(value + "=" * (-len(value) % 4), altchars=b"-_", validate=True)
