"""What ``--help`` shows, in Chinese for every command: click's own words, and columns that fit wide characters."""

from __future__ import annotations

import re
from collections.abc import Iterable
from unicodedata import east_asian_width

import click

_HEADINGS = {"Options": "选项", "Commands": "命令", "Positional arguments": "参数"}
#: What stands for a value, as click or a command of ours names it.
_VALUES = {
    "OPTIONS": "选项",
    "COMMAND": "命令",
    "ARGS": "参数",
    "TEXT": "文字",
    "INTEGER RANGE": "整数",
    "INTEGER": "整数",
    "FLOAT RANGE": "数",
    "FLOAT": "数",
    "FILE": "文件",
    "DIRECTORY": "文件夹",
    "PATH": "路径",
    "UUID": "编号",
    "CODE": "代码",
    "YEAR": "学年",
    "ROUND": "批次",
    "DATE": "日期",
    "CUT": "截点",
    "N": "号码",
    "APPLICATION": "申请编号",
    "FOLDER": "文件夹",
}
_VALUE = re.compile(r"(?<![-\w])(" + "|".join(_VALUES) + r")(?![-\w])")
_EXTRAS = (
    (re.compile(r"^Show this message and exit\.$"), "显示这段说明"),
    (re.compile(r"; (?=[^\[]*\]$)"), "；"),
    (re.compile(r"(?<=[\[ ；])required(?=[；\]])"), "必填"),
    (re.compile(r"(?<=[\[ ；])default: "), "默认 "),
    (re.compile(r"(?<=[\[ ；])env var: "), "环境变量 "),
    (re.compile(r"(?<=[\[ ；])x>=(\d+)(?=\])"), r"不小于 \1"),
    (re.compile(r"(?<=[\[ ；])(\d+)<=x<=(\d+)(?=\])"), r"\1 至 \2"),
)
_GAP = 2


def value_words(text: str) -> str:
    """The words that stand for values in a line of usage: ``[OPTIONS] FILE`` is ``[选项] 文件``."""
    return _VALUE.sub(lambda found: _VALUES[found[1]], text)


def _columns(text: str) -> int:
    """How many columns of a terminal a text takes: a Chinese character two."""
    return sum(2 if east_asian_width(one) in "WF" else 1 for one in text)


class ChineseHelp(click.HelpFormatter):
    """Lines are not broken here: Chinese has no spaces to break at, and a terminal breaks by itself."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        self.write(f"用法：{prog} {value_words(args)}".rstrip() + "\n")

    def write_heading(self, heading: str) -> None:
        self.write(f"{'':>{self.current_indent}}{_HEADINGS.get(heading, heading)}：\n")

    def write_text(self, text: str) -> None:
        for line in text.splitlines():
            self.write(f"{'':>{self.current_indent}}{line}\n")

    def write_dl(self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = _GAP) -> None:
        shown = [(value_words(first), _said(second)) for first, second in rows]
        wide = max((_columns(first) for first, _ in shown), default=0) + col_spacing
        for first, second in shown:
            self.write(f"{'':>{self.current_indent}}{first}{'':>{wide - _columns(first)}}{second}".rstrip() + "\n")


def _said(text: str) -> str:
    for pattern, words in _EXTRAS:
        text = pattern.sub(words, text)
    return text


def speak_chinese() -> None:
    """Every command of this process shows its help so."""
    click.Context.formatter_class = ChineseHelp
