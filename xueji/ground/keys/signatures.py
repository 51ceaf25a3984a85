"""A signature checked with nothing but a public key: no home, no database, no Django (offline verification)."""

from __future__ import annotations

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from xueji.ground.keys.files import signing_id

ED25519 = 1


def well_formed(signature: bytes) -> bool:
    """Whether the bytes are ``algorithm (1) ‖ key id (8) ‖ Ed25519 signature (64)``."""
    return len(signature) == 73 and signature[0] == ED25519


def verify_with(message: bytes, signature: bytes, public: bytes) -> bool:
    """Whether ``signature`` is of the holder of ``public`` (32 bytes raw) over ``message``."""
    if not well_formed(signature) or signing_id(public) != signature[1:9]:
        return False
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature[9:], message)
    except InvalidSignature:
        return False
    return True
