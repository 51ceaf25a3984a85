"""The verbs of the room ``filings``."""

from xueji.duties.filings.services.filing import acknowledge, file_, make, send_back
from xueji.duties.filings.services.regime import add_document, record_undertakings

__all__ = ["acknowledge", "add_document", "file_", "make", "record_undertakings", "send_back"]
