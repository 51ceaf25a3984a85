"""Case messages between nodes: sealed while they wait, sent with every package until their receipt comes, relayed by
the node above where two districts do not write to each other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from xueji.duties.exchange.envelope import altered
from xueji.duties.exchange.models import Message, Peer
from xueji.ground.keys import data_keys
from xueji.ground.keys.sealing import open_json, seal_json
from xueji.pure.kernel.environment import environment
from xueji.pure.kernel.types import Refused

#: Kinds of messages: a transfer between nodes.
ASK, DOSSIER, REFUSAL, OPENED = "transfer_ask", "transfer_dossier", "transfer_refused", "transfer_opened"
_KEYS = {"id", "case", "kind", "sender", "receiver", "at", "content"}


def send(*, case: UUID, kind: str, sender: str, receiver: str, content: Mapping[str, Any]) -> None:
    """Put a message on its way. Raises ``Refused`` where no trusted node leads to the receiver."""
    key = data_keys.ensure([case])[case]
    Message.objects.create(
        id=environment().new_id(), case=case, kind=kind, sender=sender, receiver=receiver, hop=_hop(receiver),
        content=seal_json(key, dict(content), case.bytes), at=environment().now(),
    )  # fmt: skip


def _hop(receiver: str) -> str:
    """The receiver itself where it is trusted and below or beside no node above; else the node above."""
    above = Peer.objects.filter(level="city").values_list("code", flat=True).first()
    if above is not None:
        return above
    if Peer.objects.filter(code=receiver).exists():
        return receiver
    raise Refused("exchange.no_way", f"没有通往节点 {receiver} 的途径，请先信任市教育局的节点。")


def content_of(message: Message) -> dict[str, Any]:
    """What a message says."""
    key = data_keys.get([message.case])[message.case]
    value: dict[str, Any] = open_json(key, bytes(message.content), message.case.bytes)
    return value


def contents_of(found: Iterable[Message]) -> dict[UUID, dict[str, Any]]:
    """What messages say, by case: one query for the keys of all."""
    rows = list(found)
    keys = data_keys.get({one.case for one in rows}) if rows else {}
    return {one.case: open_json(keys[one.case], bytes(one.content), one.case.bytes) for one in rows}


def waiting_for(hop: str) -> list[Message]:
    """Messages that the node has not acknowledged, oldest first."""
    return list(Message.objects.filter(hop=hop, done_at__isnull=True).order_by("at", "id"))


def as_json(message: Message) -> dict[str, Any]:
    """A message as it stands in a package (which is sealed as a whole)."""
    return {
        "id": str(message.id),
        "case": str(message.case),
        "kind": message.kind,
        "sender": message.sender,
        "receiver": message.receiver,
        "at": message.at.isoformat(),
        "content": content_of(message),
    }


def take(rows: Iterable[Mapping[str, Any]], *, own: str, via: Peer, above: bool) -> list[Message]:
    """Keep messages that came, each once; those for another node wait for its next package. The new ones.

    ``via``: whose package brought them; only a node ``above`` passes on what others wrote.
    """
    fresh = []
    for one in rows:
        try:
            if set(one) != _KEYS or not isinstance(one["content"], dict):
                raise ValueError("not a message")
            made = Message(
                id=UUID(one["id"]), case=UUID(one["case"]), kind=str(one["kind"])[:24],
                sender=str(one["sender"])[:16], receiver=str(one["receiver"])[:16],
                at=datetime.fromisoformat(one["at"]),
            )  # fmt: skip
        except (KeyError, TypeError, ValueError):
            raise altered() from None
        if not above and made.sender != via.code:
            raise Refused(
                "exchange.not_writer", f"包里有以别的节点 {made.sender} 名义写的办理消息，已拒收。请双方核对。"
            )
        if Message.objects.filter(id=made.id).exists():
            continue
        if made.receiver != own and not Peer.objects.filter(code=made.receiver).exists():
            _send_back(made, own)
            continue
        made.hop = "" if made.receiver == own else made.receiver
        key = data_keys.ensure([made.case])[made.case]
        made.content = seal_json(key, one["content"], made.case.bytes)
        made.save(force_insert=True)
        fresh.append(made)
    return fresh


def _send_back(made: Message, own: str) -> None:
    """Nobody leads on to the receiver: who asked is told. Another kind of message is no answer to anything of ours."""
    if made.kind != ASK:
        raise Refused("exchange.no_way", f"包里有给节点 {made.receiver} 的办理消息，本节点不认识该节点，已拒收。")
    if not Message.objects.filter(case=made.case, kind=REFUSAL).exists():
        reason = f"没有代码为 {made.receiver} 的节点，不能跨节点办理。请核对学籍号，或与市教育局联系。"
        send(case=made.case, kind=REFUSAL, sender=own, receiver=made.sender, content={"reason": reason})


def acknowledged(messages: Iterable[str]) -> None:
    """The hop has them."""
    ids = [UUID(one) for one in messages]
    Message.objects.filter(id__in=ids, done_at__isnull=True).update(done_at=environment().now())
