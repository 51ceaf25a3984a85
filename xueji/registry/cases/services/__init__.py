"""The verbs of the room ``cases``; each joins the transaction of the service that calls it.

* ``open_case``: steps from the rulebook, first one opened.
* ``take_step``, ``take_step_of``: look at the step that waits, with all checks; ``decide_taken`` agrees to it.
* ``decide_step``, ``send_back``, ``refuse``: one post's decision; ``resubmit`` runs the steps again.
* ``retract``: the lodging school takes its matter back; ``lapse``: the lodging school is no more.
* ``notify``, ``mark_read``: notices to posts.
"""

from xueji.registry.cases.services.close import lapse, refuse, resubmit, retract, send_back
from xueji.registry.cases.services.decide import decide_step, decide_taken, take_step, take_step_of
from xueji.registry.cases.services.notices import mark_read, notify
from xueji.registry.cases.services.opening import open_case

__all__ = [
    "decide_step",
    "decide_taken",
    "lapse",
    "mark_read",
    "notify",
    "open_case",
    "refuse",
    "resubmit",
    "retract",
    "send_back",
    "take_step",
    "take_step_of",
]
