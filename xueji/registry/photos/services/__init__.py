"""The verbs of the room ``photos``: ``upload``, ``defer_reading``, ``go_on_reading``, ``read``, ``assign``, ``crop``,
``keep_twin``, ``leave_out``, ``defer_taking``, ``take``, ``take_one``, ``withdraw``, ``sweep``."""

from xueji.registry.photos.services.keeping import MAY_KEEP
from xueji.registry.photos.services.reading import defer_reading, go_on_reading, read
from xueji.registry.photos.services.sorting import assign, crop, keep_twin, leave_out
from xueji.registry.photos.services.taking import Taken, defer_taking, take, take_one, withdraw
from xueji.registry.photos.services.uploading import sweep, upload

__all__ = [
    "MAY_KEEP",
    "Taken",
    "assign",
    "crop",
    "defer_reading",
    "defer_taking",
    "go_on_reading",
    "keep_twin",
    "leave_out",
    "read",
    "sweep",
    "take",
    "take_one",
    "upload",
    "withdraw",
]
