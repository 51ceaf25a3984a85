"""The receiver's signed answer to a package: taken in, or refused and why (design §5 "Receipts")."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from xueji.duties.exchange import carried_photos, carried_remarks, messages
from xueji.duties.exchange.models import Acknowledged, Package, PackageState, PeerKey
from xueji.ground.keys import node_keys
from xueji.ground.keys.node_keys import NodeKeys
from xueji.ground.keys.sealing import canonical_json
from xueji.pure.kernel.environment import environment
from xueji.pure.kernel.types import Refused

FORMAT = "xueji-receipt-1"


def write(
    keys: NodeKeys, *, to: str, number: int, digest: str, accepted: bool, reason: str = "", message: str = ""
) -> dict[str, Any]:
    """The receipt of a package, signed by this node."""
    content: dict[str, Any] = {
        "format": FORMAT,
        "from": keys.code,
        "to": to,
        "package": digest,
        "number": number,
        "accepted": accepted,
        "reason": reason,
        "message": message,
        "at": environment().now().isoformat(timespec="seconds"),
    }
    content["signature"] = base64.b64encode(keys.current.sign(_message(content))).decode()
    return content


def take(content: Mapping[str, Any]) -> Package | None:
    """Note a receipt for one of our packages; None where it is of no package that we know, or answered before.

    An acceptance stands against a later refusal (the same package sent twice). Raises ``Refused`` where the receipt is
    none, is for another node, or its signature is not that of a trusted key.
    """
    peer = _checked(content)
    sent = Package.objects.select_for_update().filter(direction="out", peer=peer, digest=content["package"]).first()
    if sent is None or sent.state == PackageState.ACCEPTED:
        return None
    sent.state = PackageState.ACCEPTED if content["accepted"] else PackageState.REFUSED
    sent.reason, sent.message = str(content["reason"])[:40], str(content["message"])[:500]
    sent.receipt, sent.answered_at, sent.next_attempt = dict(content), environment().now(), None
    sent.save()
    if content["accepted"]:
        _acknowledge(peer, sent.heads)
        messages.acknowledged(sent.messages)
        carried_photos.acknowledge(peer, sent.id)
        carried_remarks.acknowledge(peer, sent.id)
    return sent


def _checked(content: Mapping[str, Any]) -> str:
    """The node whose receipt it is."""
    try:
        signature = base64.b64decode(content["signature"], validate=True)
        fits = content["format"] == FORMAT and isinstance(content["accepted"], bool)
        sender, receiver = str(content["from"]), str(content["to"])
        fits = fits and {"package", "reason", "message"} <= content.keys()
    except (KeyError, TypeError, ValueError):
        raise Refused("exchange.receipt", "这不是回执，或回执不完整。") from None
    if not fits or receiver != node_keys.load().code:
        raise Refused("exchange.receipt", "这不是给本节点的回执。")
    key = PeerKey.objects.filter(peer_id=sender, key_id=node_keys.signer(signature), revoked_on__isnull=True).first()
    if key is None or not node_keys.verify(bytes(key.signing), _message(content), signature):
        raise Refused("exchange.receipt", "回执的签名不符，没有登记。")
    return sender


def _acknowledge(peer: str, heads: Mapping[str, int]) -> None:
    known = {row.organisation: row.block_no for row in Acknowledged.objects.filter(peer=peer)}
    beyond = {UUID(one): block for one, block in heads.items() if block > known.get(UUID(one), 0)}
    Acknowledged.objects.bulk_create(
        [Acknowledged(peer=peer, organisation=one, block_no=block) for one, block in beyond.items()],
        update_conflicts=True,
        unique_fields=["peer", "organisation"],
        update_fields=["block_no"],
    )


def _message(content: Mapping[str, Any]) -> bytes:
    return canonical_json({name: value for name, value in content.items() if name != "signature"})
