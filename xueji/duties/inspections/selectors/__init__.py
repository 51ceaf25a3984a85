"""Reads of regular checks. Row-level security of the caller applies; each read names its schools or inspections too."""

from xueji.duties.inspections.selectors.due import due_matters, own_checks_due, waiting
from xueji.duties.inspections.selectors.lists import (
    Counts,
    FindingView,
    LineView,
    answers,
    counts_of,
    finding,
    findings,
    findings_of_subject,
    inspection,
    inspections,
    inspections_of_round,
    lines,
    round_of,
    rounds,
)
from xueji.duties.inspections.selectors.retention import RetentionLine, retention_of
from xueji.duties.inspections.selectors.summary import SummaryLine, frequent_items, summary_of

__all__ = [
    "Counts",
    "FindingView",
    "LineView",
    "RetentionLine",
    "SummaryLine",
    "answers",
    "counts_of",
    "due_matters",
    "finding",
    "findings",
    "findings_of_subject",
    "frequent_items",
    "inspection",
    "inspections",
    "inspections_of_round",
    "lines",
    "own_checks_due",
    "retention_of",
    "round_of",
    "rounds",
    "summary_of",
    "waiting",
]
