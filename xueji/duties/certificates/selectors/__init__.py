"""Reads of the room ``certificates``: papers, requests for attestation, blanks."""

from xueji.duties.certificates.selectors.attesting import Looked, look_at
from xueji.duties.certificates.selectors.batches import (
    batch,
    batch_parts,
    batches,
    blanks_of,
    classes_of,
    diploma_batches,
)
from xueji.duties.certificates.selectors.blanks import BlankCounts, blank_counts, blanks, printers
from xueji.duties.certificates.selectors.candidates import Candidate, candidates
from xueji.duties.certificates.selectors.diplomas import SchoolOutlook, diploma_kinds, leaving_years, outlooks
from xueji.duties.certificates.selectors.orders import (
    LineView,
    lines,
    open_order_of,
    order,
    orders,
    orders_of_rolls,
    rolls_of,
    which_are_orders,
)
from xueji.duties.certificates.selectors.papers import (
    ToExchange,
    certificate,
    issued,
    papers_under,
    resting,
    sheet_out,
)
from xueji.duties.certificates.selectors.seals import in_hand, renamed, seal, seals, standing_of, which_are_seals

__all__ = [
    "BlankCounts",
    "Candidate",
    "LineView",
    "Looked",
    "SchoolOutlook",
    "ToExchange",
    "batch",
    "batch_parts",
    "batches",
    "blank_counts",
    "blanks",
    "blanks_of",
    "candidates",
    "certificate",
    "classes_of",
    "diploma_batches",
    "diploma_kinds",
    "in_hand",
    "issued",
    "leaving_years",
    "lines",
    "look_at",
    "open_order_of",
    "order",
    "orders",
    "orders_of_rolls",
    "outlooks",
    "papers_under",
    "printers",
    "renamed",
    "resting",
    "rolls_of",
    "seal",
    "seals",
    "sheet_out",
    "standing_of",
    "which_are_orders",
    "which_are_seals",
]
