"""docs/rules.md: every coded rule, as ``pure/rules`` has it: code, sentence, basis, severity, since, scope.

``python -m xueji.config.rules > docs/rules.md``. The rules of a row and of a file are asked at every door of the
intake, those of the register and of the round on every return and, where they are standing, all year round.
"""

from __future__ import annotations

import sys
from typing import Final

from xueji.pure.kernel.types import Severity
from xueji.pure.rules import ALL_RULES, Rule, Scope
from xueji.pure.rules.rounds import ROUND_RULES, RoundRule

_SEVERITIES: Final = {Severity.ERROR: "必须改正", Severity.QUERY: "须核实说明", Severity.NOTE: "说明"}
_SCOPES: Final = {
    Scope.ROW: "逐行", Scope.FILE: "全表", Scope.REGISTER: "学籍库", Scope.ROUND: "批次",
}  # fmt: skip
_BEGIN: Final = "建库起"


def document() -> str:
    """The page."""
    lines = [
        "# Rules",
        "",
        "Made by `python -m xueji.config.rules` from `pure/rules`. A rule has a code, a sentence, a basis, a severity"
        " (必须改正 blocks; 须核实说明 needs an explanation before a return is certified; 说明 is told), a date since",
        "when it is in force, and a scope. Numbers that the rules ask for stand in `fields.yaml` `limits:`.",
        "",
        f"## Of the intake ({len(ALL_RULES)})",
        "",
        "| code | 规则 | 依据 | 性质 | 自 | 范围 |",
        "|---|---|---|---|---|---|",
        *(_intake(rule) for rule in sorted(ALL_RULES, key=lambda rule: rule.code)),
        "",
        f"## Of the return ({len(ROUND_RULES)})",
        "",
        "Those marked 全年 also run all year round, as a school's standing list.",
        "",
        "| code | 规则 | 怎样改 | 依据 | 性质 | 自 | 范围 |",
        "|---|---|---|---|---|---|---|",
        *(_round(rule) for rule in ROUND_RULES),
        "",
    ]
    return "\n".join(lines)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _intake(rule: Rule) -> str:
    since = f"{rule.valid_from}" if rule.valid_from else _BEGIN
    words = rule.sentence.format(place="…", value="…", detail="…")
    return (
        f"| `{rule.code}` | {_cell(words)} | {_cell(rule.basis)} | {_SEVERITIES[rule.severity]} | {since}"
        f" | {_SCOPES[rule.scope]} |"
    )


def _round(rule: RoundRule) -> str:
    words = rule.sentence.replace("{", "‹").replace("}", "›")
    scope = _SCOPES[rule.scope] + ("、全年" if rule.standing else "")
    return (
        f"| `{rule.code}` | **{rule.title}**：{_cell(words)} | {_cell(rule.mend)} | {_cell(rule.basis)}"
        f" | {_SEVERITIES[rule.severity]} | {rule.since} | {scope} |"
    )


def main() -> None:
    """Write the page to standard output."""
    sys.stdout.write(document())


if __name__ == "__main__":
    main()
