"""Do two nodes hold the same book (design §5)? Digests by organisation; where they differ, pupil and field.

``reconcile(here, there, deep=)`` compares two sides: ``HereSide``, ``HomeSide`` (a home on this machine),
``RemoteSide`` (a trusted node by its address); ``reconcile_package(path, deep=)`` a package with what stands here;
``keep`` writes an outcome down for the page.
"""

from xueji.duties.exchange.reconcile.comparing import Difference, Reconciled, reconcile
from xueji.duties.exchange.reconcile.keeping import keep
from xueji.duties.exchange.reconcile.package import reconcile_package
from xueji.duties.exchange.reconcile.remote import RemoteSide
from xueji.duties.exchange.reconcile.sides import HereSide, HomeSide, Side

__all__ = [
    "Difference", "HereSide", "HomeSide", "Reconciled", "RemoteSide", "Side", "keep", "reconcile", "reconcile_package",
]  # fmt: skip
