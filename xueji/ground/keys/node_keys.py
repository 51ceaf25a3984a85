"""The keys by which a node is known to other nodes (design §5; ADR 0016): to sign packages, and to open those for it.

``HOME/keys/node.json`` (0600) holds level and code of the organisation whose node this is, and every pair of keys that
it ever had: Ed25519 to sign, X25519 to receive. Old pairs stay, since what was sealed for them is still to be opened. A
new pair is endorsed by the one before: whoever trusts that one may trust this one. Every key and signature names its
algorithm, so that SM2 with SM3 may follow (the library in use has SM3 and SM4 but no SM2).
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from xueji.ground.keys import files
from xueji.ground.keys.sealing import canonical_json
from xueji.pure.kernel.environment import environment, today
from xueji.pure.kernel.types import Refused

FILE = "node.json"
FORMAT = "xueji-node-1"
SIGNING, ENCRYPTION = "Ed25519", "X25519"
ED25519 = 1
SIGNATURE = 73  # bytes: algorithm (1) ‖ key id (8) ‖ Ed25519 signature (64)


@dataclass(frozen=True, slots=True)
class PublicPair:
    """The public halves of a pair; ``key_id`` (16 hex digits) names it, ``endorsement`` is by the pair before."""

    serial: int
    created_at: str
    signing: bytes
    encryption: bytes
    endorsement: bytes | None

    @property
    def key_id(self) -> str:
        return files.signing_id(self.signing).hex()

    @property
    def fingerprint(self) -> str:
        """What two people read to each other by telephone: 32 hex digits in groups of four."""
        digest = hashlib.sha256(self.signing + self.encryption).hexdigest()[:32]
        return " ".join(digest[start : start + 4] for start in range(0, 32, 4))

    def statement(self, code: str) -> bytes:
        """What an endorsement is signed over."""
        return b"xueji-node-key-1" + canonical_json(
            [code, self.serial, SIGNING, self.signing.hex(), ENCRYPTION, self.encryption.hex()]
        )

    def to_json(self) -> dict[str, Any]:
        return {
            "serial": self.serial,
            "created_at": self.created_at,
            "signing": {"algorithm": SIGNING, "public": _text(self.signing)},
            "encryption": {"algorithm": ENCRYPTION, "public": _text(self.encryption)},
            "endorsement": None if self.endorsement is None else _text(self.endorsement),
        }


@dataclass(frozen=True, slots=True)
class Pair:
    """A pair with its private halves."""

    public: PublicPair
    signing: Ed25519PrivateKey
    encryption: X25519PrivateKey

    def sign(self, message: bytes) -> bytes:
        """``algorithm (1) ‖ key id (8) ‖ signature (64)``."""
        return bytes([ED25519]) + bytes.fromhex(self.public.key_id) + self.signing.sign(message)


@dataclass(frozen=True, slots=True)
class NodeKeys:
    """Whose node this home is, with all its pairs, oldest first; the last signs. ``revoked``: key id → (day, why)."""

    level: str
    code: str
    pairs: tuple[Pair, ...]
    revoked: dict[str, tuple[str, str]]

    @property
    def current(self) -> Pair:
        return self.pairs[-1]

    def by_id(self, key_id: str) -> Pair | None:
        return next((pair for pair in self.pairs if pair.public.key_id == key_id), None)


def path() -> Path:
    """Where the key file of this process's home stands."""
    return files.keys_directory(files.current_home()) / FILE


def exists() -> bool:
    """Whether this home was made a node (``xueji node init``)."""
    return path().exists()


def load() -> NodeKeys:
    """The home's node keys. Raises ``Refused`` where it is no node yet, or the file is broken."""
    if not exists():
        raise Refused("node.none", "这个数据目录还不是节点，请先运行 xueji node init。")
    content = files.read_json(path())
    try:
        pairs = tuple(_pair(one) for one in content["keys"])
        revoked = {one["key"]: (one["on"], one["reason"]) for one in content["revoked"]}
        return NodeKeys(str(content["level"]), str(content["code"]), pairs, revoked)
    except (KeyError, TypeError, ValueError):
        raise Refused("keys.broken", f"密钥文件 {FILE} 的内容不完整，请用备份恢复密钥。") from None


