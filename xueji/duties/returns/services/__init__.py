"""The verbs of the room ``returns``: make, certify, submit, send back, accept; make again.

Each is one transaction. What was certified never moves: its cut is frozen for the whole round, a later version stands
beside it. Every act is an entry in the organisation's journal.
"""

from xueji.duties.returns.services.acts import accept, certify, send_back, submit
from xueji.duties.returns.services.making import make, remake, validate

__all__ = ["accept", "certify", "make", "remake", "send_back", "submit", "validate"]
