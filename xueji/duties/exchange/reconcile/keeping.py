"""Comparisons that were run are kept, so that a page can show them school by school."""

from __future__ import annotations

from dataclasses import asdict

from xueji.duties.exchange.models import Reconciliation
from xueji.duties.exchange.reconcile.comparing import Reconciled
from xueji.pure.kernel.environment import environment

KEPT = 2_000  # differences kept of one comparison; the command prints all


def keep(found: Reconciled, *, other: str, way: str, deep: bool) -> Reconciliation:
    """Write an outcome down. In the system's own name."""
    return Reconciliation.objects.create(
        id=environment().new_id(), other=other, way=way, deep=deep, compared=list(found.compared),
        found=len(found.differences), differences=[asdict(one) for one in found.differences[:KEPT]],
        at=environment().now(),
    )  # fmt: skip
