"""The verbs of the room ``applications``: keyword-only, one transaction each, typed results.

* ``lodge_change``: a change of one pupil, of any kind of ``xueji.pure.procedures``.
* ``correct_record`` (other data, at once), ``lodge_key_correction``, ``check_correction``
* ``lodge_roster`` (opening load, entrants), ``lodge_transfer``, ``lodge_promotion``, ``lodge_leaving``
* ``lodge_outside``: a guest whose home is outside the register, a deferred entry.
* ``lodge_placement``, ``lodge_placement_of_row``: by the competent bureau, for a child whom a school refused;
  ``lodge_placement_of_child``: for one of whom there is nothing yet.
* ``act``: proofread, decide, examine, approve, send back, refuse; the completing yes writes to the register.
* ``add_evidence``: a paper that comes later, or in another's place; ``keep_paper`` stores one; ``propose_scan`` and
  ``file_scan``: a scan finds its file by the code printed on it.
* ``resubmit``, ``retract``: the applicant's own acts; ``confirm_arrival``: the pupil has come;
  ``trace_arrival``: where one is who has not.
* ``decide_duplicate``: a bureau's choice on a suspected duplicate; ``register_released``: rows released later.
* ``register_check``: the claim against the register, as it is stored with each decision.
"""

from xueji.registry.applications.services.acts import act, resubmit, retract
from xueji.registry.applications.services.arrivals import confirm_arrival, trace_arrival
from xueji.registry.applications.services.changes import lodge_change
from xueji.registry.applications.services.checks import register_check
from xueji.registry.applications.services.class_numbers import lodge_class_numbers
from xueji.registry.applications.services.cohorts import lodge_leaving, lodge_promotion, revise_leaving
from xueji.registry.applications.services.corrections import check_correction, correct_record, lodge_key_correction
from xueji.registry.applications.services.dividing import lodge_admission, lodge_division
from xueji.registry.applications.services.duplicates import decide_duplicate, register_released
from xueji.registry.applications.services.evidence import add_evidence, keep_paper
from xueji.registry.applications.services.merging import lodge_merge, lodge_merge_undo
from xueji.registry.applications.services.outside import lodge_outside
from xueji.registry.applications.services.placing import (
    lodge_placement,
    lodge_placement_of_child,
    lodge_placement_of_row,
)
from xueji.registry.applications.services.rosters import lodge_roster
from xueji.registry.applications.services.scanning import file_scan, propose_scan
from xueji.registry.applications.services.transfers import lodge_transfer, queries_of
from xueji.registry.applications.services.undoing import undo_graduation

__all__ = [
    "act",
    "add_evidence",
    "check_correction",
    "confirm_arrival",
    "correct_record",
    "decide_duplicate",
    "file_scan",
    "keep_paper",
    "lodge_admission",
    "lodge_change",
    "lodge_class_numbers",
    "lodge_division",
    "lodge_key_correction",
    "lodge_leaving",
    "lodge_merge",
    "lodge_merge_undo",
    "lodge_outside",
    "lodge_placement",
    "lodge_placement_of_child",
    "lodge_placement_of_row",
    "lodge_promotion",
    "lodge_roster",
    "lodge_transfer",
    "propose_scan",
    "queries_of",
    "register_check",
    "register_released",
    "resubmit",
    "retract",
    "revise_leaving",
    "trace_arrival",
    "undo_graduation",
]
