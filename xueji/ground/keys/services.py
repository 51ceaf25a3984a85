"""The verbs of the room ``keys``.

* ``create_home_keys(home)``: the key files of a home, once.
* ``data_keys.ensure(subjects)``, ``data_keys.get(subjects)``; ``seal``, ``open_``, ``seal_json``, ``open_json``.
* ``blind_index(kind, value)``: an index that finds equal values and shows none.
* ``sign``, ``verify``, ``public_key``: Ed25519 under a one-byte algorithm name and the key's id; what a node signed
  with SM2 is verified too.
* ``rotate_master_key()``: re-wraps the table of data keys, touches no journal row.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.db import connections, transaction

from xueji.ground.keys import data_keys, files
from xueji.ground.keys.files import KeyRing, keys_directory, ring
from xueji.ground.keys.sealing import (
    BrokenSeal,
    canonical_json,
    open_,
    open_json,
    open_json_many,
    seal,
    seal_json,
    seal_json_many,
)
from xueji.ground.keys.signatures import ED25519, verify_with, well_formed
from xueji.pure.kernel.types import Refused

__all__ = [
    "BrokenSeal",
    "KeyRing",
    "blind_index",
    "blind_indexes",
    "canonical_json",
    "create_home_keys",
    "data_keys",
    "key_id",
    "open_",
    "open_json",
    "open_json_many",
    "prepare_home_keys",
    "public_key",
    "public_keys",
    "rotate_master_key",
    "seal",
    "seal_json",
    "seal_json_many",
    "sign",
    "verify",
]

_ROTATION_BATCH = 20_000


def create_home_keys(home: Any) -> list[str]:
    """Make the key files of a home that are not there yet; names of the written files.

    ``home`` is a path or ``config.home.Home``. Files that exist are never touched.
    """
    data_keys.forget()
    return files.create_missing(keys_directory(home))


def prepare_home_keys(home: Any, *, using: str = "owner") -> list[str]:
    """``create_home_keys`` for a home at start-up, where that loses nothing; names of the written files.

    Raises ``Refused`` when a file is missing although the database holds data keys: new keys would open nothing.
    """
    directory = keys_directory(home)
    missing = [name for name in files.FILES if not (directory / name).exists()]
    if missing:
        with connections[using].cursor() as cursor:
            cursor.execute("SELECT EXISTS (SELECT 1 FROM keys_datakey)")
            row = cursor.fetchone()
        if row is not None and row[0]:
            raise Refused(
                "keys.missing", f"数据库中已有加密的数据，但密钥文件 {'、'.join(missing)} 不见了，请先用备份恢复密钥。"
            )
    return create_home_keys(home) if missing else []


def blind_index(kind: str, value: str) -> bytes:
    """HMAC-SHA256 (32 bytes) of a value under the home's index key.

    ``kind`` keeps the indexes of different fields apart; the caller normalises the value first.
    """
    return hmac.digest(ring().blind, kind.encode() + b"\x00" + value.encode(), "sha256")


def blind_indexes(kind: str, values: Iterable[str]) -> list[bytes]:
    """``blind_index`` of many values of one kind, in order."""
    key, head = ring().blind, kind.encode() + b"\x00"
    return [hmac.digest(key, head + value.encode(), "sha256") for value in values]


def sign(message: bytes) -> bytes:
    """The home's signature: ``algorithm (1) ‖ key id (8) ‖ Ed25519 signature (64)``, 73 bytes."""
    current = ring()
    return bytes([ED25519.byte]) + current.signing_id + current.signing[current.signing_id].sign(message)


def verify(message: bytes, signature: bytes, public: bytes | None = None) -> bool:
    """Whether ``signature`` is ours (or the holder's of ``public``, raw) over ``message``."""
    if public is None:
        private = ring().signing.get(bytes(signature[1:9])) if well_formed(signature) else None
        if private is None:
            return False
        public = private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return verify_with(message, signature, public)


def key_id(public: bytes) -> str:
    """The id (16 hexadecimal digits) of a raw public key: what a signature names."""
    return files.signing_id(public).hex()


def public_key() -> bytes:
    """The raw public key (32 bytes) of the signing key in use."""
    current = ring()
    return current.signing[current.signing_id].public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def public_keys() -> list[bytes]:
    """All public keys of this home, past ones included (statements stay checkable after a change of key)."""
    return [key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw) for key in ring().signing.values()]


def rotate_master_key(*, using: str = "default") -> int:
    """Make a new master key and re-wrap every data key under it; how many were re-wrapped.

    The old master stays in the file while any row still needs it (another process may have
    wrapped with it meanwhile) and is removed by the next rotation. Killed in the middle: both keys
    are in the file, run it again.
    """
    path = keys_directory(files.current_home()) / files.MASTER_FILE
    content = files.read_json(path)
    with connections[using].cursor() as cursor:
        cursor.execute("SELECT DISTINCT master_key FROM keys_datakey")
        needed = {row[0] for row in cursor.fetchall()} | {content["current"]}
    fresh = files.new_master()
    kept = [key for key in content["keys"] if key["id"] in needed]
    files.write_json(path, {"current": fresh["id"], "keys": [*kept, fresh]})
    rewrapped = 0
    while count := _rewrap_batch(fresh["id"], using):
        rewrapped += count
    return rewrapped


def _rewrap_batch(master_id: str, using: str) -> int:
    """Re-wrap up to a batch of rows that another master wrapped."""
    current = ring(fresh=True)
    with transaction.atomic(using=using), connections[using].cursor() as cursor:
        cursor.execute(
            "SELECT subject, wrapped, master_key FROM keys_datakey WHERE master_key <> %s LIMIT %s FOR UPDATE",
            [master_id, _ROTATION_BATCH],
        )
        rows = cursor.fetchall()
        subjects, wrapped = [], []
        for subject, old, master_key in rows:
            key = data_keys.unwrap(current, subject, bytes(old), master_key)
            if key is None:
                raise data_keys.UnknownDataKey([subject])
            subjects.append(subject)
            wrapped.append(data_keys.wrap(current, subject, key))
        cursor.execute(
            "UPDATE keys_datakey AS k SET wrapped = fresh.w, master_key = %s"
            " FROM unnest(%s::uuid[], %s::bytea[]) AS fresh (s, w) WHERE k.subject = fresh.s",
            [master_id, subjects, wrapped],
        )
    return len(rows)
