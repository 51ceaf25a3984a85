"""The key files of a home and the ring that is read from them.

Three files stand below ``HOME/keys`` (0600, written atomically): ``master.json``
(keys that wrap data keys), ``signing.json`` (Ed25519) and ``blind.json``
(the key of the blind index). They are the only place where these
keys exist; a copy of the database without them shows nothing sensitive
(design §6, invariant 13).
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings

from xueji.pure.kernel.environment import environment
from xueji.pure.kernel.types import Refused

MASTER_FILE = "master.json"
SIGNING_FILE = "signing.json"
BLIND_FILE = "blind.json"
FILES = (MASTER_FILE, SIGNING_FILE, BLIND_FILE)


@dataclass(frozen=True, slots=True)
class KeyRing:
    """What the key files of one home hold.

    ``masters`` maps a master key's id to its AES-256 cipher, ``master_id`` names the one that
    wraps from now on; ``signing`` maps a key id (8 bytes, the head of SHA-256 of the public key) to the
    Ed25519 key; ``blind`` is the HMAC key (32 bytes).
    """

    masters: dict[str, AESGCM]
    master_id: str
    signing: dict[bytes, Ed25519PrivateKey]
    signing_id: bytes
    blind: bytes


def keys_directory(home: Any) -> Path:
    """``HOME/keys`` of a home given as a path or as ``config.home.Home``."""
    return _path_of(home) / "keys"


def current_home() -> Path:
    """The home of this process (settings ``XUEJI_HOME``, else the variable of that name).

    Raises ``Refused`` where neither is set.
    """
    configured = getattr(settings, "XUEJI_HOME", None) or os.environ.get("XUEJI_HOME")
    if not configured:
        raise Refused("keys.no-home", "没有指定数据目录，请设置 XUEJI_HOME 后再运行。")
    return _path_of(configured)


def _path_of(home: Any) -> Path:
    return Path(home) if isinstance(home, (str, os.PathLike)) else Path(home.path)


def write_private(path: Path, content: bytes) -> None:
    """Write a file that only its owner may read, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        os.fchmod(handle, 0o600)
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def new_master() -> dict[str, str]:
    """A fresh master key as it stands in the file. Randomness is always the system's: a seeded key is no key."""
    return {
        "id": f"m-{os.urandom(4).hex()}",
        "algorithm": "AES-256-GCM",
        "key": _text(AESGCM.generate_key(256)),
        "created_at": environment().now().isoformat(timespec="seconds"),
    }


def new_signing() -> dict[str, str]:
    """A fresh Ed25519 key as it stands in the file."""
    private = Ed25519PrivateKey.generate()
    public = private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return {
        "id": signing_id(public).hex(),
        "algorithm": "Ed25519",
        "private": _text(private.private_bytes_raw()),
        "public": _text(public),
        "created_at": environment().now().isoformat(timespec="seconds"),
    }


def signing_id(public: bytes) -> bytes:
    """The 8 bytes by which a signature names its key."""
    return hashlib.sha256(public).digest()[:8]


def write_json(path: Path, content: dict[str, Any]) -> None:
    write_private(path, json.dumps(content, ensure_ascii=False, indent=1).encode() + b"\n")


def read_json(path: Path) -> dict[str, Any]:
    """A key file's content; ``Refused`` says which file is missing or broken."""
    try:
        content = json.loads(path.read_bytes())
    except FileNotFoundError:
        raise Refused("keys.missing", f"数据目录的 keys 文件夹中没有密钥文件 {path.name}，请先恢复密钥备份。") from None
    except (OSError, ValueError):
        raise Refused("keys.broken", f"密钥文件 {path.name} 读不出来，请用备份恢复密钥。") from None
    if not isinstance(content, dict):
        raise Refused("keys.broken", f"密钥文件 {path.name} 的内容不对，请用备份恢复密钥。")
    return content


def create_missing(directory: Path) -> list[str]:
    """Write those key files that are not there yet; names of the written ones."""
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    written = []
    for name, make in ((MASTER_FILE, new_master), (SIGNING_FILE, new_signing)):
        if not (directory / name).exists():
            key = make()
            write_json(directory / name, {"current": key["id"], "keys": [key]})
            written.append(name)
    if not (directory / BLIND_FILE).exists():
        write_json(directory / BLIND_FILE, {"algorithm": "HMAC-SHA256", "key": _text(os.urandom(32))})
        written.append(BLIND_FILE)
    return written


def load(directory: Path) -> KeyRing:
    """The ring of a directory; ``Refused`` where a file is missing or broken."""
    master, signing = read_json(directory / MASTER_FILE), read_json(directory / SIGNING_FILE)
    blind = read_json(directory / BLIND_FILE)
    try:
        return KeyRing(
            masters={key["id"]: AESGCM(_bytes(key["key"])) for key in master["keys"]},
            master_id=master["current"],
            signing={
                bytes.fromhex(key["id"]): Ed25519PrivateKey.from_private_bytes(_bytes(key["private"]))
                for key in signing["keys"]
            },
            signing_id=bytes.fromhex(signing["current"]),
            blind=_bytes(blind["key"]),
        )
    except (KeyError, TypeError, ValueError):
        raise Refused("keys.broken", "密钥文件的内容不完整，请用备份恢复密钥。") from None


_RING_AGE = 1.0  # seconds that a ring is used before the files are looked at again
_rings: dict[Path, tuple[float, tuple[int, ...], KeyRing]] = {}
_rings_lock = threading.Lock()


def ring(*, fresh: bool = False) -> KeyRing:
    """The ring of this process's home; a replaced key file is noticed within a second, at once with ``fresh``."""
    directory = keys_directory(current_home())
    known = _rings.get(directory)
    now = time.monotonic()
    if known is not None and not fresh and now - known[0] < _RING_AGE:
        return known[2]
    try:
        stamp = tuple((directory / name).stat().st_mtime_ns for name in FILES)
    except FileNotFoundError:
        stamp = ()
    if known is not None and stamp and known[1] == stamp:
        loaded = known[2]
    else:
        loaded = load(directory)
    with _rings_lock:
        _rings[directory] = (now, stamp, loaded)
    return loaded


def _text(value: bytes) -> str:
    return base64.b64encode(value).decode()


def _bytes(value: str) -> bytes:
    return base64.b64decode(value, validate=True)
