"""Reads of transfers between nodes. What was asked stands sealed in the message: who sees the transfer opens it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from xueji.duties.exchange import messages
from xueji.duties.exchange.messages import ASK
from xueji.duties.exchange.models import Message, NodeTransfer, TransferState
from xueji.ground.keys import node_keys
from xueji.ground.organisations import selectors as organisations
from xueji.pure.kernel.environment import day_of
from xueji.pure.kernel.masking import mask


@dataclass(frozen=True, slots=True)
class TransferView:
    """A transfer as this node knows it. ``side``: ``sender`` or ``receiver`` where this node is that, '' where it only
    passes on; ``from_school`` is '' as long as nobody here knows it; ``answer``: why it was refused."""

    case: UUID
    state: str
    side: str
    sender: str
    receiver: str
    student: UUID | None
    name: str
    number: str
    from_school: str
    to_school: str
    grade: int | None
    reason: str
    answer: str
    asked_on: date
    closed_on: date | None
    opened_on: date | None

    @property
    def masked_name(self) -> str:
        return mask(self.name, "name")


def transfers(*, state: str = "", limit: int = 200) -> list[TransferView]:
    """The latest transfers in sight, those that are under way first; ``state``: only these."""
    found = NodeTransfer.objects.filter(state=state) if state else NodeTransfer.objects.all()
    rows = list(found.order_by("-at", "id")[:limit])
    under_way = (TransferState.ASKED, TransferState.IN_TRANSIT)
    return _views(sorted(rows, key=lambda one: one.state not in under_way))


def transfer(case: UUID) -> TransferView | None:
    """One transfer, where it is in sight."""
    return next(iter(_views(NodeTransfer.objects.filter(id=case))), None)


def in_transit() -> list[NodeTransfer]:
    """Pupils between two nodes: in no school's register, counted once here."""
    return list(NodeTransfer.objects.filter(state=TransferState.IN_TRANSIT).order_by("closed_on", "id"))


def asked_here() -> list[NodeTransfer]:
    """What waits for this node's decision, the oldest first."""
    own = node_keys.load().code
    return list(NodeTransfer.objects.filter(sender=own, state=TransferState.ASKED).order_by("at", "id"))


def _views(found: Iterable[NodeTransfer]) -> list[TransferView]:
    rows = list(found)
    asks = messages.contents_of(Message.objects.filter(case__in=[one.id for one in rows], kind=ASK))
    schools = organisations.names([one.school for one in rows] + [one.from_school for one in rows if one.from_school])
    own = node_keys.load().code if node_keys.exists() else ""
    return [_view(one, asks.get(one.id, {}), schools, own) for one in rows]


def _view(one: NodeTransfer, asked: dict[str, Any], schools: dict[UUID, str], own: str) -> TransferView:
    known = schools.get(one.from_school, "") if one.from_school else ""
    return TransferView(
        case=one.id,
        state=one.state,
        side="sender" if one.sender == own else "receiver" if one.receiver == own else "",
        sender=one.sender,
        receiver=one.receiver,
        student=one.student,
        name=asked.get("name", ""),
        number=asked.get("number", ""),
        from_school=known or one.from_school_name,
        to_school=schools.get(one.school) or asked.get("school_name", ""),
        grade=asked.get("grade"),
        reason=asked.get("reason", ""),
        answer=one.answer,
        asked_on=day_of(one.at),
        closed_on=one.closed_on,
        opened_on=one.opened_on,
    )
