"""The verbs of the room ``exchange``.

* ``export(to, target)``: a package with everything that the other node has not acknowledged.
* ``receive(path)``: take a package in, all or nothing; gives the signed receipt, also of a refusal.
* ``take_receipt(path)``: note the other side's answer that came as a file of its own.
"""

from __future__ import annotations

import json
from pathlib import Path

from xueji.duties.exchange import receipts
from xueji.duties.exchange.models import Package
from xueji.duties.exchange.services.exporting import export
from xueji.duties.exchange.services.receiving import Answer, receive
from xueji.pure.kernel.types import Refused

__all__ = ["LARGEST_RECEIPT", "Answer", "export", "receive", "take_receipt"]

LARGEST_RECEIPT = 64 << 10  # bytes


def take_receipt(path: Path) -> Package | None:
    """Note a receipt; the package that it answers, None where that was answered before. Raises ``Refused``."""
    try:
        if path.stat().st_size > LARGEST_RECEIPT:
            raise ValueError("too large")
        content = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(content, dict):
            raise ValueError("no object")
    except (OSError, ValueError, RecursionError):
        raise Refused("exchange.receipt", "这不是回执，或回执不完整。") from None
    return receipts.take(content)
