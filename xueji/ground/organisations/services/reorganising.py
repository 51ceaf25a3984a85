"""What a decided act on schools or districts (机构调整) says of organisations: written as it was planned."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from xueji.ground.journals.services import Entry, NewEntry
from xueji.ground.organisations.authority import require_bureau
from xueji.ground.organisations.state import write
from xueji.pure.kernel.types import Actor


def reorganise(*, actor: Actor, bureau: UUID, entries: Sequence[NewEntry], transaction_id: UUID) -> list[Entry]:
    """Write the entries of an act that a bureau's head decided; joins the transaction around it, whose journals are
    locked. Raises ``Refused`` for another post."""
    require_bureau(actor, [bureau], head=True)
    return write(actor=actor, entries=entries, transaction_id=transaction_id)
