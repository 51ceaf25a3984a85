"""Reads of the room ``certificates``: papers, requests for attestation, blanks."""

from xueji.duties.certificates.selectors.batches import batch, batch_parts, batches, classes_of
from xueji.duties.certificates.selectors.blanks import BlankCounts, blank_counts, blanks, printers
from xueji.duties.certificates.selectors.candidates import Candidate, candidates
from xueji.duties.certificates.selectors.orders import LineView, lines, open_order_of, order, orders, which_are_orders
from xueji.duties.certificates.selectors.papers import ToExchange, certificate, issued, papers_under, resting

__all__ = [
    "BlankCounts",
    "Candidate",
    "LineView",
    "ToExchange",
    "batch",
    "batch_parts",
    "batches",
    "blank_counts",
    "blanks",
    "candidates",
    "certificate",
    "classes_of",
    "issued",
    "lines",
    "open_order_of",
    "order",
    "orders",
    "papers_under",
    "printers",
    "resting",
    "which_are_orders",
]
