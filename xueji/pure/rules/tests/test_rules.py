"""What every rule of the list must be."""

from __future__ import annotations

import string
from collections import Counter
from datetime import date

from xueji.pure.kernel.types import Severity
from xueji.pure.rules import ALL_RULES, Rule, Scope


def test_each_rule_has_a_code_of_its_own() -> None:
    assert max(Counter(rule.code for rule in ALL_RULES).values()) == 1
    assert len(ALL_RULES) >= 80


def test_each_rule_says_where_in_a_plain_sentence_and_names_its_basis() -> None:
    for rule in ALL_RULES:
        places = {name for _, name, _, _ in string.Formatter().parse(rule.sentence) if name}
        assert places <= {"place", "value", "detail"}, rule.code
        assert rule.sentence.endswith("。"), rule.code
        assert not any(char.isascii() and char.isalpha() for char in _words(rule.sentence)), rule.code
        assert rule.basis, rule.code


def _words(sentence: str) -> str:
    """The sentence without placeholders and the few Latin words that clerks know."""
    for word in ("{place}", "{value}", "{detail}", "Excel", "#N/A", "X"):
        sentence = sentence.replace(word, "")
    return sentence


def test_a_row_rule_has_an_expression_and_a_file_rule_a_function_or_the_reader() -> None:
    for rule in ALL_RULES:
        if rule.scope is Scope.ROW:
            assert rule.find is not None, rule.code
            assert rule.find_in_file is None, rule.code


def test_what_was_mended_is_only_a_note() -> None:
    for rule in ALL_RULES:
        assert (rule.severity is Severity.NOTE) == (
            rule.code.startswith("note.") or rule.code in ("file.header_alias", "file.other_sheet", "file.blank_rows")
        )


def test_a_rule_holds_only_within_its_dates() -> None:
    rule = Rule("x", Severity.NOTE, "。", "", valid_from=date(2008, 1, 1), valid_to=date(2008, 12, 31))
    assert [rule.in_force(date(year, 6, 1), "opening") for year in (2007, 2008, 2009)] == [False, True, False]
    of_entrants = Rule("x", Severity.NOTE, "。", "", kinds=("entrants",))
    assert not of_entrants.in_force(date(2008, 1, 1), "opening")
