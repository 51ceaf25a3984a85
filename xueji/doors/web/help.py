"""The help beside each page, from ``help.yaml``."""

from __future__ import annotations

from pathlib import Path

import yaml
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

LINES: dict[str, list[str]] = yaml.safe_load(Path(__file__).with_name("help.yaml").read_text(encoding="utf-8"))


def help_for(page: str) -> SafeString:
    """The help of a page, as paragraphs."""
    return format_html_join("", "<p>{}</p>", ((line,) for line in LINES[page]))
