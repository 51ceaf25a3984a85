"""The verbs of the room ``register``.

* ``refold(students, transaction_id, entries)``: state rows from the journals; with ``refold_carried`` and ``rebuild``
  the only way in which they are written.
* ``rebuild()``: all state from the journals, compared with what stands.
* ``allocate_numbers``, ``reserve_numbers``, ``release_numbers``: registration numbers, locked, never reused.
* ``refold_carried(students)``: the same after entries were carried here from another node.
* ``share_document``: two living students with one document number, approved by both bureaus.
"""

from xueji.registry.register.services.carried import CarriedFold, refold_carried
from xueji.registry.register.services.numbers import (
    Allocated,
    Intake,
    allocate_numbers,
    release_numbers,
    reserve_numbers,
)
from xueji.registry.register.services.rebuild import RebuildResult, rebuild
from xueji.registry.register.services.refold import Refolded, refold
from xueji.registry.register.services.sharing import share_document

__all__ = [
    "Allocated",
    "CarriedFold",
    "Intake",
    "RebuildResult",
    "Refolded",
    "allocate_numbers",
    "rebuild",
    "refold",
    "refold_carried",
    "release_numbers",
    "reserve_numbers",
    "share_document",
]