def create(level: str, code: str) -> NodeKeys:
    """Make this home the node of an organisation. Raises ``Refused`` where it is a node already."""
    if exists():
        known = load()
        raise Refused(
            "node.again", f"这个数据目录已经是 {known.code} 的节点，不能再次初始化。更换密钥请用 keys rotate。"
        )
    _write(NodeKeys(level, code, (_fresh(1),), {}))
    return load()


def rotate(*, lost: str | None = None) -> NodeKeys:
    """A new pair, endorsed by the current one; with ``lost`` (why) the current one is revoked and endorses nothing."""
    known = load()
    made = _fresh(known.current.public.serial + 1)
    revoked = dict(known.revoked)
    if lost is None:
        endorsement = known.current.sign(made.public.statement(known.code))
        made = Pair(
            PublicPair(
                made.public.serial, made.public.created_at, made.public.signing, made.public.encryption, endorsement
            ),
            made.signing,
            made.encryption,
        )
    else:
        revoked[known.current.public.key_id] = (today().isoformat(), lost)
    _write(NodeKeys(known.level, known.code, (*known.pairs, made), revoked))
    return load()


def verify(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether the holder of ``public`` (Ed25519, 32 bytes) signed ``message``."""
    if len(signature) != SIGNATURE or signature[0] != ED25519 or files.signing_id(public) != signature[1:9]:
        return False
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature[9:], message)
    except (InvalidSignature, ValueError):
        return False
    return True


def signer(signature: bytes) -> str | None:
    """The key id that a signature names; None where it is none of ours."""
    return signature[1:9].hex() if len(signature) == SIGNATURE and signature[0] == ED25519 else None


def public_pair(value: Any) -> PublicPair:
    """A pair as it stands in a public file; raises ``ValueError`` for what is none or names another algorithm."""
    try:
        if (value["signing"]["algorithm"], value["encryption"]["algorithm"]) != (SIGNING, ENCRYPTION):
            raise ValueError("unknown algorithm")
        signing, encryption = _bytes(value["signing"]["public"]), _bytes(value["encryption"]["public"])
        endorsement = None if value["endorsement"] is None else _bytes(value["endorsement"])
        made = PublicPair(int(value["serial"]), str(value["created_at"]), signing, encryption, endorsement)
    except (KeyError, TypeError) as error:
        raise ValueError("no key") from error
    if len(signing) != 32 or len(encryption) != 32:
        raise ValueError("a key has 32 bytes")
    return made


def _fresh(serial: int) -> Pair:
    signing, encryption = Ed25519PrivateKey.generate(), X25519PrivateKey.generate()
    created_at = environment().now().isoformat(timespec="seconds")
    return Pair(_public(serial, created_at, signing, encryption, None), signing, encryption)


def _public(
    serial: int,
    created_at: str,
    signing: Ed25519PrivateKey,
    encryption: X25519PrivateKey,
    endorsement: bytes | None,
) -> PublicPair:
    raw = (Encoding.Raw, PublicFormat.Raw)
    return PublicPair(
        serial,
        created_at,
        signing.public_key().public_bytes(*raw),
        encryption.public_key().public_bytes(*raw),
        endorsement,
    )


def _pair(value: dict[str, Any]) -> Pair:
    signing = Ed25519PrivateKey.from_private_bytes(_bytes(value["signing"]["private"]))
    encryption = X25519PrivateKey.from_private_bytes(_bytes(value["encryption"]["private"]))
    endorsement = None if value["endorsement"] is None else _bytes(value["endorsement"])
    return Pair(
        _public(int(value["serial"]), value["created_at"], signing, encryption, endorsement), signing, encryption
    )


def _write(keys: NodeKeys) -> None:
    stored = []
    for pair in keys.pairs:
        one = pair.public.to_json()
        one["signing"]["private"] = _text(pair.signing.private_bytes_raw())
        one["encryption"]["private"] = _text(pair.encryption.private_bytes_raw())
        stored.append(one)
    revoked = [{"key": key, "on": on, "reason": reason} for key, (on, reason) in keys.revoked.items()]
    content = {"format": FORMAT, "level": keys.level, "code": keys.code, "keys": stored, "revoked": revoked}
    files.write_json(path(), content)


def _text(value: bytes) -> str:
    return base64.b64encode(value).decode()


def _bytes(value: str) -> bytes:
    return base64.b64decode(value, validate=True)
