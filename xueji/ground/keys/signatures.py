"""A signature checked with nothing but a public key: no home, no database, no Django (offline verification).

``algorithm (1) ‖ key id (8) ‖ signature (64)``. An algorithm has public keys of its own length, so that a key is never
used under another one's name.
"""

from __future__ import annotations

from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from xueji.ground.keys import sm2
from xueji.ground.keys.files import signing_id
from xueji.pure.kernel.types import Refused

LENGTH = 73  # bytes of a signature


@dataclass(frozen=True, slots=True)
class Algorithm:
    """``byte`` names it in a signature, ``name`` in files, ``option`` in commands, ``words`` on pages.

    ``public``: bytes of a public key.
    """

    byte: int
    name: str
    option: str
    words: str
    public: int


ED25519 = Algorithm(1, "Ed25519", "ed25519", "Ed25519", 32)
SM2 = Algorithm(2, "SM2-SM3", "sm2", "国密 SM2（SM3）", sm2.PUBLIC)
ALGORITHMS = (ED25519, SM2)


def algorithm_of(public: bytes) -> Algorithm:
    """Whose public key it is. Raises ``ValueError`` for what is none."""
    for one in ALGORITHMS:
        if len(public) == one.public:
            return one
    raise ValueError("no public key of a known algorithm")


def chosen(option: str) -> Algorithm:
    """The algorithm that somebody chose. Raises ``Refused``."""
    for one in ALGORITHMS:
        if option == one.option:
            return one
    raise Refused("keys.algorithm", f"没有这种签名算法，请从{'、'.join(one.words for one in ALGORITHMS)}中选择。")


def well_formed(signature: bytes) -> bool:
    """Whether the bytes are ``algorithm (1) ‖ key id (8) ‖ signature (64)``."""
    return len(signature) == LENGTH and any(signature[0] == one.byte for one in ALGORITHMS)


def verify_with(message: bytes, signature: bytes, public: bytes) -> bool:
    """Whether ``signature`` is of the holder of ``public`` (raw) over ``message``.

    Raises ``sm2.Unavailable`` where this machine cannot tell.
    """
    if not well_formed(signature) or signing_id(public) != signature[1:9]:
        return False
    named, value = signature[0], signature[9:]
    if named == SM2.byte and len(public) == SM2.public:
        return sm2.verify(public, message, value)
    if named != ED25519.byte or len(public) != ED25519.public:
        return False
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(value, message)
    except InvalidSignature:
        return False
    return True
