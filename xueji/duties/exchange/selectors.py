"""Reads of the room ``exchange``: keys, packages, comparisons, what a file says of itself."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from xueji.duties.exchange import envelope, identity
from xueji.duties.exchange.models import Package, Peer, PeerKey, Reconciliation
from xueji.ground.keys import node_keys
from xueji.ground.keys.node_keys import ENCRYPTION, SIGNING, PublicPair
from xueji.ground.organisations.models import Organisation
from xueji.pure.kernel.types import Refused


@dataclass(frozen=True, slots=True)
class KnownKey:
    """A pair of keys of this node (``own``) or of one that is trusted."""

    own: bool
    code: str
    name: str
    key: str
    serial: int
    algorithms: str
    fingerprint: str
    created_at: str
    endorsed: bool
    current: bool
    revoked_on: str | None
    reason: str


def known_keys() -> list[KnownKey]:
    """Keys of this node, then of the others by code, the oldest first."""
    found: list[KnownKey] = []
    if node_keys.exists():
        keys = node_keys.load()
        for pair in keys.pairs:
            on, why = keys.revoked.get(pair.public.key_id, (None, ""))
            found.append(
                _known(True, keys.code, identity.name_of(keys.code), pair.public, pair == keys.current, on, why)
            )
    rows, names = list(PeerKey.objects.order_by("peer_id", "serial")), peer_names()
    last = {row.peer_id: row.key_id for row in rows if row.revoked_on is None}
    for row in rows:
        public = PublicPair(
            row.serial, row.created_at, bytes(row.signing), bytes(row.encryption), row.endorsed_by.encode() or None
        )
        on = row.revoked_on.isoformat() if row.revoked_on else None
        current = last.get(row.peer_id) == row.key_id
        found.append(_known(False, row.peer_id, names[row.peer_id], public, current, on, row.reason))
    return found


def _known(own: bool, code: str, name: str, pair: PublicPair, current: bool, on: str | None, why: str) -> KnownKey:
    endorsed = pair.endorsement is not None
    algorithms = f"{SIGNING}+{ENCRYPTION}"
    return KnownKey(
        own, code, name, pair.key_id, pair.serial, algorithms, pair.fingerprint, pair.created_at, endorsed, current, on,
        why,
    )  # fmt: skip


def peer_names() -> dict[str, str]:
    """The trusted nodes' names by code: as the register knows them by now, else as their public files say."""
    found = dict(Peer.objects.values_list("code", "name"))
    return found | dict(Organisation.objects.filter(code__in=found).values_list("code", "name"))


def packages(direction: str, limit: int = 50) -> list[Package]:
    """The latest packages that went out or came in."""
    return list(Package.objects.filter(direction=direction).order_by("-at", "-number", "peer")[:limit])


def reconciliations(limit: int = 30) -> list[Reconciliation]:
    """The latest comparisons that were run here."""
    return list(Reconciliation.objects.order_by("-at", "-id")[:limit])


def reconciliation(run: UUID) -> Reconciliation | None:
    """One comparison."""
    return Reconciliation.objects.filter(id=run).first()


def inspected(path: Path) -> dict[str, Any]:
    """What a file says of itself and whether it is believed; nothing is written. Raises ``Refused`` for what is no
    package."""
    opened = envelope.open_head(path)
    head = opened.head
    key = PeerKey.objects.filter(key_id=head.signed_with).first()
    public = bytes(key.signing) if key is not None and key.peer_id == head.sender else None
    if public is None and node_keys.exists():
        own = node_keys.load().by_id(head.signed_with)
        public = own.public.signing if own is not None else None
    valid = public is not None and node_keys.verify(public, envelope.signed_message(opened), opened.signature)
    try:
        envelope.check_body(opened)
        whole, trouble = True, ""
    except Refused as refused:
        whole, trouble = False, refused.message
    return {
        "package": opened.digest,
        "format": head.format,
        "kind": head.kind,
        "from": head.sender,
        "to": head.receiver,
        "number": head.number,
        "previous": head.previous,
        "made_at": head.made_at,
        "signed_with": head.signed_with,
        "sealed_for": head.sealed_for,
        "cipher": head.cipher,
        "plain_bytes": head.plain_bytes,
        "body_bytes": head.body_bytes,
        "signature_valid": valid,
        "key_revoked": key is not None and key.revoked_on is not None,
        "whole": whole,
        "trouble": trouble,
    }
