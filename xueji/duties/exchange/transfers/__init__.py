"""A transfer between two nodes (design §5): the receiving bureau asks, the sending node closes first and issues the
dossier, the receiving node opens. Between the two the pupil is in transit: counted once, in the list of each node.

Both entries name the case in their basis, so that the node above sees one transfer. Each is a transaction of its own:
a return is counted on the journals that its node knows, where the other half never is. The pupil's own sequence goes
on from where the sending node stood.
"""

from xueji.duties.exchange.transfers.asking import ask
from xueji.duties.exchange.transfers.releasing import against, refuse, release
from xueji.duties.exchange.transfers.selectors import (
    TransferView,
    asked_here,
    in_transit,
    transfer,
    transfers,
)
from xueji.duties.exchange.transfers.taking import take

__all__ = [
    "TransferView", "against", "ask", "asked_here", "in_transit", "refuse", "release", "take", "transfer", "transfers",
]  # fmt: skip
