"""The verbs of the room ``returns``: make, explain, certify, submit, note, send back, accept; ask for, examine and
refuse a reopening; make again.

Each is one transaction. What was certified never moves: its cut is frozen for the whole round, a later version stands
beside it. Every act is an entry in the organisation's journal.
"""

from xueji.duties.returns.services.acts import accept, certify, send_back, submit
from xueji.duties.returns.services.making import again, make, remake, validate
from xueji.duties.returns.services.remarks import explain, explain_all, note
from xueji.duties.returns.services.reopening import ask_reopening, examine_reopening, refuse_reopening

__all__ = [
    "accept",
    "again",
    "ask_reopening",
    "certify",
    "examine_reopening",
    "explain",
    "explain_all",
    "make",
    "note",
    "refuse_reopening",
    "remake",
    "send_back",
    "submit",
    "validate",
]
