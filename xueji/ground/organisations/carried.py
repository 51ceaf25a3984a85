"""State of organisations whose entries were carried here from another node (design §5): noted, and refolded."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.db import IntegrityError

from xueji.ground.journals.models import JournalEntry
from xueji.ground.organisations import state
from xueji.ground.organisations.models import Mention
from xueji.pure.kernel.fold import FoldClash
from xueji.pure.kernel.types import Refused


def take_in(entries: Iterable[UUID]) -> None:
    """Bring the organisations that these entries speak of to what the journals say; joins the transaction around.

    Raises ``Refused`` ``exchange.organisations`` where they contradict what is known here.
    """
    read = list(state._read(JournalEntry.objects.filter(entry_id__in=list(entries))))
    noted = {(whose, one.entry_id) for one in read for whose in state.mentioned(one.operations)}
    Mention.objects.bulk_create(
        [Mention(organisation=whose, entry=entry) for whose, entry in sorted(noted)],
        ignore_conflicts=True,
        batch_size=5000,
    )
    try:
        state.refold({whose for whose, _ in noted})
    except (FoldClash, IntegrityError) as error:
        raise Refused(
            "exchange.organisations", "包里的学校、代码或隶属关系与本节点已有的矛盾，已拒收。请与发送方核对。"
        ) from error
