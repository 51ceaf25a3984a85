"""Do two nodes hold the same book (design §5)? Digests by organisation; where they differ, pupil and field."""

from xueji.duties.exchange.reconcile.comparing import Difference, Reconciled, reconcile
from xueji.duties.exchange.reconcile.sides import HereSide, HomeSide, Side

__all__ = ["Difference", "HereSide", "HomeSide", "Reconciled", "Side", "reconcile"]
