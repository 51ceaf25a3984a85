"""Whose key signs a dossier here, and whose keys are believed in one that came."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connection

from xueji.ground.keys import node_keys
from xueji.ground.keys import services as keys
from xueji.ground.keys.signatures import algorithm_of
from xueji.ground.organisations import selectors as organisations
from xueji.ground.organisations.models import Organisation


@dataclass(frozen=True, slots=True)
class Known:
    """A key that this home knows: its own, or that of the node ``code``. ``revoked``: why it is believed no more."""

    code: str
    public: bytes
    revoked: str = ""


@dataclass(frozen=True, slots=True)
class Issuer:
    """Who signs: a node its own bureau, a home that is none its city's bureau."""

    code: str
    name: str
    public: bytes

    @property
    def key(self) -> str:
        """The id of the key, 16 hexadecimal digits."""
        return keys.key_id(self.public)

    @property
    def algorithm(self) -> str:
        """The name of the algorithm by which the key signs."""
        return algorithm_of(self.public).name

    def sign(self, message: bytes) -> bytes:
        """``algorithm ‖ key id ‖ signature``, 73 bytes."""
        return node_keys.load().current.sign(message) if node_keys.exists() else keys.sign(message)


def issuer() -> Issuer:
    """Who signs dossiers in this home."""
    if not node_keys.exists():
        city = organisations.city()
        return Issuer(city.code, city.name, keys.public_key())
    node = node_keys.load()
    name = Organisation.objects.filter(code=node.code).values_list("name", flat=True).first()
    return Issuer(node.code, name or node.code, node.current.public.signing)


def known_key(key: str) -> Known | None:
    """A key by its id, None where nobody here ever trusted it."""
    own, revoked = list(keys.public_keys()), dict[str, tuple[str, str]]()
    if node_keys.exists():
        node = node_keys.load()
        own += [pair.public.signing for pair in node.pairs]
        revoked = node.revoked
    for public in own:
        if keys.key_id(public) == key:
            return Known(issuer().code, public, "".join(revoked.get(key, ("", ""))))
    with connection.cursor() as cursor:
        cursor.execute("SELECT code, public, revoked_on, reason FROM exchange_signing_key(%s)", [key])
        row = cursor.fetchone()
    if row is None:
        return None
    return Known(row[0], bytes(row[1]), f"已于 {row[2]} 吊销，{row[3]}" if row[2] else "")
