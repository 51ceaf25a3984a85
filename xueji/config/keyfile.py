"""The second file of a backup: the home's keys, locked.

A random key encrypts the key files (AES-256-GCM). It is locked up twice: under a
passphrase (scrypt), and under a recovery key that is printed in two halves for
two people; both halves together open it when the passphrase is lost. The file names its algorithms.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from xueji.pure.kernel.types import Refused

FORMAT = "xueji-keys-1"
SCRYPT = {"n": 2**16, "r": 8, "p": 1}
SHORTEST_PASSPHRASE = 8
#: Key files that belong to the data; the others (roles, cookies) are the machine's own.
DATA_KEYS = ("master.json", "signing.json", "blind.json")
#: Of a home that is a node: by this file the other nodes know it (ADR 0016).
NODE_KEYS = ("node.json",)


@dataclass(frozen=True, slots=True)
class Halves:
    """The recovery key for two people, each half useless alone (one-time pad)."""

    first: str
    second: str


def fingerprint(keys: Path) -> str:
    """What tells one set of keys from another without giving anything away (hex)."""
    digest = hashlib.sha256()
    for name in DATA_KEYS:
        path = keys / name
        digest.update(hashlib.sha256(path.read_bytes() if path.exists() else b"").digest())
    return digest.hexdigest()[:32]


def _text(value: bytes) -> str:
    return base64.b64encode(value).decode()


def _encrypt(key: bytes, value: bytes, label: str) -> dict[str, str]:
    nonce = os.urandom(12)
    return {"nonce": _text(nonce), "data": _text(AESGCM(key).encrypt(nonce, value, label.encode()))}


def _decrypt(key: bytes, box: dict[str, str], label: str) -> bytes:
    nonce, data = base64.b64decode(box["nonce"]), base64.b64decode(box["data"])
    return AESGCM(key).decrypt(nonce, data, label.encode())


def _stretched(passphrase: str, salt: bytes, cost: dict[str, int]) -> bytes:
    return Scrypt(salt=salt, length=32, **cost).derive(passphrase.encode())


def _written_half(value: bytes) -> str:
    """Groups of four letters and digits, the last group a check against slips of the pen."""
    check = hashlib.sha256(value).digest()[:2]
    letters = base64.b32encode(value + check).decode().rstrip("=")
    return "-".join(letters[start : start + 4] for start in range(0, len(letters), 4))


def _read_half(half: str) -> bytes:
    letters = "".join(half.upper().replace("0", "O").replace("1", "I").split()).replace("-", "")
    try:
        value = base64.b32decode(letters + "=" * (-len(letters) % 8))
    except ValueError:
        value = b""
    if len(value) != 34 or hashlib.sha256(value[:32]).digest()[:2] != value[32:]:
        raise Refused("backup.half", "恢复单上的字码有误，请对照纸面逐组重新输入。")
    return value[:32]


def lock_keys(keys: Path, target: Path, passphrase: str) -> Halves:
    """Write the key file and give the two halves for the recovery sheet.

    Raises ``Refused`` for a short passphrase or a home without keys.
    """
    if len(passphrase) < SHORTEST_PASSPHRASE:
        raise Refused("backup.passphrase", f"口令至少要 {SHORTEST_PASSPHRASE} 个字符，请换一个更长的口令。")
    present = [name for name in (*DATA_KEYS, *NODE_KEYS) if (keys / name).exists()]
    contents = {name: (keys / name).read_text(encoding="utf-8") for name in present}
    if not set(DATA_KEYS) <= contents.keys():
        raise Refused("backup.no-keys", f"数据目录里缺少密钥文件，无法备份密钥：{keys}")
    key, recovery, pad, salt = os.urandom(32), os.urandom(32), os.urandom(32), os.urandom(16)
    mark = fingerprint(keys)
    values: dict[str, Any] = {
        "format": FORMAT,
        "fingerprint": mark,
        "cipher": "AES-256-GCM",
        "kdf": {"name": "scrypt", "salt": _text(salt), **SCRYPT},
        "by_passphrase": _encrypt(_stretched(passphrase, salt, SCRYPT), key, f"{FORMAT}:passphrase:{mark}"),
        "by_recovery": _encrypt(recovery, key, f"{FORMAT}:recovery:{mark}"),
        "keys": _encrypt(key, json.dumps(contents).encode(), f"{FORMAT}:keys:{mark}"),
    }
    part = target.with_name(f".{target.name}.part")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        json.dump(values, stream, indent=1)
    part.replace(target)
    other = bytes(a ^ b for a, b in zip(recovery, pad, strict=True))
    return Halves(_written_half(pad), _written_half(other))


def read_keyfile(source: Path) -> dict[str, Any]:
    """The locked file's contents. Raises ``Refused`` where it is none."""
    try:
        values = json.loads(source.read_text(encoding="utf-8"))
        if values["format"] != FORMAT:
            raise ValueError(values["format"])
    except FileNotFoundError:
        raise Refused("backup.no-file", f"找不到密钥文件：{source}") from None
    except (OSError, ValueError, KeyError, TypeError):
        raise Refused("backup.not-keys", f"{source} 不是学籍系统的密钥备份文件。") from None
    assert isinstance(values, dict)
    return values


def unlock_keys(
    values: dict[str, Any], *, passphrase: str | None = None, halves: Halves | None = None
) -> dict[str, str]:
    """Key files by name, opened by passphrase or by both halves. Raises ``Refused`` when neither fits."""
    mark = values["fingerprint"]
    try:
        if halves is not None:
            pair = zip(_read_half(halves.first), _read_half(halves.second), strict=True)
            key = _decrypt(bytes(a ^ b for a, b in pair), values["by_recovery"], f"{FORMAT}:recovery:{mark}")
        else:
            kdf = values["kdf"]
            cost = {name: int(kdf[name]) for name in SCRYPT}
            stretched = _stretched(passphrase or "", base64.b64decode(kdf["salt"]), cost)
            key = _decrypt(stretched, values["by_passphrase"], f"{FORMAT}:passphrase:{mark}")
        contents = json.loads(_decrypt(key, values["keys"], f"{FORMAT}:keys:{mark}"))
    except InvalidTag:
        wrong = "恢复单的两半与这个密钥文件不符" if halves is not None else "口令不对，或密钥文件已损坏"
        raise Refused("backup.locked", f"{wrong}，没有恢复任何内容。") from None
    known = [*DATA_KEYS, *(name for name in NODE_KEYS if name in contents)]
    return {name: str(contents[name]) for name in known}
