"""The keys by which a node is known to other nodes (design §5; ADR 0016): to sign packages, and to open those for it.

``HOME/keys/node.json`` (0600) holds level and code of the organisation whose node this is, and every pair of keys that
it ever had: Ed25519 or SM2 with SM3 to sign, X25519 to receive. Old pairs stay, since what was sealed for them is still
to be opened. A new pair, of whichever algorithm, is endorsed by the one before: whoever trusts that one may trust this
one. Every key and signature names its algorithm.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from xueji.ground.keys import files, sm2
from xueji.ground.keys.sealing import canonical_json
from xueji.ground.keys.signatures import ED25519, LENGTH, SM2, Algorithm, algorithm_of, verify_with, well_formed
from xueji.pure.kernel.environment import environment, today
from xueji.pure.kernel.types import Refused

FILE = "node.json"
FORMAT = "xueji-node-1"
ENCRYPTION = "X25519"
SIGNATURE = LENGTH  # bytes: algorithm (1) ‖ key id (8) ‖ signature (64)


class SigningKey(Protocol):
    """The private half that signs: an Ed25519 or an SM2 key."""

    def sign(self, data: bytes, /) -> bytes: ...

    def private_bytes_raw(self) -> bytes: ...


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
    def algorithm(self) -> Algorithm:
        """By which it signs: told by its signing key."""
        return algorithm_of(self.signing)

    @property
    def fingerprint(self) -> str:
        """What two people read to each other by telephone: 32 hex digits in groups of four."""
        digest = hashlib.sha256(self.signing + self.encryption).hexdigest()[:32]
        return " ".join(digest[start : start + 4] for start in range(0, 32, 4))

    def statement(self, code: str) -> bytes:
        """What an endorsement is signed over."""
        return b"xueji-node-key-1" + canonical_json(
            [code, self.serial, self.algorithm.name, self.signing.hex(), ENCRYPTION, self.encryption.hex()]
        )

    def to_json(self) -> dict[str, Any]:
        return {
            "serial": self.serial,
            "created_at": self.created_at,
            "signing": {"algorithm": self.algorithm.name, "public": _text(self.signing)},
            "encryption": {"algorithm": ENCRYPTION, "public": _text(self.encryption)},
            "endorsement": None if self.endorsement is None else _text(self.endorsement),
        }


@dataclass(frozen=True, slots=True)
class Pair:
    """A pair with its private halves."""

    public: PublicPair
    signing: SigningKey
    encryption: X25519PrivateKey

    def sign(self, message: bytes) -> bytes:
        """``algorithm (1) ‖ key id (8) ‖ signature (64)``."""
        return bytes([self.public.algorithm.byte]) + bytes.fromhex(self.public.key_id) + self.signing.sign(message)


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


def create(level: str, code: str, *, signing: Algorithm = ED25519) -> NodeKeys:
    """Make this home the node of an organisation. Raises ``Refused`` where it is a node already, or cannot sign so."""
    if exists():
        known = load()
        raise Refused(
            "node.again", f"这个数据目录已经是 {known.code} 的节点，不能再次初始化。更换密钥请用 keys rotate。"
        )
    _write(NodeKeys(level, code, (_fresh(1, signing),), {}))
    return load()


def rotate(*, lost: str | None = None, signing: Algorithm | None = None) -> NodeKeys:
    """A new pair, endorsed by the current one; with ``lost`` (why) the current one is revoked and endorses nothing.

    ``signing``: the algorithm by which it signs, default that of the current one.
    """
    known = load()
    made = _fresh(known.current.public.serial + 1, signing or known.current.public.algorithm)
    revoked = dict(known.revoked)
    if lost is None:
        endorsement = known.current.sign(made.public.statement(known.code))
        made = replace(made, public=replace(made.public, endorsement=endorsement))
    else:
        revoked[known.current.public.key_id] = (today().isoformat(), lost)
    _write(NodeKeys(known.level, known.code, (*known.pairs, made), revoked))
    return load()


def verify(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether the holder of ``public`` signed. Raises ``sm2.Unavailable`` where this machine cannot tell."""
    return verify_with(message, signature, public)


def signer(signature: bytes) -> str | None:
    """The key id that a signature names; None where it is none of ours."""
    return signature[1:9].hex() if well_formed(signature) else None


def public_pair(value: Any) -> PublicPair:
    """A pair as it stands in a public file; raises ``ValueError`` for what is none or names another algorithm."""
    try:
        signing, encryption = _bytes(value["signing"]["public"]), _bytes(value["encryption"]["public"])
        endorsement = None if value["endorsement"] is None else _bytes(value["endorsement"])
        made = PublicPair(int(value["serial"]), str(value["created_at"]), signing, encryption, endorsement)
        named = (value["signing"]["algorithm"], value["encryption"]["algorithm"])
    except (KeyError, TypeError) as error:
        raise ValueError("no key") from error
    if named != (made.algorithm.name, ENCRYPTION) or len(encryption) != 32:
        raise ValueError("an unknown algorithm, or not its key")
    if made.algorithm is SM2 and not sm2.is_point(signing):
        raise ValueError("no point of the curve")
    return made


def _fresh(serial: int, algorithm: Algorithm) -> Pair:
    signing: SigningKey = sm2.generate() if algorithm is SM2 else Ed25519PrivateKey.generate()
    encryption = X25519PrivateKey.generate()
    created_at = environment().now().isoformat(timespec="seconds")
    return _whole(serial, created_at, _public_of(signing), signing, encryption, None)


def _whole(
    serial: int,
    created_at: str,
    public: bytes,
    signing: SigningKey,
    encryption: X25519PrivateKey,
    endorsement: bytes | None,
) -> Pair:
    receiving = encryption.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return Pair(PublicPair(serial, created_at, public, receiving, endorsement), signing, encryption)


def _public_of(signing: SigningKey) -> bytes:
    if isinstance(signing, Ed25519PrivateKey):
        return signing.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return sm2.public_of(signing.private_bytes_raw())


def _pair(value: dict[str, Any]) -> Pair:
    """A pair of the key file. A public SM2 key is read there, not computed: to open packages needs no openssl."""
    private, public = _bytes(value["signing"]["private"]), _bytes(value["signing"]["public"])
    signing: SigningKey
    if algorithm_of(public) is SM2:
        signing = sm2.PrivateKey(private)
    else:
        signing = Ed25519PrivateKey.from_private_bytes(private)
        public = _public_of(signing)
    encryption = X25519PrivateKey.from_private_bytes(_bytes(value["encryption"]["private"]))
    endorsement = None if value["endorsement"] is None else _bytes(value["endorsement"])
    return _whole(int(value["serial"]), value["created_at"], public, signing, encryption, endorsement)


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
