"""Photos of pupils that came from outside: unpacked, decoded, measured and made anew in a child process with limits.

A picture never gets through as it came: what is kept is a JPEG that the child made of its pixels, without any of the
file's other contents (place, camera, thumbnail).
"""

from xueji.ground.documents.portraits.asking import Cut, PortraitLimits, Prepared, Unpacked, cut, prepare, unpack

__all__ = ["Cut", "PortraitLimits", "Prepared", "Unpacked", "cut", "prepare", "unpack"]
