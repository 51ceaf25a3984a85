"""The verbs of the room ``inspections``: keyword-only, one transaction each, ``Refused`` with sentence and basis.

* ``open_own_check``: the school begins its check of the term; ``draw_round``: the bureau draws schools and samples.
* ``examine``: a checklist is answered about the school, a pupil or a change; what is wrong becomes a finding.
* ``hand_over``: everything is looked at; the school is told and corrects.
* ``correct``: how a finding was mended, with the change or correction that did it; ``recheck``: another person's look.
* ``sign_off``: every finding is closed; kept for ever, with an entry in the inspecting organisation's journal.
"""

from xueji.duties.inspections.services.correcting import correct, recheck
from xueji.duties.inspections.services.drawing import RoundPlan, draw_round, open_own_check
from xueji.duties.inspections.services.examining import Wrong, examine, hand_over
from xueji.duties.inspections.services.signing import SignedOff, digest_of, sign_off

__all__ = [
    "RoundPlan",
    "SignedOff",
    "Wrong",
    "correct",
    "digest_of",
    "draw_round",
    "examine",
    "hand_over",
    "open_own_check",
    "recheck",
    "sign_off",
]
