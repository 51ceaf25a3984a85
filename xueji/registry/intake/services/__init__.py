"""The verbs of the room ``intake``: keyword-only, one transaction each, typed results.

* ``upload``: a workbook comes in (the same file again is the same upload); ``defer_check`` has it checked in the
  background, ``check`` checks it at once.
* ``correct_cell``: a cell corrected in the page; the later of two editors is shown the other's change.
* ``lodge``: the clean roster becomes an application; any error refuses the whole. ``lodge_workbook``: all in one.
* ``look_at``: a workbook checked, nothing kept.
* ``check_pupil``, ``lodge_pupil``: one pupil's form, the same way.
* ``lodge_placed_pupil``: one whom the bureau's clerk enters and places at a school.
* ``discard``: a roster that was not lodged is given up.
"""

from xueji.registry.intake.services.checking import check, defer_check
from xueji.registry.intake.services.correcting import correct_cell
from xueji.registry.intake.services.lodging import lodge, lodge_workbook
from xueji.registry.intake.services.looking import look_at
from xueji.registry.intake.services.placed import lodge_placed_pupil
from xueji.registry.intake.services.pupils import check_pupil, lodge_pupil
from xueji.registry.intake.services.uploading import discard, upload

__all__ = [
    "check",
    "check_pupil",
    "correct_cell",
    "defer_check",
    "discard",
    "lodge",
    "lodge_placed_pupil",
    "lodge_pupil",
    "lodge_workbook",
    "look_at",
    "upload",
]
