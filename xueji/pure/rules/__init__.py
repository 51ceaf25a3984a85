"""Coded rules → findings: one way to ask "is this value or record right?" (design §2).

``prepare(raw, context, cells)`` mends and reads the cells, ``run_rules(frame, rules, context)`` gives
the findings, ``sentence(...)`` puts one into words. Row rules are column expressions:
the same for one form's row, a workbook and a million rows.
"""

from .engine import ALL_RULES, BY_CODE, rules_in_force, run_rules, sentence
from .model import (
    ENTRANTS,
    FINDINGS_SCHEMA,
    INTO_CITY,
    KINDS,
    LATE,
    OPENING,
    PLACED,
    Check,
    RegisterFacts,
    Rows,
    Rule,
    RuleContext,
    SchoolFacts,
    Scope,
    no_findings,
)
from .preparing import prepare

__all__ = [
    "ALL_RULES",
    "BY_CODE",
    "ENTRANTS",
    "FINDINGS_SCHEMA",
    "INTO_CITY",
    "KINDS",
    "LATE",
    "OPENING",
    "PLACED",
    "Check",
    "RegisterFacts",
    "Rows",
    "Rule",
    "RuleContext",
    "SchoolFacts",
    "Scope",
    "no_findings",
    "prepare",
    "rules_in_force",
    "run_rules",
    "sentence",
]
