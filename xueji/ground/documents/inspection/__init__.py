"""Looking into evidence that came from outside: whole, harmless, shown as pictures, its QR codes read.

All of it happens in a child process with limits of memory and time (``child``): a file that breaks a parser
breaks nothing else.
"""

from xueji.ground.documents.inspection.asking import (
    DEFAULT,
    Limits,
    Picture,
    Redrawn,
    inspect,
    read_carried,
    read_codes,
    read_pages,
    read_text,
    redraw,
    render,
)

__all__ = [
    "DEFAULT",
    "Limits",
    "Picture",
    "Redrawn",
    "inspect",
    "read_carried",
    "read_codes",
    "read_pages",
    "read_text",
    "redraw",
    "render",
]
