"""The verbs of the room ``returns``: make, explain, certify, submit, note, send back, accept; make again.

Each is one transaction. What was certified never moves: its cut is frozen for the whole round, a later version stands
beside it. Every act is an entry in the organisation's journal.
"""

from xueji.duties.returns.services.acts import accept, certify, send_back, submit
from xueji.duties.returns.services.making import again, make, remake, validate
from xueji.duties.returns.services.remarks import explain, explain_all, note

__all__ = [
    "accept",
    "again",
    "certify",
    "explain",
    "explain_all",
    "make",
    "note",
    "remake",
    "send_back",
    "submit",
    "validate",
]
