"""Sealing of fields and files under a data key (design §3 "Sensitive fields").

A blob is ``algorithm (1 byte) ‖ nonce (12) ‖ ciphertext ‖ tag (16)``. The first byte names the
algorithm, so that SM4-GCM can be added when a bureau asks, with old blobs still
readable. The byte itself is authenticated with the additional data.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

AES_256_GCM = 1
_HEADER = bytes([AES_256_GCM])
_NONCE = 12
_TAG = 16


class BrokenSeal(Exception):
    """A blob that does not open: changed, cut, or sealed under another key or for another place."""


def seal(key: bytes, plaintext: bytes, aad: bytes = b"") -> bytes:
    """Encrypt under a data key (32 bytes); ``aad`` names the place the blob belongs to (an entry's id, say)."""
    nonce = os.urandom(_NONCE)
    return _HEADER + nonce + AESGCM(key).encrypt(nonce, plaintext, _HEADER + aad)


def open_(key: bytes, blob: bytes, aad: bytes = b"") -> bytes:
    """The plaintext of a blob; raises ``BrokenSeal``."""
    blob = bytes(blob)
    if len(blob) < 1 + _NONCE + _TAG or blob[0] != AES_256_GCM:
        raise BrokenSeal("the blob is cut or names an unknown algorithm")
    try:
        return AESGCM(key).decrypt(blob[1 : 1 + _NONCE], blob[1 + _NONCE :], _HEADER + aad)
    except InvalidTag:
        raise BrokenSeal("the blob does not open under this key") from None


def canonical_json(value: Any) -> bytes:
    """JSON with sorted keys, no spaces, UTF-8: equal values give equal bytes."""
    return _encode(value).encode()


_encode = json.JSONEncoder(
    ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False, check_circular=False
).encode


def seal_json(key: bytes, value: Any, aad: bytes = b"") -> bytes:
    """``seal`` of the canonical JSON of a value."""
    return seal(key, canonical_json(value), aad)


def open_json(key: bytes, blob: bytes, aad: bytes = b"") -> Any:
    """The value sealed by ``seal_json``; raises ``BrokenSeal``."""
    return json.loads(open_(key, blob, aad))


def seal_json_many(keys: Mapping[UUID, bytes], items: Iterable[tuple[UUID, Any, bytes]]) -> list[bytes]:
    """``seal_json`` of (subject, value, aad), in order."""
    return [seal_json(keys[subject], value, aad) for subject, value, aad in items]


def open_json_many(keys: Mapping[UUID, bytes], items: Iterable[tuple[UUID, bytes, bytes]]) -> list[Any]:
    """``open_json`` of (subject, blob, aad), in order; raises ``BrokenSeal``."""
    return [open_json(keys[subject], blob, aad) for subject, blob, aad in items]
