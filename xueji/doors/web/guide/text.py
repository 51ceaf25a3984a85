"""The guides of docs/guides as HTML: headings, paragraphs, two kinds of list, bold, code. Nothing else is understood.

The files are the one source: they are read here for the pages, and on paper as they are.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

_PACKAGE = Path(__file__).resolve().parents[3]
# In a checkout the guides lie in docs/; an installed package carries a copy beside this file.
FOLDERS = (_PACKAGE.parent / "docs" / "guides", Path(__file__).resolve().parent / "texts")

_BOLD = re.compile(r"\*\*(.+?)\*\*")
_CODE = re.compile(r"`(.+?)`")
_NUMBERED = re.compile(r"^(\s*)\d+\.\s+(.*)$")
_DOTTED = re.compile(r"^(\s*)[*-]\s+(.*)$")


def _inline(text: str) -> str:
    return _CODE.sub(r"<kbd>\1</kbd>", _BOLD.sub(r"<b>\1</b>", escape(text)))


class _Writer:
    """Turns lines into HTML; keeps the open lists as (indent, tag)."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.lists: list[tuple[int, str]] = []
        self.paragraph: list[str] = []

    def line(self, text: str) -> None:
        found = _NUMBERED.match(text) or _DOTTED.match(text)
        if found:
            self._item(len(found[1]), "ol" if text.lstrip()[0].isdigit() else "ul", found[2])
        elif text.startswith("#"):
            self.flush()
            level = len(text) - len(text.lstrip("#"))
            self.parts.append(f"<h{level}>{_inline(text[level:].strip())}</h{level}>")
        elif not text.strip():
            self._end_paragraph()
        else:
            if not self.paragraph:
                self._close_lists(-1)
            self.paragraph.append(text.strip())

    def _item(self, indent: int, tag: str, text: str) -> None:
        self._end_paragraph()
        self._close_lists(indent)
        if not self.lists or self.lists[-1][0] < indent:
            self.parts.append(f"<{tag}>")
            self.lists.append((indent, tag))
        self.parts.append(f"<li>{_inline(text)}</li>")

    def _close_lists(self, indent: int) -> None:
        while self.lists and self.lists[-1][0] > indent:
            self.parts.append(f"</{self.lists.pop()[1]}>")

    def _end_paragraph(self) -> None:
        if self.paragraph:
            self.parts.append(f"<p>{_inline(''.join(self.paragraph))}</p>")
            self.paragraph = []

    def flush(self) -> None:
        self._end_paragraph()
        self._close_lists(-1)


def to_html(text: str) -> SafeString:
    """The HTML of a guide's text."""
    writer = _Writer()
    for line in text.splitlines():
        writer.line(line)
    writer.flush()
    return mark_safe("\n".join(writer.parts))  # noqa: S308 - every piece was escaped above


@cache
def guide(name: str) -> SafeString | None:
    """The guide of that name (registrar, clerk, …), or None."""
    for folder in FOLDERS:
        file = folder / f"{name}.md"
        if name.isidentifier() and file.is_file():
            return to_html(file.read_text(encoding="utf-8"))
    return None
