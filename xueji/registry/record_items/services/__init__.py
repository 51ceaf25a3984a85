"""The verbs of the room ``record_items``: ``record``, ``record_many``, ``correct``, ``remove``; of a class's workbook
``template``, ``upload``, ``look``, ``confirm``, ``discard``, ``sweep``."""

from xueji.registry.record_items.keeping import MAY_KEEP, ItemRefused, book_of
from xueji.registry.record_items.services.recording import correct, record, record_many, remove
from xueji.registry.record_items.services.uploading import Looked, confirm, discard, look, sweep, template, upload

__all__ = [
    "MAY_KEEP",
    "ItemRefused",
    "Looked",
    "book_of",
    "confirm",
    "correct",
    "discard",
    "look",
    "record",
    "record_many",
    "remove",
    "sweep",
    "template",
    "upload",
]
