"""The verbs of the room ``photos``: ``upload``, ``assign``, ``crop``, ``keep_twin``, ``leave_out``, ``take``,
``take_one``, ``withdraw``, ``sweep``."""

from xueji.registry.photos.services.sorting import assign, crop, keep_twin, leave_out
from xueji.registry.photos.services.taking import Taken, take, take_one, withdraw
from xueji.registry.photos.services.uploading import MAY_KEEP, sweep, upload

__all__ = [
    "MAY_KEEP",
    "Taken",
    "assign",
    "crop",
    "keep_twin",
    "leave_out",
    "sweep",
    "take",
    "take_one",
    "upload",
    "withdraw",
]
