"""The verbs of the room ``filings``."""

from xueji.duties.filings.services.filing import (
    acknowledge,
    confirm_acknowledged,
    file_,
    make,
    send_back,
    title_of,
)
from xueji.duties.filings.services.regime import add_document, record_undertakings

__all__ = [
    "acknowledge",
    "add_document",
    "confirm_acknowledged",
    "file_",
    "make",
    "record_undertakings",
    "send_back",
    "title_of",
]
