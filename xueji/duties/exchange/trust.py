"""Which keys of other nodes are believed. The first time a person compares the fingerprint; later the keys say.

A new pair of a node that is trusted is believed when an earlier, unrevoked pair of it endorsed it. A revoked pair signs
nothing more, whatever day a package bears: who stole a key can write any day.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection, transaction

from xueji.duties.exchange import envelope
from xueji.duties.exchange.envelope import Head, Opened
from xueji.duties.exchange.identity import PublicNode, read_public
from xueji.duties.exchange.models import Introduced, Peer, PeerKey
from xueji.ground.keys import node_keys, sm2
from xueji.ground.keys.node_keys import ENCRYPTION, PublicPair
from xueji.pure.kernel.environment import environment, today
from xueji.pure.kernel.types import Refused

logger = logging.getLogger(__name__)

REVOCATION = "xueji-revocation-1"
NO_SM2 = "exchange.no_sm2"


@dataclass(frozen=True, slots=True)
class Trusted:
    """What came of a public file: the node, its present fingerprint, which keys were new, which are revoked."""

    code: str
    name: str
    fingerprint: str
    new: tuple[str, ...]
    revoked: tuple[str, ...]


def trust(content: Any, *, fingerprint: str | None = None, replace: bool = False) -> Trusted:
    """Believe a node's public file.

    ``fingerprint``: as it was read out by the other side, must be the file's. ``replace``: the node lost its keys; all
    earlier ones are revoked, and the fingerprint must be given. Raises ``Refused`` ``keys.fingerprint``,
    ``keys.not_endorsed`` (a new key that no trusted key speaks for), ``keys.own`` (the file is this node's).
    """
    public = read_public(content)
    if node_keys.exists() and node_keys.load().code == public.code:
        raise Refused("keys.own", "这是本节点自己的公开身份文件，不需要信任。")
    if fingerprint is not None and _plain(fingerprint) != _plain(public.current.fingerprint):
        raise Refused("keys.fingerprint", "指纹与对方报来的不一致，没有信任。请用电话与对方逐组核对。")
    if replace and fingerprint is None:
        raise Refused("keys.fingerprint", "更换丢失的密钥必须用 --fingerprint 写明对方电话报来的指纹。")
    with transaction.atomic():
        return _learn(public, replace=replace)


def learn(content: Any, *, code: str) -> None:
    """Learn endorsed keys and revocations from a file that came inside a package; nothing is believed for the first
    time here. Raises ``Refused`` where the file is of another node or not endorsed."""
    with _checkable():
        public = read_public(content)
        if public.code != code or not Peer.objects.filter(code=code).exists():
            raise Refused("exchange.unknown_sender", "包里的身份文件与发送方不符，已拒收。")
        _learn(public, replace=False)


@contextmanager
def _checkable() -> Iterator[None]:
    """What this machine cannot check it does not take in, and says so to who sent it: the next package brings it."""
    try:
        yield
    except sm2.Unavailable as error:
        logger.warning("%s", error)
        raise Refused(
            NO_SM2,
            "数据包用国密 SM2 签名，接收方的机器核对不了，已拒收。"
            "请接收方的软件维护员安装系统的 openssl（3.0 以上），系统会自动重送。",
        ) from error


def _learn(public: PublicNode, *, replace: bool) -> Trusted:
    now = environment().now()
    peer = Peer.objects.select_for_update().filter(code=public.code).first()
    first = peer is None
    if peer is None:
        peer = Peer(code=public.code, trusted_at=now)
    known = {one.key_id: one for one in PeerKey.objects.filter(peer_id=public.code)}
    _check_endorsed(public, known, free=first or replace)
    peer.level, peer.name, peer.address = public.level, public.name, public.address or peer.address
    if peer.public is None or len(peer.public["keys"]) <= len(public.pairs):
        peer.public = dict(public.content)
    peer.save()
    new = [
        pair for pair in public.pairs if pair.key_id not in known and (not first or pair.key_id not in public.revoked)
    ]
    PeerKey.objects.bulk_create([_row(peer, pair, now) for pair in new])
    for key, (on, why) in public.revoked.items():
        _revoke(peer.code, key, date.fromisoformat(on), why)
    if replace:
        gone = PeerKey.objects.filter(peer=peer, revoked_on__isnull=True).exclude(key_id=public.current.key_id)
        gone.update(revoked_on=today(), reason="对方更换了丢失的密钥")
    revoked = PeerKey.objects.filter(peer=peer, revoked_on__isnull=False).order_by("serial")
    return Trusted(
        peer.code,
        peer.name,
        public.current.fingerprint,
        tuple(pair.key_id for pair in new),
        tuple(revoked.values_list("key_id", flat=True)),
    )


def _check_endorsed(public: PublicNode, known: dict[str, PeerKey], *, free: bool) -> None:
    """The current pair must be known, or reached from a known and unrevoked one by endorsements."""
    keys = {key: (bytes(row.signing), row.revoked_on is not None) for key, row in known.items()}
    if not free and public.current.key_id not in believed(public, keys):
        raise _not_endorsed(public)


def _not_endorsed(public: PublicNode) -> Refused:
    return Refused(
        "keys.not_endorsed",
        f"{public.name}的新密钥没有原密钥的签名，没有信任。如对方丢失了密钥，请核对指纹后用 --replace 更换。",
    )


def believed(public: PublicNode, known: Mapping[str, tuple[bytes, bool]]) -> set[str]:
    """Ids of a node's keys that are believed: known (public key, revoked) and unrevoked, or endorsed by such a one."""
    found = {key for key, (_, revoked) in known.items() if not revoked}
    signing = {pair.key_id: pair.signing for pair in public.pairs}
    for pair in public.pairs:
        by = node_keys.signer(pair.endorsement) if pair.endorsement else None
        if pair.key_id in known or by not in found:
            continue
        voucher = known[by][0] if by in known else signing.get(by or "", b"")
        if not node_keys.verify(voucher, pair.statement(public.code), pair.endorsement or b""):
            break  # who wrote one false endorsement is not asked for more: each one costs a strange file nothing
        found.add(pair.key_id)
    return found


def _row(peer: Peer, pair: PublicPair, now: Any) -> PeerKey:
    return PeerKey(
        key_id=pair.key_id,
        peer=peer,
        serial=pair.serial,
        created_at=pair.created_at,
        signing_algorithm=pair.algorithm.name,
        signing=pair.signing,
        encryption_algorithm=ENCRYPTION,
        encryption=pair.encryption,
        endorsed_by=(node_keys.signer(pair.endorsement) or "") if pair.endorsement else "",
        learnt_at=now,
    )


def revoke(*, key: str, reason: str) -> PeerKey:
    """Believe a key no more, from today on. Raises ``Refused`` where no such key is known."""
    found = PeerKey.objects.filter(key_id=key).first()
    if found is None:
        raise Refused("keys.unknown", f"没有编号为 {key} 的密钥，请用 keys show 查看。")
    _revoke(found.peer_id, key, today(), reason)
    return PeerKey.objects.get(key_id=key)


def _revoke(code: str, key: str, on: date, reason: str) -> None:
    """The day of the first revocation stands."""
    PeerKey.objects.filter(peer_id=code, key_id=key, revoked_on__isnull=True).update(revoked_on=on, reason=reason)


def receiving_key(code: str) -> PeerKey:
    """The newest unrevoked pair of a node. Raises ``Refused`` where the node is not trusted."""
    found = PeerKey.objects.filter(peer_id=code, revoked_on__isnull=True).order_by("-serial").first()
    if found is None:
        raise Refused("exchange.no_peer", f"还没有信任节点 {code} 的密钥，请先用 keys trust 载入其公开身份文件。")
    return found


def check_signed(opened: Opened) -> None:
    """A file must bear the signature of a known, unrevoked key of the node that it names as its sender.

    Raises ``Refused`` ``exchange.bad_signature`` or ``exchange.revoked_key``.
    """
    head = opened.head
    key = PeerKey.objects.filter(key_id=head.signed_with).first()
    if key is None or key.peer_id != head.sender:
        raise _not_theirs()
    _check_signature(opened, bytes(key.signing), key.revoked_on)


def _not_theirs() -> Refused:
    return Refused("exchange.bad_signature", "数据包不是用发送方的密钥签名的，已拒收。")


def _check_signature(opened: Opened, public: bytes, revoked_on: date | None) -> None:
    if revoked_on is not None:
        raise Refused("exchange.revoked_key", f"签名密钥已于 {revoked_on} 吊销，已拒收。请发送方更换密钥后重新导出。")
    message, signature = envelope.signed_message(opened), opened.signature
    with _checkable():
        right = node_keys.signer(signature) == opened.head.signed_with and node_keys.verify(public, message, signature)
    if not right:
        raise Refused("exchange.bad_signature", "数据包的签名不符，已拒收。文件可能被改动过。")


def check_at_door(opened: Opened) -> None:
    """The same before the body is kept, asked without a post: by the public keys alone, nothing is learnt.

    A new key is let in where the public file in the head shows that a trusted one endorsed it. Raises ``Refused``
    ``exchange.unknown_sender``, ``exchange.bad_signature``, ``exchange.revoked_key`` or ``exchange.no_sm2``.
    """
    head = opened.head
    known = _public_keys([head.signed_with], head.sender)
    if known:
        _check_signature(opened, *known[head.signed_with])
        return
    public = _identity(head)
    new = {pair.key_id: pair.signing for pair in public.pairs} if public and public.code == head.sender else {}
    known = _public_keys(sorted(new), head.sender)
    if not known:
        raise Refused(
            "exchange.unknown_sender",
            f"发送方 {head.sender[:16]} 的密钥不在本节点信任的密钥之中，已拒收。请双方核对公开身份文件和指纹。",
        )
    if public is None or head.signed_with not in new:
        raise _not_theirs()
    with _checkable():
        found = believed(public, {key: (one, on is not None) for key, (one, on) in known.items()})
    if head.signed_with not in found:
        raise _not_endorsed(public)
    _check_signature(opened, new[head.signed_with], None)


def _identity(head: Head) -> PublicNode | None:
    """The public file in a head; None where it is none that holds together."""
    try:
        with _checkable():
            return read_public(json.loads(head.identity))
    except (ValueError, RecursionError):
        return None
    except Refused as refused:
        if refused.code == NO_SM2:
            raise
        return None


def _public_keys(ids: Sequence[str], code: str) -> dict[str, tuple[bytes, date | None]]:
    """Which of these are keys of a trusted node: public key and day of revocation; public as such, so for anybody."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT a.id, k.public, k.revoked_on FROM unnest(%s::text[]) AS a(id)"
            " CROSS JOIN LATERAL exchange_signing_key(a.id) AS k WHERE k.code = %s",
            [list(ids), code],
        )
        return {key: (bytes(public), revoked_on) for key, public, revoked_on in cursor.fetchall()}


def _plain(fingerprint: str) -> str:
    return "".join(fingerprint.split()).lower()


def introduce(content: Any, *, by: str) -> None:
    """What a trusted node above (``by``) says of another node, never a first trust.

    Of a node that is known, endorsed keys and revocations are learnt; a key that the node above revoked is believed no
    more. A node that is not known waits until a person has compared its fingerprint. Anything else is passed over, and
    so is for now what is signed with SM2 where this machine cannot check it: it comes again with every package.
    """
    if isinstance(content, dict) and content.get("format") == REVOCATION:
        _take_revocation(content)
        return
    try:
        public = read_public(content)
    except sm2.Unavailable as error:
        logger.warning("a public file was passed over: %s", error)
        return
    if node_keys.load().code == public.code:
        return
    if not Peer.objects.filter(code=public.code).exists():
        Introduced.objects.update_or_create(
            code=public.code, defaults={"public": dict(content), "by": by, "at": environment().now()}
        )
        return
    with suppress(Refused), transaction.atomic():
        _learn(public, replace=False)


def _take_revocation(content: Mapping[str, Any]) -> None:
    try:
        _revoke(str(content["code"]), str(content["key"]), date.fromisoformat(content["on"]), str(content["reason"]))
    except (KeyError, TypeError, ValueError):
        raise envelope.altered() from None
