"""The verbs of the room ``journals``: ``lock``, ``append``, and the anchor."""

from xueji.ground.journals.anchor import anchor_missing_heads
from xueji.ground.journals.append import append
from xueji.ground.journals.locks import lock
from xueji.ground.journals.types import Entry, Head, NewEntry

__all__ = ["Entry", "Head", "NewEntry", "anchor_missing_heads", "append", "lock"]
