"""Reads of the roll-call. Row-level security of the caller applies; each read names its rolls or schools too."""

from xueji.registry.rollcall.selectors.boards import board, sums
from xueji.registry.rollcall.selectors.lists import (
    ABSENT_ON,
    SHOWN,
    class_counts,
    counts_of,
    line,
    lines,
    lines_count,
    lines_of,
    separated,
)
from xueji.registry.rollcall.selectors.rolls import of_school, roll, rolls_of_term
from xueji.registry.rollcall.selectors.supplements import supplements, supplements_open
from xueji.registry.rollcall.selectors.tracing import attempts_of, contact_attempts, found_in_class, ghosts, ghosts_on

__all__ = [
    "ABSENT_ON",
    "SHOWN",
    "attempts_of",
    "board",
    "class_counts",
    "contact_attempts",
    "counts_of",
    "found_in_class",
    "ghosts",
    "ghosts_on",
    "line",
    "lines",
    "lines_count",
    "lines_of",
    "of_school",
    "roll",
    "rolls_of_term",
    "separated",
    "sums",
    "supplements",
    "supplements_open",
]
