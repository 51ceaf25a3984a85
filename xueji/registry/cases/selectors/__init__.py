"""Reads of the room ``cases``: the inbox, a case with its steps, who is late, notices."""

from xueji.registry.cases.selectors.cases import case_of, cases_of, file_numbers, hindrance, hindrances
from xueji.registry.cases.selectors.inbox import (
    elsewhere_count,
    elsewhere_page,
    inbox,
    late_count,
    late_page,
    overdue,
    sent_back,
    sent_back_count,
    tally,
    waiting,
    waiting_of,
    waiting_page,
)
from xueji.registry.cases.selectors.notices import notice_count, notices

__all__ = [
    "case_of",
    "cases_of",
    "elsewhere_count",
    "elsewhere_page",
    "file_numbers",
    "hindrance",
    "hindrances",
    "inbox",
    "late_count",
    "late_page",
    "notice_count",
    "notices",
    "overdue",
    "sent_back",
    "sent_back_count",
    "tally",
    "waiting",
    "waiting_of",
    "waiting_page",
]
