"""The verbs of the room ``reorganisation``.

* ``prepare``: the clerk's proposal with its document; ``resubmit`` after a sending back, ``retract``.
* ``decide``, ``send_back``, ``refuse``: the head's.
* ``carry_out``: what was decided, on its day; ``carry_due``: all whose day has come, by the worker.
"""

from xueji.registry.reorganisation.services.carrying import Carried, carry_due, carry_out
from xueji.registry.reorganisation.services.deciding import decide, refuse, retract, send_back
from xueji.registry.reorganisation.services.preparing import Proposal, prepare, resubmit

__all__ = [
    "Carried",
    "Proposal",
    "carry_due",
    "carry_out",
    "decide",
    "prepare",
    "refuse",
    "resubmit",
    "retract",
    "send_back",
]
