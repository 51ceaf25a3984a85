"""docs/rules.md says what the rules say."""

from __future__ import annotations

from pathlib import Path

from xueji.config.rules import document


def test_the_page_of_the_rules_is_up_to_date() -> None:
    page = Path(__file__).resolve().parents[3] / "docs" / "rules.md"
    assert page.read_text(encoding="utf-8") == document(), "run: python -m xueji.config.rules > docs/rules.md"
