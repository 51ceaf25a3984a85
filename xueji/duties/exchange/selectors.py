"""Reads of the room ``exchange``: keys, packages, comparisons, what a file says of itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db.models import Max

from xueji.duties.exchange import envelope, identity
from xueji.duties.exchange.models import (
    Introduced,
    NodeAct,
    Package,
    PackageState,
    Peer,
    PeerKey,
    Reconciliation,
)
from xueji.ground.accounts.selectors import names_of
from xueji.ground.keys import node_keys
from xueji.ground.keys.node_keys import ENCRYPTION, PublicPair
from xueji.ground.organisations.models import Organisation
from xueji.pure.kernel.types import Refused

ACT_WORDS = {
    "begin": "建成节点", "trust": "信任节点", "replace": "更换丢失的密钥", "rotate": "更换本节点密钥",
    "lost": "密钥丢失，吊销并更换", "revoke": "吊销密钥", "public": "写出公开身份文件", "order": "生成数据包",
    "push": "马上推送", "upload_package": "交来数据包", "upload_receipt": "交来回执", "fetch": "下载数据包",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class KnownKey:
    """A pair of keys of this node (``own``) or of one that is trusted; ``signing``: its algorithm in words."""

    own: bool
    code: str
    name: str
    key: str
    serial: int
    algorithms: str
    signing: str
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
    algorithms = f"{pair.algorithm.name}+{ENCRYPTION}"
    return KnownKey(
        own, code, name, pair.key_id, pair.serial, algorithms, pair.algorithm.words, pair.fingerprint, pair.created_at,
        endorsed, current, on, why,
    )  # fmt: skip


def peer_names() -> dict[str, str]:
    """The trusted nodes' names by code: as the register knows them by now, else as their public files say."""
    found = dict(Peer.objects.values_list("code", "name"))
    return found | dict(Organisation.objects.filter(code__in=found).values_list("code", "name"))


@dataclass(frozen=True, slots=True)
class PeerState:
    """A trusted node; ``address`` '' where files are carried; when it last acknowledged, and last sent, a package."""

    code: str
    name: str
    address: str
    sent_at: datetime | None
    received_at: datetime | None


def peer_states() -> list[PeerState]:
    """The trusted nodes with the latest packages that were accepted, by code."""
    names = peer_names()
    accepted = Package.objects.filter(state=PackageState.ACCEPTED).values_list("direction", "peer")
    last = {(way, peer): at for way, peer, at in accepted.annotate(last=Max("answered_at")).order_by()}
    return [
        PeerState(one.code, names[one.code], one.address, last.get(("out", one.code)), last.get(("in", one.code)))
        for one in Peer.objects.order_by("code")
    ]


def introduced() -> list[Introduced]:
    """Nodes that the node above named and that nobody here trusts yet."""
    return list(Introduced.objects.exclude(code__in=Peer.objects.values("code")).order_by("code"))


@dataclass(frozen=True, slots=True)
class ActView:
    """What somebody did on the pages of the node, in words."""

    at: datetime
    who: str
    what: str
    about: str


def node_acts(limit: int = 50) -> list[ActView]:
    """The latest acts on the pages, as far as the viewer may see them."""
    found = list(NodeAct.objects.order_by("-at", "-id")[:limit])
    who, nodes = names_of(one.person for one in found), peer_names()
    return [
        ActView(
            one.at, who.get(one.person, ""), ACT_WORDS.get(one.act, one.act),
            "，".join(part for part in (nodes.get(one.about, one.about[:16]), one.detail) if part),
        )
        for one in found
    ]  # fmt: skip


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
