"""The coded rules of the round (clause C5): one list for a school's return, a bureau's sum and the standing list."""

from __future__ import annotations

from collections.abc import Mapping

from . import bureau, lives, pupils, school
from .bureau import of_parts
from .model import LIVES, OPENING, SINCE, STATE, YEARLY, Failing, Finding, RoundFacts, RoundRule

ROUND_RULES: tuple[RoundRule, ...] = (*pupils.RULES, *lives.RULES, *school.RULES, *bureau.RULES)
ROUND_BY_CODE: Mapping[str, RoundRule] = {rule.code: rule for rule in ROUND_RULES}


def run_round_rules(facts: RoundFacts, *, standing: bool = False) -> dict[str, list[Finding]]:
    """The findings of each school, in the rules' order; with ``standing`` only of the rules that run all year round."""
    found: dict[str, list[Finding]] = {}
    for rule in ROUND_RULES:
        if rule.find is None or not rule.in_force(facts.on) or (standing and not rule.standing):
            continue
        for failing in rule.find(facts):
            found.setdefault(failing.school, []).append(rule.finding(failing))
    return found


__all__ = [
    "LIVES",
    "OPENING",
    "ROUND_BY_CODE",
    "ROUND_RULES",
    "SINCE",
    "STATE",
    "YEARLY",
    "Failing",
    "Finding",
    "RoundFacts",
    "RoundRule",
    "of_parts",
    "run_round_rules",
]
